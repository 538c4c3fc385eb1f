"""The stand-in for cupy.ndarray: memory of a device, which the host cannot see without asking for a copy.

What it does not offer, it refuses by name: see the tables. What CuPy does in another way than NumPy is done in CuPy's:
results are C-contiguous whatever their inputs' strides, reductions and single entries stay on the device, as arrays of
no dimension, and a NumPy array is never taken for a device's.
"""

from collections import namedtuple

import numpy as np

from gradcheck.hostdevice import counters

UFUNCS = ("absolute", "add", "bitwise_and", "divide", "equal", "exp", "greater", "greater_equal", "less", "less_equal",
          "log", "log1p", "maximum", "minimum", "multiply", "negative", "not_equal", "power", "sqrt", "square",
          "subtract", "tanh")
BINARY = {"add": "add", "and": "bitwise_and", "sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power"}
COMPARISONS = {"lt": "less", "le": "less_equal", "eq": "equal", "ne": "not_equal", "gt": "greater",
               "ge": "greater_equal"}
UNARY = {"neg": "negative", "abs": "absolute"}
SAME_AS_NUMPY = ("dtype", "itemsize", "nbytes", "ndim", "shape", "size", "strides")
VIEWS = ("swapaxes", "transpose")
REDUCTIONS = ("all", "argmax", "max", "min", "sum")
FUNCTIONS = {}          # {name: function} of the module, which `functions` fills; NumPy's dispatch looks here

Flags = namedtuple("Flags", "c_contiguous f_contiguous")


class ndarray:
    """An array on the device. Made by the module's functions only, around the NumPy array that is its memory."""

    __slots__ = ("_memory",)
    __array_priority__ = 100
    __hash__ = None

    def __init__(self, memory):
        self._memory = memory

    def __getattr__(self, name):
        raise AttributeError(f"the stand-in for cupy.ndarray has no {name}; if CuPy has it, add it to {__name__}")

    @property
    def flags(self):
        return Flags(self._memory.flags.c_contiguous, self._memory.flags.f_contiguous)

    @property
    def T(self):
        return ndarray(self._memory.T)

    # ---- to the host --------------------------------------------------------------------------------------------

    def get(self):
        """A copy on the host, C-contiguous. CuPy makes what is strided contiguous first, on the device."""
        if self.size:
            if not self.flags.c_contiguous:
                counters.call("ascontiguousarray")
            counters.download(self.nbytes)
        return self._memory.copy()

    def item(self, *index):
        return self.get().item(*index)

    def tolist(self):
        return self.get().tolist()

    def __bool__(self):
        if self.size != 1:
            raise ValueError(f"the truth value of an array of {self.size} entries is ambiguous")
        return bool(self.get())

    def __int__(self):
        return int(self.get())

    def __float__(self):
        return float(self.get())

    def __repr__(self):
        return repr(self.get())

    def __format__(self, specification):
        return format(self.get(), specification)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy"
                        " array explicitly.")

    # ---- what NumPy's own functions do with it --------------------------------------------------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or ufunc.__name__ not in FUNCTIONS:
            return NotImplemented
        if "out" in options:
            options["out"], = options["out"]
        return FUNCTIONS[ufunc.__name__](*inputs, **options)

    def __array_function__(self, function, types, arguments, options):
        if function.__name__ not in FUNCTIONS:
            return NotImplemented
        return FUNCTIONS[function.__name__](*arguments, **options)

    # ---- entries --------------------------------------------------------------------------------------------------

    def __len__(self):
        return len(self._memory)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        for part in index:
            whole = isinstance(part, (int, np.integer)) and not isinstance(part, bool)
            if not (whole or part is None or part is Ellipsis or isinstance(part, slice)):
                raise TypeError(f"the stand-in for CuPy takes no {type(part)} in an index (CuPy would copy one of the"
                                " host's to the device without a word)")
        if not any(part is Ellipsis for part in index):
            index += (...,)                                 # without it NumPy makes a scalar of a single entry
        return ndarray(self._memory[index])

    def __setitem__(self, index, value):
        place = self[index]
        if not isinstance(value, ndarray):
            place.fill(value)
        elif same_array(place._memory, value._memory):      # x[k] += y sets x[k] once more, to itself
            return
        else:
            launched(place, "copy")
            place._memory[...] = value._memory

    def fill(self, value):
        if isinstance(value, np.ndarray):
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        memory_of(value, scalars_only=True)
        launched(self, "fill")
        self._memory.fill(value)

    # ---- copies and shapes ------------------------------------------------------------------------------------------

    def copy(self):
        return fresh("copy", self._memory.copy())

    def astype(self, dtype, copy=True):
        if not copy and self.dtype == dtype:
            return self
        return launched(ndarray(self._memory.astype(dtype)), "astype")          # the one call that keeps strides

    def reshape(self, *shape):
        reshaped = self._memory.reshape(*shape)
        return ndarray(reshaped) if np.may_share_memory(reshaped, self._memory) else fresh("copy", reshaped)

    def ravel(self):
        return self.reshape(-1)

    def repeat(self, repeats, axis=None):
        return fresh("repeat", self._memory.repeat(repeats, axis))

    def __matmul__(self, other):
        return FUNCTIONS["matmul"](self, other)


