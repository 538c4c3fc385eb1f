"""The multigrid join with every subset of neighbours; each has a width of its own, so none can pass for another."""

from gradcheck.adapters import op
from gradcheck.draw import separated
from gradcheck.registry import case

CHANNELS = {"coarse": 1, "same": 2, "fine": 3}
SCALE = {"coarse": 1, "same": 2, "fine": 4}         # in half cells of the middle grid

SUBSETS = [("coarse",), ("same",), ("fine",), ("coarse", "same"), ("same", "fine"), ("coarse", "fine"),
           ("coarse", "same", "fine")]


def point(rng, present, T, height, width, B):
    """Grids of the neighbours that are present, on a middle grid of 2 height x 2 width cells."""
    return {name: separated(rng, (T, height * SCALE[name], CHANNELS[name], width * SCALE[name], B)) for name in present}


def absent(present):
    return dict.fromkeys(set(CHANNELS) - set(present))


def register(present):
    @case(f"join/{'+'.join(present)}", covers="join", full=True)
    def tiny(rng):
        return op("join", **absent(present)), point(rng, present, T=1, height=1, width=2, B=1)


for subset in SUBSETS:
    register(subset)


@case("join/large", covers="join")
def large(rng):
    return op("join"), point(rng, SUBSETS[-1], T=3, height=3, width=3, B=4)
