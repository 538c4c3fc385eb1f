"""A pool of freed memory for NumPy arrays, as CuPy has one for its own.

A training step makes the same arrays again and again. The C library returns large ones to the operating system when
they are freed, and every page is then cleared and mapped anew on its next use. Here a block goes back into the pool
when the last array that looks into it is gone, and the next array of about that size gets it: functions can return
fresh arrays, without side effects, at the price of a buffer made once. The pool keeps what it has until `clear`.
"""

import threading
from bisect import bisect_left, insort
from collections import deque
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
    """Freed blocks, sorted by size. `held` counts the bytes that the pool owns, free or in use.

    Any thread may take and return: a block can come back at any moment, in the middle of `_take` even, when the last array
    is collected. So it goes into a queue, without a lock, and is sorted in by the next to ask.
    """

    def __init__(self):
        self.returned = deque()     # memory that nobody looks at any more
        self.free = []              # (bytes, serial number, memory), smallest first
        self.serial = 0
        self.held = 0
        self.lock = threading.Lock()            # of all but `returned`

    def empty(self, shape, dtype):
        """An uninitialised, contiguous, aligned array of this shape (a tuple) and dtype."""
        dtype = np.dtype(dtype)
        size = prod(shape) * dtype.itemsize
        if size < SMALL:
            return np.empty(shape, dtype)
        return np.asarray(_Block(self._take(size + ALIGNMENT), self.returned.append, tuple(shape), dtype))

    def _take(self, size):
        with self.lock:
            self._sort_in()
            position = bisect_left(self.free, size, key=_size)
            if position < len(self.free) and self.free[position][0] <= WASTE * size:
                return self.free.pop(position)[2]
            self.held += size
        return np.empty(size, np.uint8)

    def _sort_in(self):
        while self.returned:
            memory = self.returned.popleft()
            self.serial -= 1        # decreasing: among equals the block freed last, still in the cache, comes first
            insort(self.free, (memory.nbytes, self.serial, memory))

    def clear(self):
        """Give all free blocks back to the system."""
        with self.lock:
            self._sort_in()
            self.held -= sum(block[0] for block in self.free)
            self.free.clear()


pool = Pool()
