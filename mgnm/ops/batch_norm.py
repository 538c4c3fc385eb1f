"""Batch normalisation of a grid, for every channel by itself (Ioffe and Szegedy, 2015; REFERENCE 4).

    n = (x - mean) / sqrt(variance + epsilon)               y = scale n + shift

Mean and variance of a channel are taken over all that is not a channel: time, height, width and batch. (Or they are
given, as constants: those that training kept, where one sequence alone has to be answered like one among many.)
"""

from ..device import array_module, empty

EPSILON = 1e-3                                              # of the released code


def batch_norm(x, scale, shift, statistics=None):
    """y (T, H, C, W, B), (mean, variance) that were used, cache.

    x (T, H, C, W, B); scale and shift (C,); statistics: (mean, variance), each (C,), taken as constants; None for
    those of x itself, the variance with N = T H W B as its divisor.
    """
    xp = array_module(x)
    N = max(x.size // x.shape[2], 1)                        # at least 1: an empty sequence has an answer too
    mean = _per_channel(x) / N if statistics is None else statistics[0]
    n = xp.subtract(x, _wide(mean), out=empty(x.shape, x))  # x - mean, until it is divided below
    variance = _per_channel(n * n) / N if statistics is None else statistics[1]
    slope = 1 / xp.sqrt(variance + EPSILON)                 # (C,), dn / dx at constant statistics
    n *= _wide(slope)
    y = n * _wide(scale)
    y += _wide(shift)
    return y, (mean, variance), (n, scale * slope, N if statistics is None else None)


def batch_norm_backward(dy, cache):
    """dx, dscale, dshift. Where the statistics are those of x, every x moves them as well: of dy, the part that would
    shift the channel (its mean) and the part that would stretch it (its mean along n) have no effect, and are taken out.

        dx = scale slope (dy - mean(dy) - n mean(dy n))     at constant statistics, dx = scale slope dy
    """
    n, slope, N = cache                                     # slope (C,), with the scale in it
    dshift, dscale = _per_channel(dy), _per_channel(dy * n)
    if N is None:
        return dy * _wide(slope), dscale, dshift
    dx = n * _wide(dscale / -N)
    dx += dy
    dx -= _wide(dshift / N)
    dx *= _wide(slope)
    return dx, dscale, dshift


def _per_channel(x):
    """The sum over all but the channels: (T, H, C, W, B) -> (C,)."""
    return x.sum((3, 4)).sum((0, 1))


def _wide(v):
    """A number for every channel, as it meets a grid: (C,) -> (C, 1, 1)."""
    return v[:, None, None]
