"""The machine: a compiled kernel, the memory it may touch, and one launch of it on the CPU."""

import ctypes
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from gradcheck.hostcuda.compiler import CompileError, shared_object
from gradcheck.hostcuda.elf import Image
from gradcheck.hostcuda.faults import Fault, KernelFault, Reporter, entry
from gradcheck.hostcuda.text import DYNAMIC_SHARED

MODES = {"input": 0, "updated": 1, "output": 2}                     # as in memory.cpp
ORDERS = {"up": 0, "down": 1, "rotated": 2}                         # as in runtime.h
POISON = 0xff                                                       # every byte of an output before: NaN, or -1
LOCK = threading.Lock()                                             # the runtime serves one launch at a time

STATIC_SHARED = 48 * 1024                                           # bytes that a block may declare
MOST_SHARED = {"sm_75": 64, "sm_80": 163, "sm_86": 99, "sm_89": 99, "sm_90": 227, "sm_100": 227,
               "sm_120": 99}                                        # KiB of a block, dynamic memory included
MOST_THREADS, MOST_BLOCK, MOST_GRID = 1024, (1024, 1024, 64), (2**31 - 1, 65535, 65535)


@dataclass(frozen=True)
class Argument:
    """One argument of a launch. `pack(address)` gives the parameter's bytes, once the address of the array is known."""

    name: str
    pack: Callable
    array: np.ndarray | None = None
    mode: str = "input"


