"""Bias and rectifier, at its kink too; the sigmoid, at its ends too; and the residual connection."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal, ties
from gradcheck.hostcuda.registry import case
from mgnm.kernels.activations import BIAS_RELU, RELU_BACKWARD, SIGMOID
from mgnm.kernels.residual import RESIDUAL_ADD


def grid(rng):
    """(N, C, R)"""
    return tuple(rng.integers((1, 1, 0), (4, 6, 20)))


@case(BIAS_RELU)
def bias_relu(rng, dtype):
    shape = grid(rng)
    return {"x": ties(rng, dtype, *shape), "bias": ties(rng, dtype, shape[1], 1) - 2, "y": np.empty(shape, dtype)}


@case(RELU_BACKWARD)
def relu_backward(rng, dtype):
    shape = grid(rng)
    return {"dy": normal(rng, dtype, *shape), "y": ties(rng, dtype, *shape), "dx": np.empty(shape, dtype)}


@case(SIGMOID)
def sigmoid(rng, dtype):
    shape = grid(rng)
    return {"x": int(rng.choice([1, 200])) * normal(rng, dtype, *shape), "y": np.empty(shape, dtype)}


@case(RESIDUAL_ADD)
def residual_add(rng, dtype):
    N, C, R = grid(rng)
    return {"x": normal(rng, dtype, N, C, R), "source": normal(rng, dtype, N, int(rng.integers(1, C + 1)), R),
            "y": np.empty((N, C, R), dtype)}
