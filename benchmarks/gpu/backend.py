"""What is asked of a device, in one form for CuPy, PyTorch and the CPU: events, memory, names; and the stopwatch.

    event.record()      a moment in the device's own order of work          backend.seconds(first, last) between two
    backend.peak()      with backend.peak() as memory: ...; then memory.bytes, the most that was in use
    backend.release()   gives what is free back to the device, so that others find it

The CPU is there to try the programs, and to test them: it runs what it is given at once.
"""

import resource
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from mgnm import device


class Cupy:
    """The GPU by CuPy; UserError where there is none."""

    device = "gpu"

    def __init__(self):
        self.xp = device.select("gpu").xp
        runtime = self.xp.cuda.runtime
        self.software = (f"CuPy {self.xp.__version__}, CUDA {version(runtime.runtimeGetVersion())}, "
                         f"driver for CUDA {version(runtime.driverGetVersion())}, NumPy {np.__version__}")
        self.event = self.xp.cuda.Event

    def seconds(self, first, last):
        return self.xp.cuda.get_elapsed_time(first, last) / 1000

    def synchronise(self):
        self.xp.cuda.Device().synchronize()

    def release(self):
        self.xp.get_default_memory_pool().free_all_blocks()

    def peak(self):
        return counting_hook(self.xp)


class Torch:
    """The GPU by PyTorch; RuntimeError where this PyTorch sees none."""

    device = "gpu"

    def __init__(self):
        import torch
        if not torch.cuda.is_available():
            raise RuntimeError(f"PyTorch {torch.__version__} sees no GPU")
        self.cuda = torch.cuda
        self.software = (f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, "
                         f"cuDNN {torch.backends.cudnn.version()}")

    def event(self):
        return self.cuda.Event(enable_timing=True)

    def seconds(self, first, last):
        return first.elapsed_time(last) / 1000

    def synchronise(self):
        self.cuda.synchronize()

    def release(self):
        self.cuda.empty_cache()

    @contextmanager
    def peak(self):
        memory = SimpleNamespace()
        self.cuda.reset_peak_memory_stats()
        yield memory
        memory.bytes = self.cuda.max_memory_allocated()


class Moment:
    """An event on the CPU, which does at once what it is asked for."""

    done = False                                            # so nobody ever comes late

    def record(self):
        self.time = time.perf_counter()


class Host:
    """The CPU, by NumPy or by what `software` names."""

    device, xp, event = "cpu", np, Moment

    def __init__(self, software=f"NumPy {np.__version__}"):
        self.software = f"{software}, on the CPU"

    def seconds(self, first, last):
        return last.time - first.time

    def synchronise(self):
        """Nothing waits."""

    def release(self):
        """NumPy has given it back."""

    @contextmanager
    def peak(self):
        memory = SimpleNamespace()
        yield memory
        memory.bytes = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Stopwatch:
    """Times what is queued between start and stop: on the device between two events, and on the wall between two
    moments at which the device had nothing to do."""

    def __init__(self, backend):
        self.backend, self.first, self.last = backend, backend.event(), backend.event()

    def start(self):
        self.backend.synchronise()
        self.started = time.perf_counter()
        self.first.record()

    def stop(self):
        """{"device_seconds", "wall_seconds"}"""
        self.last.record()
        self.backend.synchronise()
        wall = time.perf_counter() - self.started
        return {"device_seconds": self.backend.seconds(self.first, self.last), "wall_seconds": wall}


def counting_hook(cupy):
    """A memory hook that follows what CuPy's pool has handed out; `bytes` is the most of it while the hook was on."""
    class Count(cupy.cuda.MemoryHook):
        name = "count"

        def __init__(self):
            self.used = self.bytes = cupy.get_default_memory_pool().used_bytes()

        def malloc_postprocess(self, *, mem_size, **_):
            self.used += mem_size
            self.bytes = max(self.bytes, self.used)

        def free_postprocess(self, *, mem_size, **_):
            self.used -= mem_size

    return Count()


def version(number):
    """12.9 from CUDA's 12090."""
    return f"{number // 1000}.{number % 1000 // 10}"
