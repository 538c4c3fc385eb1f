"""Compiles kernels for GPUs that are not there: NVRTC from its pip wheel, by ctypes. No GPU, driver or CUDA toolkit.

    pip install nvidia-cuda-nvrtc-cu12 nvidia-cuda-runtime-cu12 cupy-cuda12x

The first wheel is enough for plain Raw kernels; elementwise kernels and cooperative groups include headers of the
others. What a kernel needs (registers, spills, shared memory) is what NVIDIA's assembler, inside NVRTC, says of it.
"""

import ctypes
import functools
import importlib.util
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path

from gradcheck.hostcuda import cupy_text
from gradcheck.hostcuda.faults import KernelFault
from gradcheck.hostcuda.machine import MOST_SHARED, STATIC_SHARED
from mgnm.errors import UserError
from mgnm.kernels.kernel import Elementwise

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_120")
REGISTERS = 64 * 1024                   # of a multiprocessor, shared by the threads of a block
USES = re.compile(r"Used (\d+) registers")
SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
SHARED = re.compile(r"(\d+) bytes smem")
ENTRY = re.compile(r"Compiling entry function '(\w+)'(.*?)(?=Compiling entry function|\Z)", re.S)


@dataclass(frozen=True)
class Resources:
    """What one thread, and for shared memory one block, of a compiled kernel needs. Bytes, except for registers."""

    kernel: str
    architecture: str
    registers: int
    spills: int
    stack: int
    shared: int


def check(plan, architecture):
    """Compile a planned kernel: its Resources. KernelFault where it is invalid, spills, or does not fit a block."""
    name, how = plan.kernel.name, plan.geometry
    elementwise = isinstance(plan.kernel, Elementwise)
    before = cupy_text.headers() if elementwise else f'{plan.head}#line 1 "{name}.cu"\n'
    found = compile_text(before + plan.code, name, architecture)
    threads, most = prod(how.block), 1024 * MOST_SHARED[architecture]
    if found.spills:
        raise KernelFault(name, "launch", f"spills {found.spills} bytes of registers to memory on {architecture}")
    if found.registers * threads > REGISTERS:
        raise KernelFault(name, "launch", f"needs {found.registers} registers for each of {threads} threads on"
                          f" {architecture}; a block has {REGISTERS}")
    if found.shared > STATIC_SHARED or found.shared + how.shared > most:
        raise KernelFault(name, "launch", f"needs {found.shared + how.shared} bytes of shared memory on {architecture};"
                          f" a block has at most {most}, {STATIC_SHARED} of them static")
    return found


def compile_text(code, name, architecture):
    """Compile CUDA text to machine code: what its kernel needs. KernelFault with NVRTC's words if it is invalid."""
    folders = [*cupy_text.include_folders(), *wheel_folders("cuda_runtime/include"), *wheel_folders("cu13/include")]
    options = ["--std=c++17", "--ptxas-options=-v", f"-arch={architecture}", *(f"-I{folder}" for folder in folders)]
    succeeded, log = nvrtc().compile(code, name, options)
    if not succeeded:
        raise KernelFault(name, "compile", f"does not compile for {architecture}\n{log}")
    said = next((text for entry, text in ENTRY.findall(log) if entry == name), None)
    if said is None:
        raise KernelFault(name, "compile", f"its text has no extern \"C\" kernel of that name for {architecture}")
    stack, stores, loads = map(int, SPILLS.search(said).groups())
    shared = SHARED.search(said)
    registers, shared = int(USES.search(said)[1]), int(shared[1]) if shared else 0
    return Resources(name, architecture, registers, stores + loads, stack, shared)


def table(resources):
    """A table of Resources as text, one line each."""
    lines = [f"{'kernel':28} {'target':8} {'registers':>9} {'spills':>7} {'stack':>6} {'shared':>7}"]
    lines += [f"{r.kernel:28} {r.architecture:8} {r.registers:9} {r.spills:7} {r.stack:6} {r.shared:7}"
              for r in resources]
    return "\n".join(lines)


# ---- the library ---------------------------------------------------------------------------------------------------

class NVRTC:
    """The few functions of libnvrtc that a compile check needs."""

    def __init__(self, path):
        for builtins in path.parent.glob("libnvrtc-builtins.so.*"):
            ctypes.CDLL(str(builtins))              # NVRTC asks for it by name, which finds it only if it is loaded
        self.nvrtc = ctypes.CDLL(str(path))

    @property
    def version(self):
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.nvrtc.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
        return major.value, minor.value

    def compile(self, code, name, options):
        """(succeeded, log)"""
        program = ctypes.c_void_p()
        if self.nvrtc.nvrtcCreateProgram(ctypes.byref(program), code.encode(), f"{name}.cu".encode(), 0, None, None):
            raise MemoryError("NVRTC cannot make a program")
        try:
            words = [option.encode() for option in options]
            failed = self.nvrtc.nvrtcCompileProgram(program, len(words), (ctypes.c_char_p * len(words))(*words))
            size = ctypes.c_size_t()
            self.nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            self.nvrtc.nvrtcGetProgramLog(program, log)
            return not failed, log.value.decode()
        finally:
            self.nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def wheel_folders(inside):
    """The folders of that name in NVIDIA's wheels."""
    spec = importlib.util.find_spec("nvidia")
    roots = spec.submodule_search_locations if spec else ()
    return [folder for root in roots if (folder := Path(root, inside)).is_dir()]


def installed():
    """The path of the newest libnvrtc in the wheels, None where there is none."""
    found = [path for inside in ("cuda_nvrtc/lib", "cu13/lib") for folder in wheel_folders(inside)
             for path in folder.glob("libnvrtc.so.*") if ".alt." not in path.name]
    return max(found, key=lambda path: int(path.suffix[1:]), default=None)


@functools.cache
def nvrtc():
    """The library, loaded once. UserError where its wheel is not installed."""
    path = installed()
    if path is None:
        raise UserError("NVRTC, which compiles kernels without a GPU, is not installed: pip install"
                        " nvidia-cuda-nvrtc-cu12")
    return NVRTC(path)
