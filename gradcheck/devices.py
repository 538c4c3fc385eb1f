"""Does a device compute what NumPy computes? The cases of the gradient check, forward and backward, on both.

The checker proves a backward pass on NumPy, in float64, where central differences are sharp. What a GPU runs is other
code, the CUDA text of the kernels. Here it gets the same arguments and the same cotangents, and every output and every
gradient is compared with NumPy's in float64:

    gpu     CuPy, on a GPU
    host    the same calls and the same CUDA text on this CPU (`gradcheck.hostdevice`)

In float32 NumPy gets the rounded arguments, in float64: so an error is the device's rounding and nothing else, and no
central difference has to be taken in float32, where none is worth anything.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from gradcheck.draw import away_from_zero
from gradcheck.hostdevice import installed
from mgnm import device
from mgnm.device import to_numpy

# Largest error of an array relative to its largest entry. Measured on the host: mostly 1e-7, up to 4.4e-6 where a sum
# cancels (biases, peepholes, batch norm); and 9e-15. The rest is for other orders of summation, far below a wrong term.
TOLERANCES = {"float32": 2e-5, "float64": 1e-12}


@dataclass
class Comparison:
    """One case in one dtype on a device. errors: {output or gradient: relative error}; faults: a line for each."""

    case: object
    dtype: str
    errors: dict = field(default_factory=dict)
    faults: list = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self):
        return not self.faults

    @property
    def worst(self):
        """(name, error) for the largest error."""
        return max(self.errors.items(), key=lambda item: item[1], default=("-", np.inf))


@contextmanager
def opened(name):
    """The array module of the device "host" or "gpu", as long as this lasts; UserError where there is no GPU."""
    if name == "gpu":
        yield device.select("gpu").xp
    else:
        with installed() as xp:
            yield xp


def compare(case, xp, dtype):
    """Run a case with NumPy in float64 and with the arrays of `xp` in `dtype`. An exception is a fault of the case."""
    start, found = time.perf_counter(), Comparison(case, dtype)
    try:
        compare_at_a_point(found, xp)
    except Exception as error:
        found.faults.append(f"{type(error).__name__}: {error}")
    found.seconds = time.perf_counter() - start
    return found


def compare_at_a_point(found, xp):
    """Fill the Comparison. NumPy is done before the device begins: both use the same layer or network."""
    rng = found.case.rng()
    function, arguments = found.case.build(rng)
    arguments = rounded(arguments, found.dtype)
    outputs, backward = function(widened(arguments))
    cotangents = rounded({name: away_from_zero(rng, np.shape(y)) for name, y in outputs.items()}, found.dtype)
    gradients = backward(widened(cotangents))

    there = {name: xp.asarray(x) for name, x in arguments.items()}
    outputs_there, backward_there = function(there)
    gradients_there = backward_there({name: xp.asarray(v) for name, v in cotangents.items()})
    for kind, expected, computed in (("", outputs, outputs_there), ("d ", gradients, gradients_there)):
        for name in sorted(expected.keys() | computed.keys()):
            compare_arrays(found, f"{kind}{name}", expected.get(name), computed.get(name), xp)
    for name, x in arguments.items():
        if not np.array_equal(to_numpy(there[name]), x):
            found.faults.append(f"{name}: the device changed its own argument")


def rounded(arrays, dtype):
    return {name: np.asarray(x).astype(dtype) for name, x in arrays.items()}


def widened(arrays):
    return {name: x.astype(np.float64) for name, x in arrays.items()}


def compare_arrays(found, name, expected, computed, xp):
    """Note the error of one array, and what is wrong with it. None, for what does not exist, must be None on both."""
    if expected is None and computed is None:
        return
    if fault := malformed(expected, computed, found.dtype, xp):
        found.faults.append(f"{name}: {fault}")
        return
    computed, expected = to_numpy(computed).astype(np.float64), np.asarray(expected)
    difference = np.asarray(np.abs(computed - expected))
    largest = np.max(np.abs(expected), initial=0.0) or 1.0
    difference[np.isnan(difference)] = np.inf
    found.errors[name] = error = float(np.max(difference, initial=0.0) / largest)
    if error > TOLERANCES[found.dtype]:
        at = np.unravel_index(np.argmax(difference), difference.shape)
        place = ", ".join(map(str, at))
        found.faults.append(f"{name}: at [{place}] the device says {computed[at]:.9g}, NumPy says {expected[at]:.9g}:"
                            f" relative error {error:.1e}, allowed {TOLERANCES[found.dtype]:.0e}")


def malformed(expected, computed, dtype, xp):
    """What is wrong with an array before its numbers are looked at; None if nothing is."""
    if expected is None or computed is None:
        return f"only {'the device' if expected is None else 'NumPy'} has it"
    if not isinstance(computed, xp.ndarray):
        return f"{type(computed).__name__}, which is no array of the device's"
    if computed.shape != np.shape(expected):
        return f"shape {computed.shape} where {np.shape(expected)} is due"
    if computed.dtype != dtype:
        return f"{computed.dtype} where {dtype} is due"
    return None
