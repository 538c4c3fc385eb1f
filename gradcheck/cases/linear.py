"""The fully connected map, over no, one and several leading axes."""

from gradcheck.adapters import op
from gradcheck.draw import normal
from gradcheck.registry import case


def point(rng, leading, c_in, c_out):
    return {"x": normal(rng, (*leading, c_in)), "w": normal(rng, (c_in, c_out)), "b": normal(rng, (c_out,))}


@case("linear/vector", covers="linear", full=True)
def vector(rng):
    return op("linear"), point(rng, (), 4, 3)


@case("linear/rows", covers="linear", full=True)
def rows(rng):
    return op("linear"), point(rng, (3,), 2, 4)


@case("linear/square", covers="linear", full=True)
def square(rng):
    return op("linear"), point(rng, (2,), 3, 3)


@case("linear/sequence", covers="linear")
def sequence(rng):
    return op("linear"), point(rng, (5, 4), 12, 7)
