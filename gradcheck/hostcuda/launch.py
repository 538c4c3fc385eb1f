"""From a kernel and NumPy arrays to a launch: `plan` works out text, threads and arguments, `execute` runs them."""

from dataclasses import dataclass
from math import prod

from gradcheck.hostcuda import arguments as rules
from gradcheck.hostcuda import text
from gradcheck.hostcuda.faults import KernelFault
from gradcheck.hostcuda.machine import Argument, machine
from mgnm.kernels.kernel import Elementwise, Geometry, Kernel, by_name, is_array

ELEMENTWISE_BLOCK = 128                 # threads of a block, as CuPy launches elementwise kernels


@dataclass(frozen=True)
class Plan:
    """One launch. The CUDA text is head + code; a Raw kernel's code is its own, an Elementwise one's is generated."""

    kernel: Kernel
    head: str
    code: str
    arguments: list[Argument]
    geometry: Geometry


def run(kernel, grid, block, arguments, shared=0, constants=None, order="up", updated=None, architecture="sm_90"):
    """Run a Raw kernel once on the CPU; its outputs are written into the given arrays.

    grid, block: blocks and threads, 1 to 3 numbers each.
    arguments: NumPy arrays and scalars, in the kernel's order.
    shared: bytes of dynamic shared memory. constants: compile-time constants.
    order: in which threads and blocks run, "up", "down" or "rotated".
    updated: names of the outputs that the kernel may read; without it those that the twin asks for, or all.
    Raises KernelFault at the first fault, TypeError where the arguments do not fit.
    """
    named = kernel.bind(arguments)
    rules.refuse_overlap(kernel, named)
    geometry = Geometry(tuple(grid), tuple(block), shared, constants or {})
    execute(plan_raw(kernel, named, geometry, updated), order, architecture)


def plan(kernel, arguments):
    """The Plan for a kernel of either form and arguments in its order; a Raw kernel is asked for its geometry."""
    named = kernel.bind(arguments)
    rules.refuse_overlap(kernel, named)
    if isinstance(kernel, Elementwise):
        return plan_elementwise(kernel, named)
    return plan_raw(kernel, named, by_name(kernel.geometry, named))


def execute(plan, order="up", architecture="sm_90"):
    """Run a plan once. An empty grid runs nothing, and then nothing may be left to write."""
    name, how = plan.kernel.name, plan.geometry
    if 0 in how.grid:
        for argument in plan.arguments:
            if argument.mode == "output" and argument.array.size:
                raise KernelFault(name, "unwritten", f"never writes {argument.name}: its grid {how.grid} is empty")
        return
    elementwise = isinstance(plan.kernel, Elementwise)
    program = text.complete(plan.head, plan.code, name, len(plan.arguments), elementwise)
    together = not elementwise and plan.kernel.cooperative
    machine(name, plan.code, program, elementwise).launch(
        plan.arguments, how.grid, how.block, how.shared, order, together, architecture)


def plan_raw(kernel, named, geometry, updated=None):
    updated = kernel.updated if updated is None else updated
    head = kernel.head(kernel.types(named), geometry.constants)
    arguments = [Argument(p.name, rules.pointer, named[p.name], mode(p, updated)) if is_array(named[p.name])
                 else Argument(p.name, rules.value(named[p.name])) for p in kernel.parameters]
    return Plan(kernel, head, kernel.code, arguments, geometry)


def plan_elementwise(kernel, named):
    shape, looped = rules.broadcast(kernel, named)
    if kernel.reduce_dims:
        shape, looped = rules.reduce_dimensions(shape, looped)
    forms, arguments = [], []
    for parameter in kernel.parameters:
        name, value = parameter.name, named[parameter.name]
        if is_array(value):
            view = looped.get(name, value)
            forms.append(("array", value.dtype.name, view.ndim, view.flags.c_contiguous))
            arguments.append(Argument(name, rules.carray(view), value, mode(parameter, kernel.updated)))
        else:
            forms.append(("scalar", value.dtype.name))
            arguments.append(Argument(name, rules.value(value)))
    arguments.append(Argument("_ind", rules.indexer(shape)))
    code = text.elementwise(kernel, forms, kernel.types(named), len(shape))
    return Plan(kernel, "", code, arguments, Geometry((-(-prod(shape) // ELEMENTWISE_BLOCK),), (ELEMENTWISE_BLOCK,)))


def mode(parameter, updated):
    return "input" if not parameter.output else "updated" if parameter.name in updated else "output"
