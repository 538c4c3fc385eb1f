"""relu, sigmoid, tanh: pointwise, any shape."""

from gradcheck.adapters import op
from gradcheck.draw import away_from_zero, normal
from gradcheck.registry import case


@case("relu/full", covers="relu", full=True)
def relu_full(rng):
    return op("relu"), {"x": away_from_zero(rng, (3, 4))}


@case("relu/large", covers="relu")
def relu_large(rng):
    return op("relu"), {"x": away_from_zero(rng, (2, 6, 5, 6, 3))}


@case("sigmoid/full", covers="sigmoid", full=True)
def sigmoid_full(rng):
    return op("sigmoid"), {"x": normal(rng, (3, 4), scale=2)}


@case("sigmoid/large", covers="sigmoid")
def sigmoid_large(rng):
    return op("sigmoid"), {"x": normal(rng, (2, 6, 5, 6, 3), scale=2)}


@case("tanh/full", covers="tanh", full=True)
def tanh_full(rng):
    return op("tanh"), {"x": normal(rng, (3, 4))}


@case("tanh/large", covers="tanh")
def tanh_large(rng):
    return op("tanh"), {"x": normal(rng, (2, 6, 5, 6, 3))}
