"""One step of each optimiser from any state, with settings as they are used; clipping above and below the limit."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.optimisers import ADAM, CLIP, DECAY, RMSPROP, SGD


def vectors(rng, dtype, *names):
    """A vector of one length for each name."""
    size = int(rng.integers(0, 300))
    return {name: normal(rng, dtype, size) for name in names}


@case(SGD)
def sgd(rng, dtype):
    return {"rate": 0.01, "momentum": 0.9, **vectors(rng, dtype, "grads", "values", "velocity")}


@case(RMSPROP)
def rmsprop(rng, dtype):
    given = vectors(rng, dtype, "grads", "values", "mean_square", "velocity")
    return given | {"rate": 0.01, "fresh": 1 - 0.99, "epsilon": rng.choice([0.1, 1e-10]), "momentum": 0.5,
                    "mean_square": 0.1 + given["mean_square"] ** 2}


@case(ADAM)
def adam(rng, dtype):
    given, n = vectors(rng, dtype, "grads", "values", "mean", "square"), int(rng.integers(1, 5))
    return given | {"rate": 0.01 / (1 - 0.9 ** n), "new_mean": 1 - 0.9, "new_square": 1 - 0.999,
                    "growth": 1 / (1 - 0.999 ** n), "epsilon": 1e-8, "square": given["square"] ** 2}


@case(DECAY)
def decay(rng, dtype):
    return {"share": rng.choice([1e-5, 0.5]), **vectors(rng, dtype, "values")}


@case(CLIP)
def clip(rng, dtype):
    given = vectors(rng, dtype, "grads")
    return given | {"squares": np.sum(given["grads"] ** 2, keepdims=True), "limit": rng.choice([1.0, 30.0])}
