"""The explorer and its baseline: one memory, emptied where an episode ends, that decides and draws; step by step as in one
pass."""

import numpy as np
import pytest

import mgnm
from mgnm.device import pieces
from mgnm.errors import UserError

SETTINGS = {"kind": "explorer", "writer": [[2, 3], [2, 4], [2, 4]], "writer_residuals": [[1, 3]], "reader": [2, 3, 2],
            "narrowing": [[2, 3], [1, 1]], "head_units": 5, "peepholes": True}
BASELINE = {"kind": "lstm_explorer", "units": 7, "layers": 2, "side": 6, "reader": [5], "head_units": 5}
GUIDED = SETTINGS | {"guide": [2, 3, 2]}
T, B = 7, 4
KEEP = np.ones((T, B))
KEEP[0, 1] = KEEP[3, 0] = KEEP[3, 2] = KEEP[6, 2] = 0       # at the beginning, twice in one sequence, at the end; 3: never


@pytest.fixture(params=[SETTINGS, GUIDED, BASELINE], ids=["multigrid", "guided", "lstm"])
def network(request):
    network = mgnm.build(request.param, seed=2, dtype="float64")
    network.values += 0.2 * np.random.default_rng(0).standard_normal(network.values.size)      # biases and peepholes too
    return network


@pytest.fixture
def inputs():
    rng = np.random.default_rng(1)
    return {name: rng.standard_normal((T, B, 3, 3, 4)) for name in ("observation", "query")} | {"keep": KEEP}


@pytest.fixture
def state(network):
    rng = np.random.default_rng(2)
    return {name: rng.standard_normal(x.shape) for name, x in network.initial_state(B).items()}


def at(inputs, steps, sequences=slice(None)):
    return {name: x[steps, sequences] for name, x in inputs.items()}


def gradients_of(network, inputs, state, doutputs, dstate=None):
    """Gradients of parameters, inputs and initial state."""
    outputs, _, cache = network.forward(inputs, state)
    network.grads.fill(0)
    dinputs, dinitial = network.backward({name: doutputs[name] for name in outputs}, cache, dstate)
    return network.grads.copy(), dinputs, dinitial


def random_like(arrays):
    rng = np.random.default_rng(3)
    return {name: rng.standard_normal(x.shape) for name, x in arrays.items()}


def close(found, expected, rtol=1e-12):
    assert found.keys() == expected.keys()
    for name in found:
        np.testing.assert_allclose(found[name], expected[name], rtol=rtol, atol=1e-13, err_msg=name)


def test_what_comes_out(network, inputs, state):
    outputs, after, _ = network.forward(inputs, state)
    assert {name: x.shape for name, x in outputs.items()} == {
        "policy": (T, B, 4), "value": (T, B), "map": (T, B, 6, 6, 1)}
    assert {name: x.shape for name, x in after.items()} == {name: x.shape for name, x in state.items()}
    assert network.memory_cells == sum(x[..., 0].size for name, x in state.items() if name.endswith("c"))


def test_step_by_step_it_decides_and_draws_what_it_does_in_one_pass(network, inputs, state):
    """Acting carries the state from step to step, learning goes layer by layer: the same numbers, but for rounding."""
    whole, after, _ = network.forward(inputs, state)
    carried = state
    for t in range(T):
        outputs, carried, _ = network.forward(at(inputs, slice(t, t + 1)), carried)
        close(outputs, {name: x[t:t + 1] for name, x in whole.items()})
    close(carried, after)


def test_an_episode_that_begins_in_the_middle_is_one_from_an_empty_memory(network, inputs, state):
    outputs, after, _ = network.forward(inputs, state)
    for b, starts in enumerate([[3], [0], [3, 6], []]):
        edges = sorted({0, *starts, T})
        for first, last in zip(edges, edges[1:]):
            alone = {name: x for name, x in at(inputs, slice(first, last), [b]).items() if name != "keep"}
            memory = None if first in starts else {name: x[..., [b]] for name, x in state.items()}
            expected, memory, _ = network.forward(alone, memory)
            close({name: x[first:last, [b]] for name, x in outputs.items()}, expected)
        close({name: x[..., [b]] for name, x in after.items()}, memory)


