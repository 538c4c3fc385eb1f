"""The LSTM, over a whole sequence and step by step: input, initial state, weights; all outputs and the final state get
gradients."""

import numpy as np

from gradcheck.adapters import added, constant, load, put, start, take
from gradcheck.draw import kept, normal
from gradcheck.registry import case
from mgnm import ops
from mgnm.device import array_module
from mgnm.layers import LSTM


def whole(**constants):
    """mgnm.ops.lstm_scan. Arguments: x, h_0, c_0, w, bias; outputs: h, h_T, c_T."""
    def function(arguments):
        x, h_0, c_0, w, bias = (arguments[name] for name in ("x", "h_0", "c_0", "w", "bias"))
        given = {name: constant(value, x) for name, value in constants.items()}
        h, (h_T, c_T), cache = ops.lstm_scan(x, (h_0, c_0), w, bias, **given)

        def backward(cotangents):
            dstate = cotangents["h_T"], cotangents["c_T"]
            dx, (dh_0, dc_0), dw, dbias = ops.lstm_scan_backward(cotangents["h"], dstate, cache)
            return {"x": dx, "h_0": dh_0, "c_0": dc_0, "w": dw, "bias": dbias}

        return {"h": h, "h_T": h_T, "c_T": c_T}, backward

    return function


def one_step(arguments):
    """mgnm.ops.lstm_step, of an input x (1, B, C_in)."""
    x, h_0, c_0, w, bias = (arguments[name] for name in ("x", "h_0", "c_0", "w", "bias"))
    (h, c), cache = ops.lstm_step(x[0], (h_0, c_0), w, bias)

    def backward(cotangents):
        dx, (dh_0, dc_0), kept = ops.lstm_step_backward((cotangents["h"], cotangents["c"]), cache)
        dw, dbias = ops.lstm_weight_gradients(*(part[None] for part in kept))
        return {"x": dx[None], "h_0": dh_0, "c_0": dc_0, "w": dw, "bias": dbias}

    return {"h": h, "c": c}, backward


def point(rng, T, B, C_in, C):
    return {"x": normal(rng, (T, B, C_in)), "h_0": normal(rng, (C, B)), "c_0": normal(rng, (C, B)),
            "w": normal(rng, (C_in + C, 4 * C), scale=0.5), "bias": normal(rng, (4 * C,))}


@case("lstm_scan/full", covers="lstm_scan", full=True)
def full(rng):
    return whole(), point(rng, 3, 2, 2, 2)


@case("lstm_scan/one-unit", covers="lstm_scan", full=True)
def one_unit(rng):
    return whole(forget_bias=0.0), point(rng, 4, 1, 1, 1)


@case("lstm_scan/large", covers="lstm_scan")
def large(rng):
    return whole(), point(rng, 7, 4, 6, 5)


@case("lstm_scan/resets", covers="lstm_scan", full=True)
def resets(rng):
    return whole(keep=kept(rng, 4, 3)), point(rng, 4, 3, 2, 2)


@case("lstm_step/full", covers="lstm_step", full=True)
def step_full(rng):
    return one_step, point(rng, 1, 2, 3, 2)


@case("lstm_step/large", covers="lstm_step")
def step_large(rng):
    return one_step, point(rng, 1, 5, 6, 7)


def in_one_go(layer):
    """A core of a vector memory. Arguments: x, its parameters, the initial state.<name>; outputs: y, and the final
    state.<name>."""
    def function(arguments):
        load(layer.parameters, arguments)
        y, state, cache = layer.forward(arguments["x"], take("state", arguments))

        def backward(cotangents):
            start(layer.parameters)
            dx, dstate = layer.backward(cotangents["y"], cache, take("state", cotangents))
            return {"x": dx, **put("state", dstate), **added(layer.parameters)}

        return {"y": y, **put("state", state)}, backward

    return function


def step_by_step(layer):
    """The same by `step`, `step_backward` and `add_gradients`."""
    def function(arguments):
        load(layer.parameters, arguments)
        state, outputs, caches = take("state", arguments), [], []
        for x in arguments["x"]:
            y, state, cache = layer.step(x, state)
            outputs.append(y)
            caches.append(cache)

        def backward(cotangents):
            start(layer.parameters)
            dstate, dx, steps = take("state", cotangents), [], []
            for t in reversed(range(len(caches))):
                dx_t, dstate, kept = layer.step_backward(cotangents["y"][t], caches[t], dstate)
                dx.insert(0, dx_t)
                steps.append(kept)
            layer.add_gradients(steps)
            return {"x": array_module(dx[0]).stack(dx), **put("state", dstate), **added(layer.parameters)}

        return {"y": array_module(outputs[0]).stack(outputs), **put("state", state)}, backward

    return function


def core(rng, layer, T, B):
    """The point for a core: its input, its state and its parameters, all drawn."""
    state = put("state", {name: normal(rng, x.shape) for name, x in layer.initial_state(B, "float64", np).items()})
    weights = {name: normal(rng, parameter.value.shape, scale=0.5) for name, parameter in layer.parameters.items()}
    return {"x": normal(rng, (T, B, layer.input_channels)), **state, **weights}


@case("LSTM/full", covers="LSTM", full=True)
def layer_full(rng):
    layer = LSTM(2, 2, np.random.default_rng(0))
    return in_one_go(layer), core(rng, layer, 3, 2)


@case("LSTM/two-layers", covers="LSTM", full=True)
def two_layers(rng):
    layer = LSTM(3, 2, np.random.default_rng(0), layers=2, forget_bias=0.0)
    return in_one_go(layer), core(rng, layer, 2, 2)


@case("LSTM/large", covers="LSTM")
def layer_large(rng):
    layer = LSTM(6, 5, np.random.default_rng(0), layers=3)
    return in_one_go(layer), core(rng, layer, 6, 4)


@case("LSTM/steps", covers="LSTM")
def layer_steps(rng):
    layer = LSTM(4, 3, np.random.default_rng(0), layers=2)
    return step_by_step(layer), core(rng, layer, 4, 3)