class GlobalArray:
    """An array as the runtime knows it: all bytes from its first entry to its last."""

    def __init__(self, name, array, mode):
        self.name, self.array, self.mode = name, array, mode
        self.low, high = np.lib.array_utils.byte_bounds(array) if array.size else 2 * (array.ctypes.data,)
        self.bytes = high - self.low
        self.start = array.ctypes.data - self.low                   # of entry [0, 0, ...], with negative strides not 0
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        self.misalignment = (self.low - owner.ctypes.data) % 256    # a GPU aligns what it allocates to 256 bytes

    @property
    def size(self):
        entries = f"{self.array.size} entries" if self.array.size != 1 else "1 entry"
        return f"{self.name}, which has {entries}" + (f" of shape {self.array.shape}" if self.array.ndim > 1 else "")

    def view(self, memory, dtype=None):
        """The array's entries in a copy of its bytes; with another dtype, what lies at the first byte of each entry."""
        return np.ndarray(self.array.shape, dtype or self.array.dtype, memory, self.start, self.array.strides)

    def index(self, offset, size):
        """The entry at a byte offset, as an index; a flat one where the offset is outside or between entries."""
        entry = offset // self.array.itemsize * self.array.itemsize
        if 0 <= offset < self.bytes:
            grid = np.ogrid[tuple(slice(n) for n in self.array.shape)]
            found = np.argwhere(sum((g * s for g, s in zip(grid, self.array.strides)), np.int64(self.start)) == entry)
            if len(found):
                return found[0].tolist()
        return [entry // self.array.itemsize]


@dataclass(frozen=True)
class SharedArray:
    """A __shared__ variable, or all dynamic shared memory. Of unknown type: an entry is as large as the access."""

    name: str
    bytes: int

    @property
    def size(self):
        return f"shared {self.name}, which has {self.bytes} bytes"

    def index(self, offset, size):
        return [f"byte {offset}"] if offset % size else [offset // size]


class Machine:
    """A kernel, compiled for the CPU. `code` is what lines are counted in, `program` what is compiled, and contains it.

    Raises KernelFault of kind "compile" where the C++ compiler refuses the text.
    """

    def __init__(self, name, code, program, elementwise):
        self.name, self.code, self.elementwise = name, code, elementwise
        try:
            path = shared_object(program)
        except CompileError as error:
            raise KernelFault(name, "compile", f"does not compile\n{error}") from None
        self.compiled = ctypes.CDLL(str(path))
        self.compiled.hostcuda_array.restype = ctypes.c_void_p
        self.image = Image(path)
        variables = self.image.thread_locals()
        self.mark = variables.pop("hostcuda_static_shared_mark").offset
        self.shared_variables = list(variables.values())

    def launch(self, arguments, grid, block, shared, order, together, architecture):
        """Run the kernel once; arrays that are not inputs get what it wrote. Raises KernelFault at the first fault."""
        grid, block = ((*size, 1, 1)[:3] for size in (grid, block))
        self._accept(grid, block, shared, architecture)
        arrays = {}                                                 # arguments that are the same array share its memory
        for a in arguments:
            if a.array is not None:
                shared_by = arrays.setdefault(identity(a.array), GlobalArray(a.name, a.array, a.mode))
                shared_by.mode = a.mode if a.mode == shared_by.mode else "updated"
        with LOCK:
            try:
                if self.compiled.hostcuda_reserve(len(arrays)):
                    raise MemoryError("hostcuda needs 16 GiB of address space for each array; see `ulimit -v`")
                self._run(arguments, arrays, grid, block, shared, ORDERS[order], together)
            finally:
                self.compiled.hostcuda_release()

    def _accept(self, grid, block, shared, architecture):
        """Refuse what the device would refuse."""
        def refuse(message):
            raise KernelFault(self.name, "launch", message)
        static, most = sum(v.bytes for v in self.shared_variables), 1024 * MOST_SHARED[architecture]
        if static > STATIC_SHARED:
            refuse(f"declares {static} bytes of shared memory; more than {STATIC_SHARED} must be dynamic")
        if static + shared > most:
            refuse(f"uses {static + shared} bytes of shared memory; a block on {architecture} has at most {most}")
        bound = min(MOST_THREADS, self.compiled.hostcuda_most_threads())
        if prod(block) > bound:
            refuse(f"is launched with {prod(block)} threads in a block; at most {bound} are possible")
        for what, size, most in (("block", block, MOST_BLOCK), ("grid", grid, MOST_GRID)):
            if any(n < 1 or n > limit for n, limit in zip(size, most)):
                refuse(f"is launched with a {what} of {size}; each extent must be from 1 to {most}")

    def _run(self, arguments, arrays, grid, block, shared, order, together):
        addresses = {key: self._place(array) for key, array in arrays.items()}
        packed = [np.frombuffer(a.pack(None if a.array is None else addresses[identity(a.array)]), np.uint8)
                  for a in arguments]
        regions = [*arrays.values(), *self._share(shared)]
        fault = Fault()
        pointers = (ctypes.c_void_p * len(packed))(*(p.ctypes.data for p in packed))
        sizes = (ctypes.c_uint * 6)(*grid, *block)
        if self.compiled.hostcuda_launch(pointers, sizes, int(together), order, ctypes.byref(fault)):
            raise MemoryError(f"no memory for the threads of {self.name}")
        if fault.kind:
            Reporter(self.name, self.code, self.image, regions, grid, block, self.elementwise).raise_for(fault)
        for k, array in enumerate(arrays.values()):
            if array.mode != "input":
                self._take_back(k, array)

    def _place(self, array):
        """Copy an array to the launch's own memory; the address of its entry [0, 0, ...]."""
        address = self.compiled.hostcuda_array(
            ctypes.c_size_t(array.bytes), ctypes.c_size_t(array.misalignment), array.array.itemsize,
            MODES[array.mode])
        if address is None:
            raise MemoryError(f"no memory for {array.bytes} bytes of {array.name}")
        if array.mode == "output":
            ctypes.memset(address, POISON, array.bytes)
        else:
            ctypes.memmove(address, array.low, array.bytes)
        array.address = address
        return address + array.start

    def _share(self, dynamic):
        """Tell the runtime of all shared memory."""
        for variable in self.shared_variables:
            self.compiled.hostcuda_static_shared(
                ctypes.c_int64(variable.offset - self.mark), ctypes.c_size_t(variable.bytes))
        static = [SharedArray(v.name, v.bytes) for v in self.shared_variables]
        if dynamic == 0:
            return static
        self.compiled.hostcuda_dynamic_shared_bytes(ctypes.c_size_t(dynamic))
        names = "/".join(found[2] for found in DYNAMIC_SHARED.finditer(self.code))
        return [*static, SharedArray(names, dynamic)]

    def _take_back(self, region, array):
        """Copy what the kernel wrote; every entry of an output must have been written."""
        written = np.empty(array.bytes, np.uint8)
        self.compiled.hostcuda_written(region, ctypes.c_void_p(written.ctypes.data))
        missing = np.argwhere(array.view(written, np.uint8) == 0)
        if array.mode == "output" and len(missing):
            first = entry(array.name, missing[0].tolist())
            more = f" and {len(missing) - 1} more of its {array.array.size} entries" if len(missing) > 1 else ""
            raise KernelFault(self.name, "unwritten", f"never writes {first}{more}")
        array.array[...] = array.view((ctypes.c_char * array.bytes).from_address(array.address))


def identity(array):
    """What two arguments have in common when they are the same array."""
    return array.ctypes.data, array.shape, array.strides, array.dtype


@functools.cache
def machine(name, code, program, elementwise):
    """The compiled kernel for a program, made once in a process."""
    return Machine(name, code, program, elementwise)
