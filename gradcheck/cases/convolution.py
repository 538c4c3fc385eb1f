"""The 3x3 convolution: more channels out than in, fewer, as many; one channel, one step, one cell; grids not square.

Which side has more channels decides which product it uses, and long sequences are cut into pieces that fit the cache:
there are cases on both sides of either line.
"""

from gradcheck.adapters import op
from gradcheck.draw import normal
from gradcheck.registry import case

#        name             T  H  W  B  C_in C_out
TINY = [("widening",      2, 2, 2, 1, 1, 3),
        ("narrowing",     2, 2, 2, 1, 3, 1),
        ("equal",         1, 3, 3, 1, 2, 2),
        ("one-channel",   2, 3, 3, 2, 1, 1),
        ("single-cell",   2, 1, 1, 2, 2, 3),
        ("wide-grid",     1, 2, 4, 2, 1, 2),
        ("high-grid",     1, 4, 1, 1, 2, 1)]

LARGE = [("6x6-widening",   3, 6, 6, 3, 4, 7),
         ("6x6-narrowing",  3, 6, 6, 3, 7, 4),
         ("5x5-equal",      1, 5, 5, 4, 5, 5),
         ("4x6-widening",   2, 4, 6, 2, 1, 16),
         ("6x3-narrowing",  2, 6, 3, 2, 16, 1),
         ("pieces-widening", 5, 6, 6, 32, 8, 10),
         ("pieces-narrowing", 6, 8, 8, 32, 16, 4)]


def point(rng, T, H, W, B, c_in, c_out):
    return {"x": normal(rng, (T, H, c_in, W, B)), "w": normal(rng, (3, 3, c_in, c_out)), "b": normal(rng, (c_out,))}


def register(name, sizes, full):
    @case(f"conv3x3/{name}", covers="conv3x3", full=full)
    def convolution(rng):
        return op("conv3x3"), point(rng, *sizes)


for label, *tiny in TINY:
    register(label, tiny, full=True)
for label, *large in LARGE:
    register(label, large, full=False)


@case("conv3x3/no-bias", covers="conv3x3", full=True)
def no_bias(rng):
    arguments = point(rng, 2, 2, 3, 1, 2, 2)
    del arguments["b"]
    return op("conv3x3"), arguments
