"""A trained array with its gradient, and the ways to start it (REFERENCE 3)."""

import numpy as np


class Parameter:
    """`value` and `grad`, arrays of the same shape. Optimisers change value in place; backward passes add to grad."""

    __slots__ = ("grad", "value")

    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


def lecun_uniform(shape, fan_in, rng):
    """U(-s, s), s = 1 / sqrt(fan_in): convolution kernels and their biases."""
    limit = fan_in ** -0.5
    return rng.uniform(-limit, limit, shape)


def glorot_uniform(shape, fan_in, fan_out, rng):
    """U(-s, s), s = sqrt(6 / (fan_in + fan_out)): memory kernels."""
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-limit, limit, shape)
