"""Networks around a memory of vectors: what is shown and asked, every parameter, the initial state; for every kind of
question, with the query shown to the memory and not."""

import mgnm
from gradcheck.adapters import network, point
from gradcheck.draw import normal
from gradcheck.registry import case

SCALAR = {"kind": "lstm", "units": 1, "input": [1], "output": [1]}
MAPS = {"kind": "lstm", "units": 4, "questions": "every", "input": [2, 2, 3], "output": [3, 3, 1], "reader": [5]}
VECTORS = {"kind": "lstm", "units": 3, "layers": 2, "questions": "none", "input": [4], "output": [3], "reader": [5, 4]}
CLASSES = {"kind": "lstm", "units": 4, "questions": "last", "input": [3, 3, 1], "output": [5], "reader": [6]}


def vector_memory(rng, settings, T, S, B, **changes):
    """T steps are shown; S answers are asked for (at the last S, where steps are named), or one at each step."""
    model = mgnm.build({**settings, **changes}, dtype="float64")
    config, shape = model.config, tuple(model.config.input)
    if config.questions in ("asked", "none"):
        when = {"steps": S} if config.questions == "none" else {"answer_steps": list(range(T))[-S:]}
        return network(model, ["input"], **when), point(rng, model, {"input": normal(rng, (T, B, *shape))}, B)
    asked = {"observation": normal(rng, (T, B, *shape)), "query": normal(rng, (S, B, *shape))}
    return network(model, ["observation", "query"]), point(rng, model, asked, B)


@case("lstm/full", covers="lstm", full=True)
def full(rng):
    return vector_memory(rng, SCALAR, T=2, S=3, B=2, questions="none")


@case("lstm/full-every", covers="lstm", full=True)
def full_every(rng):
    return vector_memory(rng, SCALAR, T=3, S=3, B=2, questions="every")


@case("lstm/full-last", covers="lstm", full=True)
def full_last(rng):
    return vector_memory(rng, SCALAR, T=3, S=2, B=2, questions="last")


@case("lstm/full-every-shown", covers="lstm", full=True)
def full_every_shown(rng):
    return vector_memory(rng, SCALAR, T=3, S=3, B=1, questions="every", show_query=True)


@case("lstm/full-last-shown", covers="lstm", full=True)
def full_last_shown(rng):
    return vector_memory(rng, SCALAR, T=2, S=2, B=2, questions="last", show_query=True)


@case("lstm/full-asked", covers="lstm", full=True)
def full_asked(rng):
    return vector_memory(rng, SCALAR, T=4, S=2, B=2, questions="asked")


@case("lstm/asked", covers="lstm")
def asked(rng):
    return vector_memory(rng, VECTORS, T=6, S=3, B=3, questions="asked")


@case("lstm/maps", covers="lstm")
def maps(rng):
    return vector_memory(rng, MAPS, T=5, S=5, B=3)


@case("lstm/vectors", covers="lstm")
def vectors(rng):
    return vector_memory(rng, VECTORS, T=4, S=3, B=3)


@case("lstm/classes", covers="lstm")
def classes(rng):
    return vector_memory(rng, CLASSES, T=4, S=1, B=3)


@case("lstm/classes-shown", covers="lstm")
def classes_shown(rng):
    return vector_memory(rng, CLASSES, T=4, S=3, B=3, show_query=True, forget_bias=0.0)
