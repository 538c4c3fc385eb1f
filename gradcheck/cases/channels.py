"""Concatenation of channels, and the residual sum with zero-padded channels."""

from gradcheck.adapters import op
from gradcheck.draw import normal
from gradcheck.registry import case


@case("concatenate/full", covers="concatenate", full=True)
def concatenate_full(rng):
    return op("concatenate"), {"a": normal(rng, (2, 2, 1, 2, 2)), "b": normal(rng, (2, 2, 3, 2, 2))}


@case("concatenate/equal", covers="concatenate", full=True)
def concatenate_equal(rng):
    return op("concatenate"), {"a": normal(rng, (1, 2, 2, 3, 2)), "b": normal(rng, (1, 2, 2, 3, 2))}


@case("concatenate/large", covers="concatenate")
def concatenate_large(rng):
    return op("concatenate"), {"a": normal(rng, (3, 6, 5, 6, 4)), "b": normal(rng, (3, 6, 3, 6, 4))}


@case("residual_add/padded", covers="residual_add", full=True)
def residual_padded(rng):
    return op("residual_add"), {"x": normal(rng, (2, 2, 3, 2, 2)), "source": normal(rng, (2, 2, 2, 2, 2))}


@case("residual_add/equal", covers="residual_add", full=True)
def residual_equal(rng):
    return op("residual_add"), {"x": normal(rng, (2, 2, 2, 2, 2)), "source": normal(rng, (2, 2, 2, 2, 2))}


@case("residual_add/large", covers="residual_add")
def residual_large(rng):
    return op("residual_add"), {"x": normal(rng, (3, 6, 8, 6, 4)), "source": normal(rng, (3, 6, 5, 6, 4))}
