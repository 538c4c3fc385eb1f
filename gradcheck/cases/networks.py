"""Whole networks: every parameter, both inputs and the initial state, over three steps and more.

The reader is full of relus, so a random direction may cross a kink; the checker then takes a shorter step.
"""

import mgnm
from gradcheck.adapters import network, point
from gradcheck.draw import normal
from gradcheck.registry import MANY_KINKS, case

SCALAR = {"kind": "reader_writer", "base": 1, "input_channels": 1, "writer": [[1, 1], [2, 1]], "reader": [2, 1],
          "narrowing": [[1, 1]]}

# Every kind of connection: layers that add a level, residuals with as many and with fewer channels (in the writer, in
# the reader, in the narrowing part), a narrowing layer that reads more levels than it keeps.
DEEP = {"kind": "reader_writer", "base": 1, "input_channels": 3, "writer": [[2, 2], [3, 3], [3, 3], [3, 3]],
        "writer_residuals": [[1, 3], [3, 4]], "reader": [3, 2, 6, 5],
        "reader_residuals": [[1, 3], [2, 4], [5, 6]], "narrowing": [[2, 3], [2, 4], [1, 1]]}

# One grid, and what is seen enlarged to it.
SINGLE = {"kind": "conv_lstm", "base": 4, "view": 2, "input_channels": 3, "writer": [[1, 2], [1, 3], [1, 3]],
          "writer_residuals": [[1, 3]], "reader": [2, 3, 4], "narrowing": [[1, 3], [1, 1]]}

# The presets in small.
MAPPING = {"kind": "reader_writer", "base": 3, "input_channels": 4, "writer": [[1, 3], [2, 4], [2, 4]],
           "writer_residuals": [[1, 3]], "reader": [2, 3, 5], "reader_residuals": [[1, 3]],
           "narrowing": [[2, 4], [1, 1]]}


def reader_writer(rng, settings, T, B, **changes):
    model = mgnm.build({**settings, **changes}, dtype="float64")
    side, _, channels = model.exchange.input
    asked = {name: normal(rng, (T, B, side, side, channels)) for name in ("observation", "query")}
    return network(model, asked), point(rng, model, asked, B, lift=0.3)


@case("reader_writer/full", covers="reader_writer", full=True)
def full(rng):
    return reader_writer(rng, SCALAR, T=3, B=1)


@case("reader_writer/full-peephole", covers="reader_writer", full=True)
def full_peephole(rng):
    return reader_writer(rng, SCALAR, T=3, B=1, peepholes=True)


@case("reader_writer/deep", covers="reader_writer", tolerance=MANY_KINKS)
def deep(rng):
    return reader_writer(rng, DEEP, T=4, B=2)


@case("reader_writer/deep-peephole", covers="reader_writer", tolerance=MANY_KINKS)
def deep_peephole(rng):
    return reader_writer(rng, DEEP, T=4, B=2, peepholes=True)


@case("reader_writer/mapping", covers="reader_writer", tolerance=MANY_KINKS)
def mapping(rng):
    return reader_writer(rng, MAPPING, T=5, B=2)


@case("reader_writer/one-step", covers="reader_writer", tolerance=MANY_KINKS)
def one_step(rng):
    return reader_writer(rng, MAPPING, T=1, B=3, peepholes=True, forget_bias=0.0)


@case("reader_writer/small-view", covers="reader_writer", tolerance=MANY_KINKS)
def small_view(rng):
    """What is seen and asked fills a part of the coarsest grid."""
    return reader_writer(rng, MAPPING | {"view": 2}, T=4, B=2)


@case("reader_writer/view-in-the-middle", covers="reader_writer", tolerance=MANY_KINKS)
def view_in_the_middle(rng):
    return reader_writer(rng, MAPPING | {"base": 4, "view": 1}, T=2, B=2)


@case("conv_lstm/full", covers="conv_lstm", full=True)
def single_scale_full(rng):
    enlarged = {"kind": "conv_lstm", "base": 2, "view": 1, "writer": [[1, 1]], "reader": [2]}
    return reader_writer(rng, SCALAR | enlarged, T=2, B=1)


@case("conv_lstm/deep", covers="conv_lstm", tolerance=MANY_KINKS)
def single_scale(rng):
    return reader_writer(rng, SINGLE, T=4, B=2, peepholes=True)


@case("conv_lstm/not-enlarged", covers="conv_lstm", tolerance=MANY_KINKS)
def single_scale_not_enlarged(rng):
    return reader_writer(rng, SINGLE | {"view": 4}, T=3, B=2)


@case("conv_lstm/small-view", covers="conv_lstm", tolerance=MANY_KINKS)
def single_scale_small_view(rng):
    """The side of the grid is no multiple of that of the view."""
    return reader_writer(rng, SINGLE | {"base": 5}, T=3, B=2)
