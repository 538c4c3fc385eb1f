"""Nearest-neighbour upsampling and 2x2 max-pooling. Pool inputs have no ties: one winner on both sides of x.

(Which of several EQUAL entries wins is a convention, not a derivative: a matter for the tests of the op.)
"""

from gradcheck.adapters import op
from gradcheck.draw import normal, separated
from gradcheck.registry import case


@case("upsample/full", covers="upsample", full=True)
def upsample_full(rng):
    return op("upsample"), {"x": normal(rng, (2, 2, 2, 3, 2))}


@case("upsample/single-cell", covers="upsample", full=True)
def upsample_single_cell(rng):
    return op("upsample"), {"x": normal(rng, (1, 1, 2, 1, 3))}


@case("upsample/large", covers="upsample")
def upsample_large(rng):
    return op("upsample"), {"x": normal(rng, (3, 6, 4, 6, 4))}


@case("maxpool/full", covers="maxpool", full=True)
def maxpool_full(rng):
    return op("maxpool"), {"x": separated(rng, (2, 4, 2, 2, 2))}


@case("maxpool/single-window", covers="maxpool", full=True)
def maxpool_single_window(rng):
    return op("maxpool"), {"x": separated(rng, (1, 2, 3, 2, 4))}


@case("maxpool/large", covers="maxpool")
def maxpool_large(rng):
    return op("maxpool"), {"x": separated(rng, (3, 6, 4, 12, 3))}
