"""Batch norm, by the statistics of what it normalises (every x moves them) and by running ones (constants), as an op and
as a layer. Channels of different size and offset; with N = T H W B of at least 8 numbers each.

Where it stands in a network, over time and beside a recurrence, is checked with the networks.
"""

import numpy as np

from gradcheck.adapters import batch_norm, put, stateless_layer
from gradcheck.draw import normal
from gradcheck.registry import case
from mgnm.layers import BatchNorm


def grid(rng, shape):
    """Numbers of mean 0.5 and of another size in every channel."""
    size = 1.0 + np.arange(shape[2])[:, None, None]
    return normal(rng, shape) * size + 0.5


def point(rng, *shape):
    return {"x": grid(rng, shape), "scale": normal(rng, (shape[2],)), "shift": normal(rng, (shape[2],))}


def running(rng, channels):
    """A mean and a variance that are not those of x."""
    return normal(rng, (channels,)), rng.uniform(0.5, 3, (channels,))


@case("batch_norm/full", covers="batch_norm", full=True)
def full(rng):
    return batch_norm(), point(rng, 2, 2, 2, 2, 2)


@case("batch_norm/one-cell", covers="batch_norm", full=True)
def one_cell(rng):
    return batch_norm(), point(rng, 3, 1, 2, 1, 3)


@case("batch_norm/running", covers="batch_norm", full=True)
def running_full(rng):
    return batch_norm(statistics=running(rng, 3)), point(rng, 2, 2, 3, 2, 1)


@case("batch_norm/large", covers="batch_norm")
def large(rng):
    return batch_norm(), point(rng, 6, 6, 5, 4, 3)


@case("batch_norm/large-running", covers="batch_norm")
def large_running(rng):
    return batch_norm(statistics=running(rng, 5)), point(rng, 6, 6, 5, 4, 3)


def layer(rng, own_statistics):
    norm = BatchNorm([1, 2], 3)
    for buffer in norm.buffers.values():
        buffer.value[...] = rng.uniform(0.5, 2, buffer.value.shape)
    arguments = put("x", {j: grid(rng, (3, 2**j, 3, 2**j, 2)) for j in norm.levels})
    arguments |= {name: normal(rng, parameter.value.shape) for name, parameter in norm.parameters.items()}
    return stateless_layer(norm, own_statistics=own_statistics), arguments


@case("BatchNorm/own-statistics", covers="BatchNorm")
def layer_own(rng):
    return layer(rng, own_statistics=True)


@case("BatchNorm/running-statistics", covers="BatchNorm")
def layer_running(rng):
    return layer(rng, own_statistics=False)
