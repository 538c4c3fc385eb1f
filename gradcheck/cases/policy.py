"""The terms an agent learns from: the gradient of its policy, its entropy, the error of its values; sums and means.

Advantages of either sign: a move that turned out badly is made less likely. Logits of +-1e4, where central differences see
nothing, are left to the tests of the ops.
"""

from gradcheck.adapters import op
from gradcheck.draw import away_from_zero, normal
from gradcheck.registry import case


def policy_case(rng, shape, reduction):
    *leading, K = shape
    constants = {"actions": rng.integers(0, K, leading), "advantages": away_from_zero(rng, leading), "reduction": reduction}
    return op("policy_gradient", outputs="loss", **constants), {"logits": normal(rng, shape, scale=2)}


def entropy_case(rng, shape, reduction):
    return op("entropy", outputs="entropy", reduction=reduction), {"logits": normal(rng, shape, scale=2)}


def value_case(rng, shape, reduction):
    return op("squared_error", outputs="loss", returns=normal(rng, shape), reduction=reduction), {
        "values": normal(rng, shape)}


@case("policy_gradient/mean", covers="policy_gradient", full=True)
def policy_mean(rng):
    return policy_case(rng, (3, 2, 4), "mean")


@case("policy_gradient/sum", covers="policy_gradient", full=True)
def policy_sum(rng):
    return policy_case(rng, (4, 3), "sum")


@case("policy_gradient/large", covers="policy_gradient")
def policy_large(rng):
    return policy_case(rng, (20, 16, 4), "mean")


@case("entropy/mean", covers="entropy", full=True)
def entropy_mean(rng):
    return entropy_case(rng, (3, 2, 4), "mean")


@case("entropy/sum", covers="entropy", full=True)
def entropy_sum(rng):
    return entropy_case(rng, (4, 3), "sum")


@case("entropy/large", covers="entropy")
def entropy_large(rng):
    return entropy_case(rng, (20, 16, 4), "mean")


@case("squared_error/mean", covers="squared_error", full=True)
def value_mean(rng):
    return value_case(rng, (3, 2), "mean")


@case("squared_error/sum", covers="squared_error", full=True)
def value_sum(rng):
    return value_case(rng, (2, 3), "sum")


@case("squared_error/large", covers="squared_error")
def value_large(rng):
    return value_case(rng, (20, 32), "mean")