def test_its_gradient_is_that_of_the_pieces(network, inputs, state):
    doutputs, dfinal = random_like(network.forward(inputs, state)[0]), random_like(state)
    found = gradients_of(network, inputs, state, doutputs, dfinal)
    total = 0
    for b, starts in enumerate([[3], [0], [3, 6], []]):
        edges = sorted({0, *starts, T})
        for first, last in zip(edges, edges[1:]):
            alone = {name: x for name, x in at(inputs, slice(first, last), [b]).items() if name != "keep"}
            memory = None if first in starts else {name: x[..., [b]] for name, x in state.items()}
            grads, dinputs, dinitial = gradients_of(
                network, alone, memory, {name: x[first:last, [b]] for name, x in doutputs.items()},
                {name: x[..., [b]] for name, x in dfinal.items()} if last == T else None)
            total = total + grads
            close({name: found[1][name][first:last, [b]] for name in dinputs}, dinputs)
            if first == 0:
                lost = 0 if 0 in starts else 1
                close({name: x[..., [b]] for name, x in found[2].items()}, {name: lost * x for name, x in dinitial.items()})
    np.testing.assert_allclose(found[0], total, rtol=1e-10, atol=1e-12)


def test_where_all_is_kept_not_one_bit_changes(network, inputs, state):
    ones, without = inputs | {"keep": np.ones((T, B))}, {name: x for name, x in inputs.items() if name != "keep"}
    doutputs = random_like(network.forward(inputs, state)[0])
    for one, other in zip(gradients_of(network, ones, state, doutputs), gradients_of(network, without, state, doutputs)):
        for name in one if isinstance(one, dict) else [...]:
            np.testing.assert_array_equal(one[name], other[name])


def test_pieces_that_fit_the_cache_begin_anew_where_they_should(network, inputs, state, monkeypatch):
    doutputs = random_like(network.forward(inputs, state)[0])
    expected = gradients_of(network, inputs, state, doutputs)
    monkeypatch.setattr(pieces, "SHARED_CACHE", 1)          # pieces of one step each
    found = gradients_of(network, inputs, state, doutputs)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-10, atol=1e-12)
    close(found[1], expected[1])
    close(found[2], expected[2])


def test_without_a_query_there_is_no_map_and_the_rest_is_the_same(network, inputs, state):
    outputs, _, _ = network.forward(inputs, state)
    seen = {name: x for name, x in inputs.items() if name != "query"}
    blind, _, _ = network.forward(seen, state)
    assert blind.keys() == {"policy", "value"}
    close(blind, {name: outputs[name] for name in blind}, rtol=0)
    doutputs = random_like(outputs) | {"map": np.zeros((T, B, 6, 6, 1))}
    for one, other in zip(gradients_of(network, inputs, state, doutputs), gradients_of(network, seen, state, doutputs)):
        if isinstance(one, dict):
            close({name: one[name] for name in other}, other)
        else:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("changed", "said"), [
    ({"head_units": 0}, "network.head_units = 0 does not fit"),
    ({"actions": 1}, "network.actions = 1 does not fit"),
    ({"guide": [2]}, "network.guide has 1 layers and network.writer 3"),
    ({"guide": [2, 0, 2]}, "the number of channels in network.guide = 0 does not fit"),
    ({"actions": 2.0}, "network.actions = 2.0 is of the wrong type"),
    ({"reader": [2]}, "network.reader has 1 layers and network.writer 3"),
    (BASELINE | {"units": 0}, "network.units = 0 does not fit"),
    (BASELINE | {"reader": [4, 0]}, "a width in network.reader = 0 does not fit"),
])
def test_settings_that_make_no_network(changed, said):
    with pytest.raises(UserError) as caught:
        mgnm.build(changed if "kind" in changed else SETTINGS | changed)
    assert said in str(caught.value) and "\n" not in str(caught.value)
