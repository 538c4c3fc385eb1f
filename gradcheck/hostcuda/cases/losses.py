"""The losses, with small and very large logits, masks as arrays and as numbers, and nothing to learn from."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.entropy import ENTROPY
from mgnm.kernels.losses import SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY


def logits(rng, dtype, *shape):
    return int(rng.choice([1, 200])) * normal(rng, dtype, *shape)


@case(SIGMOID_CROSS_ENTROPY)
def sigmoid_cross_entropy(rng, dtype):
    shape = tuple(rng.integers((1, 0), (6, 30)))
    mask = rng.integers(0, 2, shape).astype(dtype) if rng.random() < 0.5 else 1
    return {"logits": logits(rng, dtype, *shape), "targets": rng.random(shape).astype(dtype), "mask": mask,
            "scale": 1 / 7, "loss": np.empty(shape, dtype), "dlogits": np.empty(shape, dtype)}


@case(SOFTMAX_CROSS_ENTROPY)
def softmax_cross_entropy(rng, dtype):
    N, K = rng.integers((0, 1), (20, 12))
    mask = rng.integers(0, 2, N).astype(dtype) if rng.random() < 0.5 else 1
    return {"logits": logits(rng, dtype, N, K), "targets": rng.integers(0, K, N), "mask": mask,
            "scale": normal(rng, dtype, 1), "loss": np.empty(N, dtype), "dlogits": np.empty((N, K), dtype)}


@case(ENTROPY)
def entropy(rng, dtype):
    N, K = rng.integers((0, 1), (20, 12))
    z = logits(rng, dtype, N, K)
    z[:1] = normal(rng, dtype, 1, K)                        # an entropy of ordinary size, to measure the others by
    return {"logits": z, "scale": 1 / 7, "entropy": np.empty(N, dtype),
            "dlogits": np.empty((N, K), dtype)}
