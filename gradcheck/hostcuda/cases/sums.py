"""Sums over channels: fewer terms than threads, more than one round for each, none at all; one part and several.

The terms have a mean: a sum that happens to be almost nothing would show the rounding of its terms, not an error.
"""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.sums import ADD_PARTS, CHANNEL_DOTS, CHANNEL_SUMS


def channel_sums(rng, dtype):
    N, C, more, R, S = rng.integers((1, 1, 0, 0, 1), (4, 4, 4, 200, 4))
    first = int(rng.integers(0, more + 1))
    return {"a": 2 + normal(rng, dtype, N, C + more, R), "b": 2 + normal(rng, dtype, N, C, R), "N": N, "A": C + more,
            "first": first, "C": C, "R": R, "S": S, "parts": np.empty((S, C), dtype)}


case(CHANNEL_SUMS)(channel_sums)
case(CHANNEL_DOTS)(channel_sums)


@case(ADD_PARTS)
def add_parts(rng, dtype):
    S, size = rng.integers((1, 0), (20, 40))
    return {"parts": 2 + normal(rng, dtype, S, size), "y": np.empty(size, dtype)}
