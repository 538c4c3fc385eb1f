"""CUDA kernels as plain data, each beside its NumPy twin, and the launcher that runs either.

A module of this package defines its kernels as constants; `registered()` finds them, so none can be left untested.
"""

import importlib
import pkgutil

from mgnm.kernels.kernel import Elementwise, Geometry, Kernel, Raw
from mgnm.kernels.launcher import Program, launch

__all__ = ["Elementwise", "Geometry", "Kernel", "Program", "Raw", "launch", "registered"]


def registered():
    """{name: kernel} for every kernel that a module of this package defines; ValueError where two share a name."""
    kernels = {}
    for module in pkgutil.iter_modules(__path__):
        for value in vars(importlib.import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, Kernel) and kernels.setdefault(value.name, value) is not value:
                raise ValueError(f"there are two kernels called {value.name}")
    return kernels
