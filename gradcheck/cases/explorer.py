"""The explorer and its baseline: every parameter, both inputs and the initial state, with episodes that begin in the middle,
and a cotangent for the policy, the value and the map at once."""

import mgnm
from gradcheck.adapters import network, point
from gradcheck.draw import kept, normal
from gradcheck.registry import MANY_KINKS, case

SCALAR = {"kind": "explorer", "base": 1, "input_channels": 1, "writer": [[1, 1], [2, 1]], "reader": [2, 1],
          "narrowing": [[1, 1]], "head_units": 2, "actions": 2}

# The presets in small.
MAZE = {"kind": "explorer", "base": 3, "input_channels": 4, "writer": [[1, 3], [2, 4], [2, 4]],
        "writer_residuals": [[1, 3]], "reader": [2, 3, 5], "narrowing": [[2, 4], [1, 1]], "head_units": 6}

VECTORS = {"kind": "lstm_explorer", "units": 5, "layers": 2, "side": 3, "reader": [4], "head_units": 6}


def explorer(rng, settings, T, B, **constants):
    model = mgnm.build(settings, dtype="float64")
    asked = {name: normal(rng, (T, B, *model.exchange.input)) for name in ("observation", "query")}
    return network(model, asked, **constants), point(rng, model, asked, B, lift=0.3)


@case("explorer/full", covers="explorer", full=True)
def full(rng):
    return explorer(rng, SCALAR, T=2, B=2, keep=kept(rng, 2, 2))


@case("explorer/maze", covers="explorer", tolerance=MANY_KINKS)
def maze(rng):
    return explorer(rng, MAZE, T=5, B=3, keep=kept(rng, 5, 3))


@case("explorer/peepholes", covers="explorer", tolerance=MANY_KINKS)
def peepholes(rng):
    return explorer(rng, {**MAZE, "peepholes": True}, T=4, B=2, keep=kept(rng, 4, 2))


@case("explorer/guide", covers="explorer", tolerance=MANY_KINKS)
def guide(rng):
    """Beside the memory the tanh layer sees what the relus of the guide let through: small weights keep it from saturating,
    where 1 - y^2 loses most digits in float32."""
    function, arguments = explorer(rng, MAZE | {"guide": [2, 3, 2]}, T=4, B=2, keep=kept(rng, 4, 2))
    return function, arguments | {"recall.weight": 0.1 * arguments["recall.weight"]}


@case("explorer/small-view", covers="explorer", tolerance=MANY_KINKS)
def small_view(rng):
    return explorer(rng, MAZE | {"view": 2}, T=3, B=2, keep=kept(rng, 3, 2))


@case("explorer/one-step", covers="explorer", tolerance=MANY_KINKS)
def one_step(rng):
    return explorer(rng, MAZE, T=1, B=3)


@case("lstm_explorer/maze", covers="lstm_explorer", tolerance=MANY_KINKS)
def vectors(rng):
    return explorer(rng, VECTORS, T=5, B=3, keep=kept(rng, 5, 3))
