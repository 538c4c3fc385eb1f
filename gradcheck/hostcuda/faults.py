"""What can be wrong with a kernel, in one clear line each."""

import ctypes
from math import prod

KINDS = ("none", "out of bounds", "wild pointer", "writes an input", "race", "reads unwritten memory",
         "barrier after exit", "divergent barrier", "deadlock", "warp mask", "warp source", "warp width", "array index",
         "flat index", "axis index", "integer overflow", "integer division", "shift", "misaligned", "endless",
         "assertion")                                                       # as in runtime.h
STATES = ("running", "at __syncthreads", "at a warp function", "at the grid barrier", "returned")
NOBODY = 0xffffffff


class KernelFault(Exception):
    """A kernel is wrong. The message is one line: which kernel, where in its text, which thread, and what it does.

    `kind` is one of KINDS, or "launch" (the device would refuse it), "unwritten" (part of an output was not written),
    "order" (results depend on the order of threads or blocks), "value" (results differ from the twin's) or "compile".
    """

    def __init__(self, kernel, kind, message):
        super().__init__(f"{kernel}: {message}")
        self.kernel, self.kind, self.what = kernel, kind, message


class Fault(ctypes.Structure):
    """The runtime's own record, as in runtime.h."""

    _fields_ = [(name, ctypes.c_int32) for name in ("kind", "region", "line", "other_line")] + [
        (name, ctypes.c_uint32) for name in ("thread", "other_thread", "pc", "other_pc")] + [
        (name, ctypes.c_int32) for name in ("writes", "other_writes")] + [(name, ctypes.c_int64) for name in "abc"]


class Reporter:
    """Puts the runtime's record into words. It knows the text, the arrays and the shape of the launch.

    regions: in the runtime's order, the arrays and shared memory (`machine.GlobalArray`, `machine.SharedArray`).
    elementwise: the code is generated, so lines are quoted without their number, and threads are values of i.
    """

    def __init__(self, kernel, code, image, regions, grid, block, elementwise):
        self.kernel, self.lines, self.image, self.regions = kernel, code.split("\n"), image, regions
        self.grid, self.block, self.elementwise = grid, block, elementwise

    def raise_for(self, fault):
        kind = KINDS[fault.kind]
        what = getattr(self, kind.replace(" ", "_"))(fault)
        where = [self.place(fault.line or self.line_of(fault.pc)), self.thread(fault.thread)]
        raise KernelFault(self.kernel, kind, ", ".join(part for part in where if part) + f": {what}")

    # ---- where ------------------------------------------------------------------------------------------------

    def line_of(self, pc):
        file, line = self.image.place(pc)
        return line if file == self.kernel else 0

    def place(self, line):
        """'line 12 `y[i] = x[i];`', as far as it is known."""
        if not 1 <= line <= len(self.lines):
            return ""
        quoted = f"`{self.lines[line - 1].strip().replace(';;', ';')}`"     # CuPy puts a ; after the operation's own
        return quoted if self.elementwise else f"line {line} {quoted}"

    def thread(self, number):
        if number == NOBODY:
            return ""
        if self.elementwise:
            return f"i = {number}"
        threads = prod(self.block)
        block, thread = (place(k, size) for k, size in ((number // threads, self.grid), (number % threads, self.block)))
        return f"block {block} thread {thread}"

    def element(self, fault):
        """'y[2, 3]' for a byte offset into a region."""
        region = self.regions[fault.region]
        return entry(region.name, region.index(fault.a, fault.b))

    def size(self, fault):
        return self.regions[fault.region].size

    def other(self, fault):
        """The other thread, without its block where that is the same."""
        threads = prod(self.block)
        if not self.elementwise and fault.thread // threads == fault.other_thread // threads:
            return f"thread {place(fault.other_thread % threads, self.block)}"
        return self.thread(fault.other_thread)

    # ---- what: a method for each kind -------------------------------------------------------------------------

    def out_of_bounds(self, fault):
        done = "writes" if fault.writes else "reads"
        return f"{done} {self.element(fault)}, outside {self.size(fault)}"

    def wild_pointer(self, fault):
        return f"{'writes' if fault.writes else 'reads'} far from every array: a null or wild pointer"

    def writes_an_input(self, fault):
        return f"writes {self.element(fault)}, which is an input"

    def race(self, fault):
        ours, theirs = ("written" if writes else "read" for writes in (fault.writes, fault.other_writes))
        here, there = self.line_of(fault.pc), self.line_of(fault.other_pc)
        where = "in the same line" if here == there else f"in {self.place(there)}"
        other = self.other(fault)
        why = "nothing orders blocks of one launch" if other.startswith("block") else "there is no barrier between"
        return (f"race: {self.element(fault)} is {ours} here, and {theirs} by {other} {where}"
                + ("" if self.elementwise else f"; {why}"))

    def reads_unwritten_memory(self, fault):
        return f"reads {self.element(fault)} before anything was written there"

    def barrier_after_exit(self, fault):
        return f"waits at a barrier, but {self.other(fault)} has returned"

    def divergent_barrier(self, fault):
        return f"waits at a barrier, but {self.other(fault)} waits at another, {self.place(fault.other_line)}"

    def deadlock(self, fault):
        def state(which, mask):
            warp = STATES[which] == "at a warp function"
            return STATES[which] + (f" with mask 0x{mask & NOBODY:08x}" if warp else "")

        if fault.thread == fault.other_thread:
            only = "; only a cooperative launch has one" if STATES[fault.a] == "at the grid barrier" else ""
            return f"waits {state(fault.a, fault.c >> 32)} for ever{only}"
        return (f"waits {state(fault.a, fault.c >> 32)} while {self.other(fault)} waits"
                f" {state(fault.b, fault.c)}, {self.place(fault.other_line)}: neither goes on")

    def warp_mask(self, fault):
        return f"calls a warp function with mask 0x{fault.a:08x}, which does not name its own lane"

    def warp_source(self, fault):
        return f"takes a value from lane {fault.a}, which is not in the mask or has returned"

    def warp_width(self, fault):
        return f"shuffles with width {fault.a}; it must be a power of two up to 32"

    def array_index(self, fault):
        return f"index {fault.a} is outside an array of {fault.b}"

    def flat_index(self, fault):
        return f"index {fault.a} is outside {self.size(fault)}"

    def axis_index(self, fault):
        return f"index {fault.a} is outside axis {fault.c} of {self.size(fault)}"

    def integer_overflow(self, fault):
        return f"integer overflow in {fault.a} {chr(fault.b)} {fault.c}"

    def integer_division(self, fault):
        return "integer division by zero"

    def shift(self, fault):
        return "shifts an integer by more bits than it has, or by a negative number"

    def misaligned(self, fault):
        return f"uses an address that is {fault.a} bytes off for a type aligned to {fault.b}"

    def endless(self, fault):
        return "reads and writes without end: an endless loop?"

    def assertion(self, fault):
        return "its assertion fails"


def entry(name, index):
    """'y[2, 3]'"""
    return f"{name}[{', '.join(map(str, index))}]"


def place(k, size):
    """(x, y, z) of the k-th thread or block, trailing axes of extent 1 left out."""
    x, y, z = (*size, 1, 1)[:3]
    index = (k % x, k // x % y, k // (x * y))
    used = 3 if z > 1 else 2 if y > 1 else 1
    return f"({', '.join(map(str, index[:used]))})"
