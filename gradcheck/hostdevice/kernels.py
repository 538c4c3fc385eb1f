"""The stand-ins for cupy.ElementwiseKernel and cupy.RawKernel: the same text, run by `gradcheck.hostcuda`.

What hostcuda checks, it checks here at every launch: bounds, races, barriers, shared memory, overflow. As CuPy does not
know which outputs a kernel only writes, it does not either: an entry that is never written keeps what was there, which
in a new array is NaN (`functions.empty`). Threads run upwards only; that the other order gives the same bits is checked
by the cases of hostcuda.
"""

import re
from dataclasses import replace

import numpy as np

from gradcheck.hostcuda import arguments as rules
from gradcheck.hostcuda.faults import KernelFault
from gradcheck.hostcuda.launch import Plan, execute, plan_elementwise
from gradcheck.hostcuda.machine import MOST_SHARED, Argument
from gradcheck.hostdevice import counters
from gradcheck.hostdevice.array import memory_of, ndarray, same_array
from mgnm.kernels.kernel import DEFAULT_SHARED, DTYPES, Elementwise, Geometry, Raw, is_array

ARCHITECTURE = "sm_90"
TYPEDEF = re.compile(r"^typedef ([\w ]+) ([A-Z]);$", re.M)
STANDARD = "--std=c++17"                                    # what hostcuda compiles for


class ElementwiseKernel:
    """Takes inputs and outputs, all of them; `no_return` must be set, as the project sets it."""

    def __init__(self, in_params, out_params, operation, name="kernel", reduce_dims=True, preamble="", no_return=False,
                 loop_prep="", after_loop=""):
        if not no_return:
            raise TypeError(f"{name}: the stand-in for CuPy makes no outputs; set no_return=True and give them")
        self.kernel = Elementwise(name, in_params, out_params, operation, preamble=preamble, loop_prep=loop_prep,
                                  after_loop=after_loop, reduce_dims=reduce_dims)
        self.sized = {None: self.kernel}                    # {size that was asked for: the kernel that knows it}

    def __call__(self, *args, size=None):
        if size not in self.sized:
            self.sized[size] = replace(self.kernel, size=lambda: size)
        kernel = self.sized[size]
        named = kernel.bind([memory_of(value) for value in args])
        looped = [p.name for p in kernel.parameters if p.form != "raw" and is_array(named[p.name])]
        if size is not None and looped:
            raise ValueError(f"{kernel.name}: a size is for kernels whose arrays are all raw, but {looped[0]} is not")
        refuse_partial_overlap(kernel, named)
        planned = plan_elementwise(kernel, named)
        if 0 not in planned.geometry.grid:
            counters.kernel(kernel.name)
            execute(planned)


class RawKernel:
    """A whole kernel. Arguments are compared with its parameters, which CuPy hands over unseen."""

    def __init__(self, code, name, options=(), enable_cooperative_groups=False):
        if set(options) - {STANDARD}:
            raise ValueError(f"{name}: the stand-in for CuPy knows no option but {STANDARD}, not {options}")
        self.kernel = Raw(name, code, cooperative=enable_cooperative_groups)
        self.types = {letter: DTYPES[c_name] for c_name, letter in TYPEDEF.findall(code)}
        self._most_shared = DEFAULT_SHARED

    @property
    def max_dynamic_shared_size_bytes(self):
        """What a launch may ask for: 48 KiB, unless more is asked of the driver by setting it."""
        return self._most_shared

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, size):
        if size > 1024 * MOST_SHARED[ARCHITECTURE]:
            raise KernelFault(self.kernel.name, "launch", f"asks for {size} bytes of dynamic shared memory; a block on"
                              f" {ARCHITECTURE} has at most {1024 * MOST_SHARED[ARCHITECTURE]}")
        self._most_shared = size

    def __call__(self, grid, block, args, shared_mem=0):
        name, parameters = self.kernel.name, self.kernel.parameters
        if len(args) != len(parameters):
            raise TypeError(f"{name}: takes {len(parameters)} arguments, got {len(args)}")
        if shared_mem > self._most_shared:
            raise KernelFault(name, "launch", f"is launched with {shared_mem} bytes of dynamic shared memory, but"
                              f" max_dynamic_shared_size_bytes is {self._most_shared}")
        named = {p.name: self._accepted(p, value) for p, value in zip(parameters, args)}
        rules.refuse_overlap(self.kernel, named)
        arguments = [argument(p, named[p.name]) for p in parameters]
        counters.kernel(name)
        execute(Plan(self.kernel, "", self.kernel.code, arguments, Geometry(tuple(grid), tuple(block), shared_mem)),
                architecture=ARCHITECTURE)

    def _accepted(self, parameter, value):
        """The memory of an array, or a NumPy scalar; TypeError where the kernel would misread its bytes."""
        due = np.dtype(self.types.get(parameter.type, parameter.type))
        kind = ndarray if parameter.form == "array" else np.generic
        if not isinstance(value, kind) or value.dtype != due:
            found = f"{value.dtype} " if hasattr(value, "dtype") else ""
            raise TypeError(f"{self.kernel.name}: {parameter.name} must be {due} as {kind.__name__}, got {found}as"
                            f" {type(value).__name__}")
        return memory_of(value)


def argument(parameter, value):
    if parameter.form == "scalar":
        return Argument(parameter.name, rules.value(value))
    return Argument(parameter.name, rules.pointer, value, "updated" if parameter.output else "input")


def refuse_partial_overlap(kernel, named):
    """TypeError where an output overlaps another array without being the same: hostcuda has no order for the two."""
    arrays = {name: value for name, value in named.items() if is_array(value)}
    for output in kernel.outputs_named:
        for name, array in arrays.items():
            if name != output and not same_array(array, arrays[output]) and np.shares_memory(array, arrays[output]):
                raise TypeError(f"{kernel.name}: {name} and {output} share a part of their memory")
