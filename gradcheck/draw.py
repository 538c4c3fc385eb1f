"""Random numbers that suit a gradient check: away from zero, kinks and ties, without a loop that might not end."""

import numpy as np


def away_from_zero(rng, shape):
    """Random signs, magnitudes uniform in [0.5, 1.5).

    As a direction or a cotangent: no entry is so small that an error in its place goes unseen, and no two are alike, so
    swapped entries do not cancel (with all ones or signs alone they can). As an input of relu: no kink within 0.5.
    """
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def separated(rng, shape, gap=0.01):
    """A random permutation of evenly spaced numbers around zero: two differ by `gap` at least, each from zero by gap/2.

    As the input of max-pool: no window has a tie, and no step of the check makes one (it moves entries by 1.5e-3).
    """
    n = int(np.prod(shape))
    return (rng.permutation(n).reshape(shape) - n // 2 + 0.5) * gap


def normal(rng, shape, scale=1.0):
    """Gaussian numbers, for all that is smooth."""
    return scale * rng.standard_normal(shape)


def kept(rng, T, B):
    """Where sequences go on (1) and where others begin (0): (T, B), about a third of them zeros, at least one of each at
    the very first step (what was handed on is then lost) and after it."""
    keep = (rng.permutation(T * B).reshape(T, B) % 3 > 0).astype(float)
    keep[0, :2] = 0, 1
    keep[-1, :2] = 1, 0
    return keep
