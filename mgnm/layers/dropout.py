"""Dropout of an array or of a pyramid, drawn from a number that comes with the data."""

import numpy as np

from .. import ops
from ..device import array_module


class Dropout:
    """Every number is left out with probability `rate`, and the others are divided by 1 - rate.

    number: tells the dropouts of a network apart, each of which draws masks of its own. It has no parameters.

    Which numbers are left out follows from `chance` alone, a whole number that is drawn with an episode: the same episode,
    shown again after a resume or in another process, loses the same numbers. Without it (None: at test time, as the masks
    keep the mean) nothing is left out.
    """

    parameters = {}

    def __init__(self, rate, number=0):
        self.rate, self.number = rate, number

    def forward(self, x, chance):
        """x, an array or a pyramid -> y, cache."""
        if chance is None or not self.rate:
            return x, None
        rng = np.random.default_rng([chance, self.number])
        if isinstance(x, dict):
            pairs = {j: ops.dropout(grid, self._mask(grid, rng)) for j, grid in x.items()}
            return {j: y for j, (y, _) in pairs.items()}, {j: cache for j, (_, cache) in pairs.items()}
        return ops.dropout(x, self._mask(x, rng))

    def backward(self, dy, cache):
        """dx, like x."""
        if cache is None:
            return dy
        if isinstance(dy, dict):
            return {j: ops.dropout_backward(grid, cache[j]) for j, grid in dy.items()}
        return ops.dropout_backward(dy, cache)

    def _mask(self, x, rng):
        kept = rng.random(x.shape, dtype=np.float32) >= self.rate           # on the CPU: every device gets the same
        return array_module(x).asarray(kept * np.float32(1 / (1 - self.rate)), x.dtype)
