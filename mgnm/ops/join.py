"""The multigrid join: what one level of a layer sees of the pyramid below it (REFERENCE 2).

    H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})             (+) puts channels side by side; absent levels are left out

up = nearest neighbour x2, down = 2x2 max-pool. Both are joins of one grid alone.
"""

from ..device import zeros
from ..kernels.joined import Joined


def join(coarse, same, fine):
    """Neighbouring grids on the scale of the middle one, channels in the order up, same, down.

    coarse (T, H/2, C1, W/2, B), same (T, H, C2, W, B), fine (T, 2H, C3, 2W, B), any of them None, but not all three
    -> (T, H, C1 + C2 + C3, W, B)
    """
    joined = Joined(coarse, same, fine)
    return joined.whole, joined


def join_backward(dy, cache, into=None):
    """Gradients of coarse, same and fine (None stays None): a coarse cell was copied to four fine ones, so it collects
    their four gradients; of a 2x2 window only the first maximum gets one.

    They are ADDED to the three arrays `into`, where these are given, because a grid has up to three readers.
    """
    if into is None:
        into = [None if x is None else zeros(x.shape, x) for x in (cache.coarse, cache.same, cache.fine)]
    cache.add_gradients(dy, *into)
    return tuple(into)


def upsample(x):
    """Repeat every cell twice along height and width: (T, H, C, W, B) -> (T, 2H, C, 2W, B)."""
    return join(x, None, None)


def upsample_backward(dy, cache):
    """Each coarse cell collects the gradients of its four copies."""
    return join_backward(dy, cache)[0]


def maxpool(x):
    """The maximum of every 2x2 window: (T, H, C, W, B) -> (T, H/2, C, W/2, B)."""
    return join(None, None, x)


def maxpool_backward(dy, cache):
    """The cell that was the maximum gets the gradient; of several equal ones, the first in reading order."""
    return join_backward(dy, cache)[2]
