"""Both cross-entropies: mean and sum, without a mask, with a mask of the same shape, and with one that is broadcast.

Logits of +-1e4, where central differences see nothing, are left to the tests of the op.
"""

import math

from gradcheck.adapters import op
from gradcheck.draw import normal
from gradcheck.registry import case


def sigmoid_case(rng, shape, reduction, mask_shape=None):
    targets = rng.integers(0, 2, shape).astype(float)
    constants = {"targets": targets, "mask": mask(rng, mask_shape), "reduction": reduction}
    return op("sigmoid_cross_entropy", outputs="loss", **constants), {"logits": normal(rng, shape, scale=2)}


def softmax_case(rng, shape, reduction, mask_shape=None):
    targets = rng.integers(0, shape[-1], shape[:-1])
    constants = {"targets": targets, "mask": mask(rng, mask_shape), "reduction": reduction}
    return op("softmax_cross_entropy", outputs="loss", **constants), {"logits": normal(rng, shape, scale=2)}


def mask(rng, shape):
    """None, or an array of this shape in which a random half of the entries counts."""
    return None if shape is None else rng.permutation(math.prod(shape)).reshape(shape) % 2 == 0


@case("sigmoid_cross_entropy/mean", covers="sigmoid_cross_entropy", full=True)
def sigmoid_mean(rng):
    return sigmoid_case(rng, (2, 3, 4), "mean")


@case("sigmoid_cross_entropy/sum", covers="sigmoid_cross_entropy", full=True)
def sigmoid_sum(rng):
    return sigmoid_case(rng, (3, 2, 2, 2, 1), "sum")


@case("sigmoid_cross_entropy/mean-mask", covers="sigmoid_cross_entropy", full=True)
def sigmoid_mean_mask(rng):
    return sigmoid_case(rng, (2, 3, 4), "mean", (2, 3, 4))


@case("sigmoid_cross_entropy/sum-mask", covers="sigmoid_cross_entropy", full=True)
def sigmoid_sum_mask(rng):
    return sigmoid_case(rng, (4, 3, 2), "sum", (4, 3, 1))


@case("sigmoid_cross_entropy/large", covers="sigmoid_cross_entropy")
def sigmoid_large(rng):
    return sigmoid_case(rng, (5, 4, 12, 12, 1), "mean", (5, 4, 1, 1, 1))


@case("softmax_cross_entropy/mean", covers="softmax_cross_entropy", full=True)
def softmax_mean(rng):
    return softmax_case(rng, (3, 2, 4), "mean")


@case("softmax_cross_entropy/sum", covers="softmax_cross_entropy", full=True)
def softmax_sum(rng):
    return softmax_case(rng, (4, 3), "sum")


@case("softmax_cross_entropy/mean-mask", covers="softmax_cross_entropy", full=True)
def softmax_mean_mask(rng):
    return softmax_case(rng, (3, 2, 4), "mean", (3, 2))


@case("softmax_cross_entropy/sum-mask", covers="softmax_cross_entropy", full=True)
def softmax_sum_mask(rng):
    return softmax_case(rng, (4, 3, 5), "sum", (4, 1))


@case("softmax_cross_entropy/large", covers="softmax_cross_entropy")
def softmax_large(rng):
    return softmax_case(rng, (6, 8, 10), "mean", (6, 8))
