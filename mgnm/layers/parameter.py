"""A trained array with its gradient, and the ways to start it (REFERENCE 3); a kept one that is not trained."""

import numpy as np


class Parameter:
    """`value` and `grad`, arrays of the same shape. Optimisers change value in place; backward passes add to grad."""

    __slots__ = ("grad", "value")

    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class Buffer:
    """A statistic that is kept with the weights and not trained: `value`, its running mean over the updates of a
    training, and `observed`, what the last pass over a batch found (the buffer's counterpart of a gradient)."""

    __slots__ = ("observed", "value")

    def __init__(self, value):
        self.value = value
        self.observed = np.zeros_like(value)


def lecun_uniform(shape, fan_in, rng):
    """U(-s, s), s = 1 / sqrt(fan_in): convolution kernels and their biases."""
    limit = fan_in ** -0.5
    return rng.uniform(-limit, limit, shape)


def glorot_uniform(shape, fan_in, fan_out, rng):
    """U(-s, s), s = sqrt(6 / (fan_in + fan_out)): memory kernels."""
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-limit, limit, shape)
