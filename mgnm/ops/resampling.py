"""Resampling between neighbouring scales: nearest-neighbour x2 up, 2x2 max-pool down (REFERENCE 2, the multigrid join)."""

from ..device import array_module, empty


def upsample(x):
    """Repeat every cell twice along height and width: (T, H, C, W, B) -> (T, 2H, C, 2W, B)."""
    return array_module(x).repeat(x, 2, axis=3).repeat(2, axis=1), None


def upsample_backward(dy, cache):
    """Each coarse cell was copied to four fine ones, so it collects their four gradients."""
    rows = dy[:, 0::2] + dy[:, 1::2]                        # (T, H, C, 2W, B)
    return rows[..., 0::2, :] + rows[..., 1::2, :]          # (T, H, C, W, B)


def quadrants(x):
    """The four views of x that hold the cells of every 2x2 window, in reading order."""
    return [x[:, row::2, :, column::2] for row in (0, 1) for column in (0, 1)]


def maxpool(x):
    """The maximum of every 2x2 window: (T, H, C, W, B) -> (T, H/2, C, W/2, B)."""
    xp = array_module(x)
    rows = xp.maximum(x[:, 0::2], x[:, 1::2])               # (T, H/2, C, W, B)
    y = xp.maximum(rows[..., 0::2, :], rows[..., 1::2, :])  # (T, H/2, C, W/2, B)
    return y, (x, y)


def maxpool_backward(dy, cache):
    """The cell that was the maximum gets the gradient; of several equal ones, the first in reading order."""
    x, y = cache
    xp = array_module(x)
    dx = empty(x.shape, x)
    rest = dy                                               # what no cell has claimed yet
    for cell, dcell in zip(quadrants(x), quadrants(dx)):
        xp.multiply(rest, cell == y, out=dcell)
        rest = rest - dcell
    return dx
