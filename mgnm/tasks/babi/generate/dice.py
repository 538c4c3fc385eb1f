"""Chance, the same on every machine.

All choices come, by arithmetic of whole numbers, from the upper 32 bits of the raw numbers of NumPy's PCG64 generator. NumPy
promises these raw numbers for a seed; it may change its ways from there to choices (integers, shuffle, ...), which are not
used. The numbers are drawn in blocks, because a call of NumPy costs more than a choice.
"""

import numpy as np

BLOCK, BITS = 1024, 32


class Dice:
    """Choices at random, repeatable under `seeds`: whole numbers, none negative."""

    def __init__(self, *seeds):
        self._numbers = _numbers(np.random.PCG64(list(seeds)))

    def below(self, n):
        """A whole number from 0 to n - 1."""
        return next(self._numbers) * n >> BITS

    def pick(self, items):
        """One of the items, of any kind of container; all with the same chance."""
        items = tuple(items)
        return items[self.below(len(items))]

    def heads(self):
        """True or False, like a coin."""
        return self.below(2) == 1

    def sample(self, items, n):
        """n different items in random order, as a list."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(n)]

    def shuffled(self, items):
        """All items in random order, as a list."""
        items = list(items)
        return self.sample(items, len(items))


def _numbers(generator):
    """Whole numbers below 2^BITS, without end."""
    while True:
        yield from (generator.random_raw(BLOCK) >> np.uint64(64 - BITS)).tolist()
