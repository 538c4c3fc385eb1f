"""NumPy or CuPy: here, and in the launcher of the kernels, is the only place that asks which.

Everything else works on "an array" and asks here for the module it belongs to. Memory comes from here as well: CuPy
brings a pool that keeps freed blocks, and on the CPU `device.pool` does the same, because giving every big array back
to the operating system and paying for its pages again costs more than the arithmetic on it.
"""

from .arrays import array_module, copy, empty, place, to_numpy, zeros
from .select import Device, select

__all__ = ["Device", "array_module", "copy", "empty", "place", "select", "to_numpy", "zeros"]
