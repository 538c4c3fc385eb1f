"""What the numbers depend on besides the programs: processor, libraries, environment; and the memory a process took."""

import os
from importlib.metadata import version
from pathlib import Path

import numpy as np  # noqa: F401  (threadpoolctl sees the BLAS of what is loaded)
from threadpoolctl import threadpool_info

# Variables that would choose another BLAS kernel or another number of threads behind a contestant's back.
MEDDLING = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

# Keeps glibc from returning every large tensor to the kernel, and from paying for its pages again (2.3x on net L).
TUNED_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(8 << 30), "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
                "MALLOC_TOP_PAD_": str(256 << 20)}


def environment(extra):
    """This process's environment without MEDDLING and without settings of malloc, but with `extra`."""
    return {name: value for name, value in os.environ.items()
            if name not in MEDDLING and not name.startswith("MALLOC_")} | extra


def cpu_model():
    """The processor's name, as Linux tells it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def cores():
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def blas():
    """The BLAS libraries that are loaded, each with the kernels that it chose."""
    return ", ".join(f"{info['internal_api']} {info['version']} with {info.get('architecture', 'unnamed')} kernels"
                     for info in threadpool_info() if info["user_api"] == "blas")


def numpy_software():
    """NumPy and its BLAS, for the report."""
    return f"NumPy {version('numpy')} ({blas()})"


def peak_bytes(process_ids):
    """The sum of the largest resident memory that each of these living processes has had, libraries included."""
    return sum(1024 * int(line.split()[1]) for pid in process_ids
               for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
