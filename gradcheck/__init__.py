"""Proves every backward pass of `mgnm` against its forward pass: `python -m gradcheck`.

    checker     the heart: central differences in float64, and what counts as wrong
    draw        points, directions and cotangents that leave an error no place to hide
    adapters    ops, layers and networks in the one form that the checker takes
    registry    the list of cases
    cases       one page for each family of ops, the layers, the networks
    devices     the same cases on a device, its results beside NumPy's
    hostdevice  a device for machines without one: CuPy's interface, and the CUDA text run by
    hostcuda    which runs and checks kernels on the CPU

Nothing in `mgnm` uses this package.
"""

from gradcheck.checker import TOLERANCE, Report, check
from gradcheck.registry import CASES, Case, Result, run

__all__ = ["CASES", "TOLERANCE", "Case", "Report", "Result", "check", "run"]
