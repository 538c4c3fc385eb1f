"""The functions of the stand-in for the module cupy: a table of names, {name: function}, in `array.FUNCTIONS`.

To offer one more, add its name to the list that describes it - CuPy's result is then NumPy's - or write it out below.
"""

import functools

import numpy as np

from gradcheck.hostdevice import counters
from gradcheck.hostdevice.array import FUNCTIONS, UFUNCS, apply, fresh, launched, memory_of, ndarray

CALLS = ("argsort", "concatenate", "cumprod", "repeat", "stack", "take_along_axis", "where")     # the result is new
VIEWS = ("broadcast_to",)                                   # the result is a view of the argument


def offered(function):
    """Decorator: the module offers it under its own name."""
    FUNCTIONS[function.__name__] = function
    return function


# ---- new arrays -----------------------------------------------------------------------------------------------------

@offered
def empty(shape, dtype=float):
    """Every bit is set: NaN for floats, -1 or the largest number for integers. Reading what nobody wrote shows."""
    memory = np.empty(shape, dtype)
    if memory.dtype == bool:
        memory.fill(True)                                   # the only byte with more than one bit that a bool may hold
    elif memory.size:
        memory.reshape(-1).view(np.uint8).fill(0xff)
    return ndarray(memory)


@offered
def zeros(shape, dtype=float):
    return fresh("zeros", np.zeros(shape, dtype))


@offered
def ones(shape, dtype=float):
    return fresh("ones", np.ones(shape, dtype))


@offered
def zeros_like(a, dtype=None):
    return launched(ndarray(np.zeros_like(memory_of(a), dtype)), "zeros_like")


@offered
def ones_like(a, dtype=None):
    return launched(ndarray(np.ones_like(memory_of(a), dtype)), "ones_like")


@offered
def arange(*limits, dtype=None):
    return fresh("arange", np.arange(*limits, dtype=dtype))


# ---- from the host and to it ----------------------------------------------------------------------------------------

@offered
def asarray(a, dtype=None):
    """A copy on the device of what NumPy makes an array of; a number is filled in, which copies nothing. An array of the
    device is returned as it is, unless it gets another dtype."""
    if isinstance(a, ndarray):
        return a.astype(a.dtype if dtype is None else dtype, copy=False)
    fortran = isinstance(a, np.ndarray) and a.flags.f_contiguous and not a.flags.c_contiguous
    memory = np.array(a, dtype, order="F" if fortran else "C")
    if memory.dtype.kind not in "biuf":
        raise ValueError(f"Unsupported dtype {memory.dtype}")
    if memory.ndim == 0:
        return fresh("fill", memory)
    counters.upload(memory.nbytes)
    return ndarray(memory)


@offered
def ascontiguousarray(a, dtype=None):
    a = asarray(a, dtype)
    return a if a.flags.c_contiguous else fresh("ascontiguousarray", a._memory)


# ---- products, views ------------------------------------------------------------------------------------------------

@offered
def matmul(x1, x2, out=None):
    if out is None:
        return fresh("matmul", np.matmul(memory_of(x1), memory_of(x2)))
    np.matmul(memory_of(x1), memory_of(x2), out=memory_of(out))
    return launched(out, "matmul")


@offered
def split(ary, indices_or_sections, axis=0):
    return [ndarray(part) for part in np.split(memory_of(ary), indices_or_sections, axis)]


# ---- by name --------------------------------------------------------------------------------------------------------

def memories_of(value):
    """`memory_of` through lists and tuples; what is no array of either library stays as it is."""
    if isinstance(value, (list, tuple)):
        return type(value)(memories_of(x) for x in value)
    return memory_of(value) if isinstance(value, (ndarray, np.ndarray)) else value


def call(name):
    def function(*arguments, **options):
        return fresh(name, getattr(np, name)(*memories_of(arguments), **options))
    return function


def view(name):
    return lambda *arguments, **options: ndarray(getattr(np, name)(*memories_of(arguments), **options))


FUNCTIONS.update({name: functools.partial(apply, name) for name in UFUNCS})
FUNCTIONS.update({name: call(name) for name in CALLS})
FUNCTIONS.update({name: view(name) for name in VIEWS})
