"""Which device to use, and why."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ..errors import UserError, first_line


@dataclass(frozen=True)
class Device:
    """A device to compute on: its name ("cpu" or "gpu"), its array module, and why it was taken."""

    name: str
    xp: ModuleType
    reason: str


def select(name="auto"):
    """The device called "cpu", "gpu" or "auto" (the GPU where one works, else the CPU).

    Raises UserError for another name, and for "gpu" where none works.
    """
    if name not in ("cpu", "gpu", "auto"):
        raise UserError(f"device {name!r} is unknown: use cpu, gpu or auto")
    if name == "cpu":
        return Device("cpu", np, "asked for")
    cupy, reason = _working_cupy()
    if cupy is not None:
        return Device("gpu", cupy, reason)
    if name == "gpu":
        raise UserError(f"no GPU to use: {reason}; install CuPy and a CUDA driver, or use --device cpu")
    return Device("cpu", np, reason)


def _working_cupy():
    """(cupy, what was found) if a tiny kernel and a product run, else (None, why not): only that tells (REFERENCE 10)."""
    try:
        import cupy

        summed = int(cupy.arange(3).sum())
        product = cupy.ones((2, 2)) @ cupy.ones((2, 2))     # by cuBLAS, which CuPy loads only when it is needed
        if summed != 3 or int(product.sum()) != 8:
            return None, "CuPy computes wrong sums on this GPU"
        found = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"].decode()
    except ModuleNotFoundError:
        return None, "CuPy is not installed"
    except Exception as error:                              # a missing driver, library or device: each has its own type
        return None, f"CuPy is installed but cannot compute ({type(error).__name__}: {first_line(error)})"
    return cupy, f"found {found}"
