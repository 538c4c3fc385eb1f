"""The unrolled DNC, and the network around it: input, initial state, every parameter; all outputs and the final state get
gradients.

Usages are kept away from ties: those of the initial state are evenly spaced (see `dnc`), and little is written and set
free at a step. Two that met on the way would make the numeric side jump, and the check fail; a test measures how near they
come.
"""

from unittest.mock import patch

import numpy as np

from gradcheck.adapters import added, constant, load, put, start
from gradcheck.cases import dnc
from gradcheck.cases.lstm import core, in_one_go
from gradcheck.cases.vector_memory import vector_memory
from gradcheck.registry import case
from mgnm.device import array_module
from mgnm.layers import DNC
from mgnm.ops.dnc import access


def unrolled(rng, T, B, C_in=3, units=4, slots=8, width=3, heads=2, gates=-5.0, **options):
    """A DNC, and the point at which it is checked: in the midst of a sequence; gates: their biases."""
    layer = DNC(C_in, units, slots, width, heads, np.random.default_rng(0), **options)
    return layer, calm(core(rng, layer, T, B) | put("state", dnc.state(rng, B, slots, width, heads)._asdict()), heads, gates)


def calm(arguments, heads, gates, bias="interface.bias"):
    """The point, with these biases of all gates, and with little written at the step before."""
    arguments["state.write_weights"] *= 0.1
    arguments[bias][-4 * heads - 2:-3 * heads] = gates      # three modes a head come after them
    return arguments


def checked(rng, *sizes, **options):
    layer, arguments = unrolled(rng, *sizes, **options)
    return in_one_go(layer), arguments


def with_constant_writes(layer, arguments):
    """What `stop_gradient` means: the function in which usage gets, at every step, the write weights of the point itself,
    wherever the arguments move. Of the initial state it gets them alone, so these are no argument any more."""
    written, right, name = [], access.slot_usage, "state.write_weights"

    def noting(usage_previous, write_previous, *rest):
        written.append(write_previous)
        return right(usage_previous, write_previous, *rest)

    with patch.object(access, "slot_usage", noting):
        in_one_go(layer)(arguments)

    def function(moved):
        constants = iter(written)

        def constant_writes(usage_previous, write_previous, *rest):
            return right(usage_previous, constant(next(constants), usage_previous), *rest)

        with patch.object(access, "slot_usage", constant_writes):
            outputs, backward = in_one_go(layer)({**moved, name: constant(written[0], moved["x"])})
        return outputs, lambda cotangents: {key: d for key, d in backward(cotangents).items() if key != name}

    return function, {key: x for key, x in arguments.items() if key != name}


def from_the_start(layer, arguments):
    """From the state of zeros, where all usages are equal, to the outputs alone. Slots that nothing tells apart may change
    places, but none of them makes another output than the next. (The norm's kink at 0 is not moved over.)"""
    def function(moved):
        load(layer.parameters, moved)
        x = moved["x"]
        y, _, cache = layer.forward(x, layer.initial_state(x.shape[1], x.dtype, array_module(x)))

        def backward(cotangents):
            start(layer.parameters)
            return {"x": layer.backward(cotangents["y"], cache)[0], **added(layer.parameters)}

        return {"y": y}, backward

    return function, {key: x for key, x in arguments.items() if not key.startswith("state.")}


@case("DNC/full", covers="DNC", full=True)
def full(rng):
    return checked(rng, 2, 1, C_in=1, units=2, slots=3, width=2, heads=1)


@case("DNC/unrolled", covers="DNC")
def exact(rng):
    return checked(rng, 6, 2)


@case("DNC/smooth", covers="DNC")
def smooth(rng):
    return checked(rng, 7, 2, slots=9, width=4, heads=3, norm="smooth")


@case("DNC/other-order", covers="DNC")
def other_order(rng):
    return checked(rng, 6, 2, read_modes=("backward", "forward", "content"))


@case("DNC/deep-controller", covers="DNC")
def deep_controller(rng):
    return checked(rng, 6, 2, layers=2)


@case("DNC/one-step", covers="DNC")
def one_step(rng):
    return checked(rng, 1, 3, heads=1)


@case("DNC/from-the-start", covers="DNC")
def fresh(rng):
    return from_the_start(*unrolled(rng, 6, 2, gates=0.0))


@case("DNC/from-the-start-smooth", covers="DNC")
def fresh_smooth(rng):
    return from_the_start(*unrolled(rng, 6, 2, gates=0.0, norm="smooth"))


@case("DNC/stop-gradient", covers="DNC")
def stop_gradient(rng):
    return with_constant_writes(*unrolled(rng, 6, 2, stop_gradient=True))


@case("DNC/deepmind", covers="DNC")
def deepmind(rng):
    """All that DeepMind's code does in another way than the paper."""
    return with_constant_writes(*unrolled(rng, 8, 1, norm="smooth", stop_gradient=True,
                                          read_modes=("backward", "forward", "content")))


def network(rng, T, S, B, **settings):
    """T steps are shown to the network, and S answers wanted."""
    sizes = {"units": 3, "slots": 8, "width": 3, "heads": 2}
    function, arguments = vector_memory(rng, {"kind": "dnc", **sizes, **settings}, T, S, B)
    return function, calm(arguments | put("state", dnc.state(rng, B, 8, 3, 2)._asdict()), 2, -5.0, "memory.interface.bias")


@case("dnc/vectors", covers="dnc")
def vectors(rng):
    return network(rng, 3, 3, 2, questions="none", input=[4], output=[3])


@case("dnc/maps", covers="dnc")
def maps(rng):
    return network(rng, 6, 6, 2, questions="every", input=[2, 2, 3], output=[3, 3, 1], reader=[5], norm="smooth")


@case("dnc/classes", covers="dnc")
def classes(rng):
    return network(rng, 5, 1, 2, questions="last", input=[2, 2, 1], output=[3], show_query=True, layers=2)
