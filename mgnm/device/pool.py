"""A pool of freed memory for NumPy arrays, as CuPy has one for its own.

A training step makes the same arrays again and again. The C library returns large ones to the operating system when
they are freed, and every page is then cleared and mapped anew on its next use. Here a block goes back into the pool
when the last array that looks into it is gone, and the next array of about that size gets it: functions can return
fresh arrays, without side effects, at the price of a buffer made once.
"""

from bisect import bisect_left, insort
from math import prod
from operator import itemgetter

import numpy as np

ALIGNMENT = 64          # bytes; one cache line, one AVX-512 register
SMALL = 4096            # bytes; below this the C library's own free lists are as fast
WASTE = 1.25            # a free block serves a request down to 1/WASTE of its size

_size = itemgetter(0)


class _Block:
    """What a pooled array calls its base. NumPy drops it with the last view, and the memory goes back to the pool."""

    __slots__ = ("__array_interface__", "memory", "release")

    def __init__(self, memory, release, shape, dtype):
        self.memory, self.release = memory, release
        address = memory.__array_interface__["data"][0]
        self.__array_interface__ = {
            "version": 3, "shape": shape, "typestr": dtype.str, "data": (-(-address // ALIGNMENT) * ALIGNMENT, False)}

    def __del__(self):
        self.release(self.memory)


class Pool:
    """Freed blocks, sorted by size. `held` counts the bytes that the pool owns, free or in use."""

    def __init__(self):
        self.free = []              # (bytes, serial number, memory), smallest first
        self.serial = 0
        self.held = 0

    def empty(self, shape, dtype):
        """An uninitialised, contiguous, aligned array of this shape (a tuple) and dtype."""
        dtype = np.dtype(dtype)
        size = prod(shape) * dtype.itemsize
        if size < SMALL:
            return np.empty(shape, dtype)
        return np.asarray(_Block(self._take(size + ALIGNMENT), self._release, tuple(shape), dtype))

    def _take(self, size):
        position = bisect_left(self.free, size, key=_size)
        if position < len(self.free) and self.free[position][0] <= WASTE * size:
            return self.free.pop(position)[2]
        self.held += size
        return np.empty(size, np.uint8)

    def _release(self, memory):
        self.serial -= 1            # decreasing: among equals the block freed last, still in the cache, comes first
        insort(self.free, (memory.nbytes, self.serial, memory))

    def clear(self):
        """Give all free blocks back to the system."""
        self.held -= sum(block[0] for block in self.free)
        self.free.clear()


pool = Pool()
