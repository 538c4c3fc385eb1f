"""The join of one, two or three neighbours, with many equal maxima, odd numbers of rows, and empty batches."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal, ties
from gradcheck.hostcuda.registry import case
from mgnm.kernels.join import JOIN, JOIN_BACKWARD


def shapes(rng):
    """The shapes of coarse, same and fine: any of them may have no channels, but not all. Odd sides have no coarse."""
    rows, W, B = rng.integers((1, 1, 0), (5, 5, 5))
    channels = rng.integers(0, 4, 3)
    if rng.random() < 0.5:
        rows, W = 2 * rows, 2 * W
    else:
        channels[0] = 0
    if not channels.any():
        channels[1] = 1
    up, same, down = channels
    return (rows // 2, up, W // 2, B), (rows, same, W, B), (2 * rows, down, 2 * W, B)


@case(JOIN)
def join(rng, dtype):
    coarse, same, fine = shapes(rng)
    rows, _, W, B = same
    return {"coarse": normal(rng, dtype, *coarse), "same": normal(rng, dtype, *same), "fine": ties(rng, dtype, *fine),
            "y": np.empty((rows, coarse[1] + same[1] + fine[1], W, B), dtype)}


@case(JOIN_BACKWARD)
def join_backward(rng, dtype):
    coarse, same, fine = shapes(rng)
    rows, _, W, B = same
    return {"dy": normal(rng, dtype, rows, coarse[1] + same[1] + fine[1], W, B), "fine": ties(rng, dtype, *fine),
            "up": coarse[1], "dcoarse": normal(rng, dtype, *coarse), "dsame": normal(rng, dtype, *same),
            "dfine": normal(rng, dtype, *fine)}
