"""The conv-LSTM cell after its convolutions: with and without peepholes and forget bias, on grids and as a plain LSTM.

Both outputs, h and c, get a random cotangent: a gradient that arrives through one of them alone is half the truth.
"""

from gradcheck.adapters import op
from gradcheck.draw import normal
from gradcheck.registry import case


def point(rng, leading, channels, width, batch, peephole):
    maps = (*leading, 4 * channels, width, batch)
    arguments = {"z_x": normal(rng, maps), "z_h": normal(rng, maps), "bias": normal(rng, (4 * channels,)),
                 "c_previous": normal(rng, (*leading, channels, width, batch))}
    if peephole:
        arguments["peephole"] = normal(rng, (3, channels))
    return arguments


def lstm_gates(**constants):
    return op("lstm_gates", outputs="h c", **constants)


@case("lstm_gates/full", covers="lstm_gates", full=True)
def full(rng):
    return lstm_gates(), point(rng, (2,), 2, 2, 2, peephole=False)


@case("lstm_gates/full-peephole", covers="lstm_gates", full=True)
def full_peephole(rng):
    return lstm_gates(), point(rng, (2,), 2, 2, 2, peephole=True)


@case("lstm_gates/one-channel", covers="lstm_gates", full=True)
def one_channel(rng):
    return lstm_gates(forget_bias=0.0), point(rng, (1,), 1, 1, 2, peephole=True)


@case("lstm_gates/plain-lstm", covers="lstm_gates", full=True)
def plain_lstm(rng):
    return lstm_gates(forget_bias=-0.5), point(rng, (), 4, 1, 3, peephole=False)


@case("lstm_gates/large", covers="lstm_gates")
def large(rng):
    return lstm_gates(), point(rng, (6,), 8, 6, 4, peephole=False)


@case("lstm_gates/large-peephole", covers="lstm_gates")
def large_peephole(rng):
    return lstm_gates(), point(rng, (2, 6), 5, 6, 4, peephole=True)