# ---- the entries of the tables --------------------------------------------------------------------------------------

def memory_of(value, scalars_only=False):
    """The NumPy array behind a device array, or a scalar as it is; TypeError for anything else, as CuPy has it."""
    if isinstance(value, ndarray) and not scalars_only:
        return value._memory
    if type(value) in (bool, int, float) or (isinstance(value, np.generic) and value.dtype.kind in "biuf"):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def same_array(a, b):
    """Whether two NumPy arrays are the same entries of the same memory, in the same places."""
    return a.ctypes.data == b.ctypes.data and (a.shape, a.strides, a.dtype) == (b.shape, b.strides, b.dtype)


def launched(array, name):
    """Count a call that fills an array, and return it. For an array without entries CuPy launches nothing."""
    if array.size:
        counters.call(name)
    return array


def fresh(name, memory):
    """The result of a call on the device, as an array: C-contiguous, and with no dimension where NumPy has a scalar."""
    return launched(ndarray(np.asarray(memory, order="C")), name)


@np.errstate(all="ignore")                                  # a GPU warns of nothing
def apply(name, *inputs, out=None):
    """A ufunc of arrays and numbers. Like CuPy, it copies an input that overlaps `out`, unless that is `out` itself."""
    memories = [memory_of(x) for x in inputs]
    if out is None:
        return fresh(name, getattr(np, name)(*memories))
    if not isinstance(out, ndarray):
        raise TypeError("Output arguments type must be cupy.ndarray")
    if np.broadcast_shapes(*(np.shape(x) for x in memories), out.shape) != out.shape:
        raise ValueError("Out shape is mismatched")
    for x in inputs:
        if isinstance(x, ndarray) and x is not out and np.may_share_memory(x._memory, out._memory):
            launched(x, "copy")
    getattr(np, name)(*memories, out=out._memory)
    return launched(out, name)


def property_of(name):
    return property(lambda self: getattr(self._memory, name))


def view(name):
    return lambda self, *arguments: ndarray(getattr(self._memory, name)(*arguments))


def reduction(name):
    def reduce(self, axis=None, keepdims=False):
        return fresh(name, getattr(self._memory, name)(axis=axis, keepdims=keepdims))
    return reduce


def operator(name, inplace=False, reflected=False):
    """The operator for a ufunc. Beside anything but an array or a number, Python asks the other operand."""
    def operate(self, *other):
        if not all(isinstance(x, (ndarray, np.ndarray, np.generic, bool, int, float)) for x in other):
            return NotImplemented
        inputs = (*other, self) if reflected else (self, *other)
        return apply(name, *inputs, out=self if inplace else None)
    return operate


def fill_class():
    """Give the class what its tables list."""
    for name in SAME_AS_NUMPY:
        setattr(ndarray, name, property_of(name))
    for name in VIEWS:
        setattr(ndarray, name, view(name))
    for name in REDUCTIONS:
        setattr(ndarray, name, reduction(name))
    for word, name in (UNARY | COMPARISONS).items():
        setattr(ndarray, f"__{word}__", operator(name))
    for word, name in BINARY.items():
        setattr(ndarray, f"__{word}__", operator(name))
        setattr(ndarray, f"__r{word}__", operator(name, reflected=True))
        setattr(ndarray, f"__i{word}__", operator(name, inplace=True))


fill_class()
