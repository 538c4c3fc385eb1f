"""Resampling between neighbouring scales: nearest neighbour x2 up, 2x2 max-pool down (REFERENCE 2)."""

from ..device import array_module, empty


def upsample(x):
    """Repeat every cell twice along height and width: (T, H, C, W, B) -> (T, 2H, C, 2W, B)."""
    return array_module(x).repeat(x, 2, axis=3).repeat(2, axis=1), None


def upsample_backward(dy, cache):
    """Each coarse cell was copied to four fine ones, so it collects their four gradients."""
    rows = dy[:, 0::2] + dy[:, 1::2]                        # (T, H, C, 2W, B)
    return rows[..., 0::2, :] + rows[..., 1::2, :]          # (T, H, C, W, B)


def maxpool(x):
    """The maximum of every 2x2 window: (T, H, C, W, B) -> (T, H/2, C, W/2, B)."""
    xp = array_module(x)
    pairs = xp.maximum(x[..., 0::2, :], x[..., 1::2, :])    # (T, H, C, W/2, B)
    return xp.maximum(pairs[:, 0::2], pairs[:, 1::2]), x    # (T, H/2, C, W/2, B)


def maxpool_backward(dy, cache):
    """The cell that was the maximum gets the gradient; of several equal ones, the first in reading order."""
    x = cache
    xp = array_module(x)
    left, right = x[..., 0::2, :], x[..., 1::2, :]
    pairs = xp.maximum(left, right)                         # (T, H, C, W/2, B)
    dpairs = empty(pairs.shape, x)
    xp.multiply(dy, pairs[:, 0::2] >= pairs[:, 1::2], out=dpairs[:, 0::2])      # the upper row, unless the lower is larger
    xp.subtract(dy, dpairs[:, 0::2], out=dpairs[:, 1::2])
    dx = empty(x.shape, x)
    xp.multiply(dpairs, left >= right, out=dx[..., 0::2, :])                    # in it the left cell, likewise
    xp.subtract(dpairs, dx[..., 0::2, :], out=dx[..., 1::2, :])
    return dx
