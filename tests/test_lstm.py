"""The LSTM against plain loops over single numbers; the same numbers in one go, in calls of one step, and by `step`."""

from math import exp, tanh

import numpy as np
import pytest

from mgnm.layers import LSTM


def sigmoid(z):
    return 1 / (1 + exp(-z))


def plain_lstm(x, h, c, weight, bias, forget_bias):
    """One sequence through one layer, number by number: h of every step. x: T lists of numbers; h, c: one number a unit."""
    units, outputs = len(h), []
    for vector in x:
        z = [sum(value * weight[row][column] for row, value in enumerate([*vector, *h])) + bias[column]
             for column in range(4 * units)]
        for k in range(units):
            i, g, f, o = (z[gate * units + k] for gate in range(4))
            c[k] = sigmoid(f + forget_bias) * c[k] + sigmoid(i) * tanh(g)
            h[k] = sigmoid(o) * tanh(c[k])
        outputs.append(list(h))
    return outputs


def drawn(layers=2, dtype="float64", **options):
    """A layer, an input of 5 steps and 3 sequences, a state and gradients of all that comes out: all random."""
    rng = np.random.default_rng(0)
    layer = LSTM(4, 3, rng, layers, **options)
    for parameter in layer.parameters.values():
        parameter.value = rng.normal(scale=0.5, size=parameter.value.shape).astype(dtype)
        parameter.grad = np.zeros_like(parameter.value)
    state = {name: rng.normal(size=x.shape).astype(dtype) for name, x in layer.initial_state(3, dtype, np).items()}
    dstate = {name: rng.normal(size=x.shape).astype(dtype) for name, x in state.items()}
    return layer, rng.normal(size=(5, 3, 4)).astype(dtype), state, rng.normal(size=(5, 3, 3)).astype(dtype), dstate


def gradients(layer):
    """Those of all weights, and zeros in their place."""
    found = {name: parameter.grad.copy() for name, parameter in layer.parameters.items()}
    for parameter in layer.parameters.values():
        parameter.grad.fill(0)
    return found


def close(these, those):
    assert these.keys() == those.keys()
    for name in these:
        np.testing.assert_allclose(these[name], those[name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("forget_bias", [0.0, 1.0])
def test_plain_loops_give_the_same_numbers(forget_bias):
    layer, x, state, *_ = drawn(forget_bias=forget_bias)
    y, final, _ = layer.forward(x, state)
    for b in range(3):
        sequence = x[:, b].tolist()
        for l in range(2):
            h, c = (state[f"{l}.{name}"][:, b].tolist() for name in "hc")
            weight, bias = (layer.parameters[f"{l}.{name}"].value.tolist() for name in ("weight", "bias"))
            sequence = plain_lstm(sequence, h, c, weight, bias, forget_bias)
            np.testing.assert_allclose(final[f"{l}.h"][:, b], h, rtol=1e-12)
            np.testing.assert_allclose(final[f"{l}.c"][:, b], c, rtol=1e-12)
        np.testing.assert_allclose(y[:, b], sequence, rtol=1e-12)


def test_calls_of_one_step_are_the_whole_sequence():
    layer, x, state, dy, dstate = drawn()
    y, final, cache = layer.forward(x, state)
    dx, dinitial = layer.backward(dy, cache, dstate)
    whole = gradients(layer)
    steps, caches, dsteps = [], [], []
    for t in range(5):
        y_t, state, cache = layer.forward(x[t:t + 1], state)
        steps.append(y_t)
        caches.append(cache)
    for t in reversed(range(5)):
        dx_t, dstate = layer.backward(dy[t:t + 1], caches[t], dstate)
        dsteps.insert(0, dx_t)
    close({"y": np.concatenate(steps), **state}, {"y": y, **final})
    close({"x": np.concatenate(dsteps), **dstate, **gradients(layer)}, {"x": dx, **dinitial, **whole})


def test_the_steps_of_a_controller_are_the_whole_sequence():
    layer, x, state, dy, dstate = drawn()
    y, final, cache = layer.forward(x, state)
    dx, dinitial = layer.backward(dy, cache, dstate)
    whole = gradients(layer)
    steps, caches, dsteps, kept = [], [], [], []
    for t in range(5):
        y_t, state, cache = layer.step(x[t], state)
        steps.append(y_t)
        caches.append(cache)
    for t in reversed(range(5)):
        dx_t, dstate, of_the_weights = layer.step_backward(dy[t], caches[t], dstate)
        dsteps.insert(0, dx_t)
        kept.append(of_the_weights)
    assert not any(gradients(layer)[name].any() for name in layer.parameters)
    layer.add_gradients(kept)
    close({"y": np.stack(steps), **state}, {"y": y, **final})
    close({"x": np.stack(dsteps), **dstate, **gradients(layer)}, {"x": dx, **dinitial, **whole})


def test_gradients_add_up_and_no_final_gradient_is_a_gradient_of_zero():
    layer, x, state, dy, dstate = drawn()
    _, _, cache = layer.forward(x, state)
    dx, dinitial = layer.backward(dy, cache)
    once = gradients(layer)
    for _ in range(2):
        again, dagain = layer.backward(dy, cache, {name: 0 * d for name, d in dstate.items()})
    close({"x": again, **dagain, **gradients(layer)}, {"x": dx, **dinitial, **{name: 2 * g for name, g in once.items()}})


def test_float32_stays_float32():
    layer, x, state, dy, dstate = drawn(dtype="float32")
    y, final, cache = layer.forward(x, state)
    dx, dinitial = layer.backward(dy, cache, dstate)
    y_1, after, cache = layer.step(x[0], state)
    dx_1, dbefore, kept = layer.step_backward(dy[0], cache, dstate)
    layer.add_gradients([kept])
    arrays = [y, dx, y_1, dx_1, *gradients(layer).values()]
    arrays += [array for each in (final, dinitial, after, dbefore) for array in each.values()]
    assert {array.dtype.name for array in arrays} == {"float32"}


def test_what_comes_out_keeps_nothing_else_alive():
    """The final state is no view of all steps, which a training would then carry from chunk to chunk."""
    layer, x, state, *_ = drawn()
    _, final, _ = layer.forward(x, state)
    assert all(array.base is None or array.base.nbytes == array.nbytes for array in final.values())


def test_sizes():
    layer = LSTM(36, 256, np.random.default_rng(0))
    assert {name: p.value.shape for name, p in layer.parameters.items()} == {"0.weight": (292, 1024), "0.bias": (1024,)}
    assert (layer.input_channels, layer.output_channels, layer.memory_cells) == (36, 256, 256)
    deep = LSTM(5, 7, np.random.default_rng(0), layers=3)
    assert deep.parameters["2.weight"].value.shape == (14, 28) and deep.memory_cells == 21
    assert {name: x.shape for name, x in deep.initial_state(4, "float32", np).items()} == {
        f"{l}.{name}": (7, 4) for l in range(3) for name in "hc"}


def test_a_state_as_grids_to_look_at():
    layer, _, state, *_ = drawn()                           # 3 units: a square of 4, one of them free
    grids = layer.grids(state)
    assert {name: grid.shape for name, grid in grids.items()} == {
        f"{l}.0.{name}": (2, 1, 2, 3) for l in range(2) for name in "hc"}
    for key, x in state.items():
        l, name = key.split(".")
        flat = grids[f"{l}.0.{name}"].reshape(4, 3)
        assert np.array_equal(flat[:3], x) and not flat[3].any()
