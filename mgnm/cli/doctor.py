"""`mgnm doctor`: what is installed, which device would be used and why, and how the BLAS is set up."""

import importlib.metadata
import os
import platform
import shutil

import numpy as np
from threadpoolctl import threadpool_info

from .. import __version__, device
from . import options as shared

PACKAGES = ("numpy", "matplotlib", "tqdm", "threadpoolctl", "cupy", "cupy-cuda12x", "cupy-cuda13x", "scikit-learn",
            "notebook")


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "doctor", run, "Say what is installed, which device is used, and why.",
                                 "mgnm doctor")
    shared.add_json(command)


def run(options):
    """Print what was found."""
    shared.check_json(options.json)
    shared.report(findings(), options.json)


def findings():
    """{what: what was found}."""
    found = device.select("auto")
    numbers = {"mgnm": __version__, "python": platform.python_version(), "machine": platform.machine(),
               "cores": os.cpu_count(), "device": found.name, "device_reason": found.reason}
    for package in PACKAGES:
        try:
            numbers[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            numbers[package] = "not installed"
    np.ones((2, 2)) @ np.ones((2, 2))                       # the BLAS shows itself once it is used
    for library in threadpool_info():
        if library["user_api"] == "blas":
            numbers["blas"] = f"{library['internal_api']} {library['version']}"
            numbers["blas_kernel"] = library.get("architecture", "unknown")
            numbers["blas_threads"] = library["num_threads"]
    numbers["blas_kernel_forced_by"] = os.environ.get("OPENBLAS_CORETYPE", "nothing")
    numbers["cxx_compiler"] = next((c for c in (os.environ.get("CXX"), "g++", "clang++") if c and shutil.which(c)), "none")
    return numbers
