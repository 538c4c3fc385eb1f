"""Chance, the same on every machine.

All choices come from the uniform numbers of one PCG64 stream: 53 bits each, by integer arithmetic and one exact division.
NumPy promises this stream of bits for a seed, and no other method of its Generator is used, whose way from bits to choices
NumPy may change. The numbers are drawn in blocks, because a call of NumPy costs more than a choice.
"""

import numpy as np

BLOCK = 1024


class Dice:
    """Choices at random, repeatable under `seeds`: whole numbers, none negative."""

    def __init__(self, *seeds):
        self._uniform = _uniform_numbers(np.random.Generator(np.random.PCG64(list(seeds))))

    def below(self, n):
        """A whole number from 0 to n - 1."""
        return int(next(self._uniform) * n)

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


def _uniform_numbers(rng):
    while True:
        yield from rng.random(BLOCK).tolist()
