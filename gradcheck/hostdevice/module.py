"""Puts the module together, and puts it in the place of cupy for a while."""

import sys
from contextlib import contextmanager
from types import ModuleType

from gradcheck.hostcuda.machine import MOST_SHARED
from gradcheck.hostdevice import array, functions
from gradcheck.hostdevice.kernels import ARCHITECTURE, ElementwiseKernel, RawKernel
from mgnm.kernels import registered

PROPERTIES = {"name": b"this CPU, standing in for a GPU", "multiProcessorCount": 132, "major": 9, "minor": 0,
              "sharedMemPerBlockOptin": 1024 * MOST_SHARED[ARCHITECTURE]}         # of an H100, all but the name


class Device:
    """There is one, and nothing on it goes on while the host does something else."""

    def __init__(self, device=0):
        self.id = device


def getDeviceProperties(device):
    return dict(PROPERTIES)


class StandIn(ModuleType):
    """The module. What it has not got, it refuses by name."""

    def __getattr__(self, name):
        raise AttributeError(f"the stand-in for the module cupy has no {name}; if CuPy has it, add it to"
                             f" {functions.__name__}")


def namespace(**members):
    """A submodule."""
    module = StandIn("cupy")
    vars(module).update(members)
    return module


cupy = namespace(
    **array.FUNCTIONS, ndarray=array.ndarray, ElementwiseKernel=ElementwiseKernel, RawKernel=RawKernel,
    cuda=namespace(Device=Device, runtime=namespace(getDeviceProperties=getDeviceProperties)))


@contextmanager
def installed():
    """As long as this lasts, `import cupy` gives the stand-in, whether or not the real one is installed or imported."""
    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "cupy"}
    forget(modules)
    sys.modules["cupy"] = cupy
    forget_compiled()
    try:
        yield cupy
    finally:
        forget([name for name in sys.modules if name.partition(".")[0] == "cupy"])
        sys.modules.update(modules)
        forget_compiled()


def forget(names):
    for name in names:
        del sys.modules[name]


def forget_compiled():
    """Let no kernel keep what it compiled by the other module."""
    for kernel in registered().values():
        vars(kernel).pop("compiled", None)
