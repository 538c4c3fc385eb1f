"""The reader/writer network as a whole: sizes, time, state, dtypes, names."""

from types import ModuleType

import numpy as np
import pytest

import mgnm
from mgnm import ops
from mgnm.layers import MultigridConvolution, MultigridMemory
from mgnm.presets import load_preset

NET = {"kind": "reader_writer", "writer": [[2, 2], [2, 4], [3, 4]], "writer_residuals": [[1, 3]], "reader": [3, 2, 7],
       "reader_residuals": [[1, 3], [4, 5]], "narrowing": [[2, 3], [2, 4], [1, 1]], "peepholes": True}


def inputs(rng, T, B, side=3):
    return {name: rng.normal(size=(T, B, side, side, 4)).astype(np.float32) for name in ("observation", "query")}


@pytest.mark.parametrize("preset, parameters, cells, side", [
    ("tiny", 43_721, 1_872, 12), ("small", 115_721, 7_992, 24), ("paper", 650_225, 76_968, 48)])
def test_presets_have_the_published_sizes(preset, parameters, cells, side):
    network = mgnm.build(preset)
    assert (network.parameter_count, network.memory_cells, network.output_side) == (parameters, cells, side)
    assert sum(p.value.size for p in network.parameters.values()) == parameters
    writer = sum(p.value.size for name, p in network.parameters.items() if name.startswith("writer"))
    assert preset != "paper" or (writer, parameters - writer) == (392_768, 257_457)


@pytest.mark.parametrize(("settings", "enlarged"), [
    ({**NET, "base": 4, "view": 3}, 1), ({**NET, "base": 6, "view": 3}, 1),
    ({"kind": "conv_lstm", "base": 8, "view": 3, "writer": [[1, 2]], "reader": [3], "narrowing": [[1, 1]]}, 2)])
def test_a_view_smaller_than_the_grid_is_laid_into_its_middle(settings, enlarged):
    network, whole = mgnm.build(settings), mgnm.build({**settings, "view": settings["base"]})
    x = inputs(np.random.default_rng(0), T=3, B=2)
    room = settings["base"] - 3 * enlarged
    room = room // 2, room - room // 2
    laid = {name: np.pad(np.kron(array, np.ones((enlarged, enlarged, 1))), ((0, 0), (0, 0), room, room, (0, 0)))
            for name, array in x.items()}
    (y, _, cache), (right, _, right_cache) = network.forward(x), whole.forward(laid)
    np.testing.assert_array_equal(y, right)
    assert y.shape == (3, 2, network.output_side, network.output_side, 1) and network.exchange.input == (3, 3, 4)
    dinputs, right_dinputs = network.backward(y, cache)[0], whole.backward(right, right_cache)[0]
    np.testing.assert_array_equal(network.grads, whole.grads)
    for name, d in dinputs.items():
        inside = slice(room[0], room[0] + 3 * enlarged)
        squares = right_dinputs[name][:, :, inside, inside].reshape(3, 2, 3, enlarged, 3, enlarged, 4)
        np.testing.assert_allclose(d, squares.sum((3, 5)), rtol=1e-5, atol=1e-8)


def test_step_by_step_gives_the_numbers_of_the_whole_sequence():
    rng = np.random.default_rng(0)
    network = mgnm.build(NET, seed=1, dtype="float64")
    network.values[:] = rng.normal(scale=0.3, size=network.values.shape)
    x = inputs(rng, T=6, B=2)
    whole, final, _ = network.forward(x)
    state, steps = None, []
    for t in range(6):
        y, state, _ = network.forward({name: array[t:t + 1] for name, array in x.items()}, state)
        steps.append(y)
    np.testing.assert_allclose(np.concatenate(steps), whole, rtol=1e-12, atol=1e-14)
    for name in final:
        np.testing.assert_allclose(state[name], final[name], rtol=1e-12, atol=1e-14)


def test_step_by_step_backward_gives_the_gradient_of_the_whole_sequence():
    rng = np.random.default_rng(1)
    network = mgnm.build(NET, dtype="float64")
    x, dy = inputs(rng, T=4, B=2), rng.normal(size=(4, 2, 12, 12, 1))
    _, _, cache = network.forward(x)
    dinputs, dstate = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    state, caches, dcarried = None, [], None
    for t in range(4):
        _, state, cache = network.forward({name: array[t:t + 1] for name, array in x.items()}, state)
        caches.append(cache)
    for t in reversed(range(4)):
        dstep, dcarried = network.backward(dy[t:t + 1], caches[t], dcarried)
        np.testing.assert_allclose(dstep["observation"][0], dinputs["observation"][t], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(network.grads, whole, rtol=1e-9, atol=1e-12)
    for name in dstate:
        np.testing.assert_allclose(dcarried[name], dstate[name], rtol=1e-9, atol=1e-13)


def test_sequences_of_a_batch_do_not_touch_each_other():
    rng = np.random.default_rng(2)
    network = mgnm.build(NET, dtype="float64")
    x = inputs(rng, T=3, B=3)
    together, _, _ = network.forward(x)
    alone, _, _ = network.forward({name: array[:, 1:2] for name, array in x.items()})
    np.testing.assert_allclose(together[:, 1:2], alone, rtol=1e-12, atol=1e-14)


def arrays_in(x, seen):
    """All arrays in nested tuples, lists, dicts and objects, but not in modules (numpy leads to sys, sys to everything)."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, dict | list | tuple):
        for item in x.values() if isinstance(x, dict) else x:
            yield from arrays_in(item, seen)
    elif hasattr(x, "__dict__") and id(x) not in seen and not isinstance(x, ModuleType):
        seen.add(id(x))
        yield from arrays_in(vars(x), seen)


@pytest.mark.parametrize("peepholes", [False, True])
def test_float32_stays_float32(peepholes):
    rng = np.random.default_rng(3)
    network = mgnm.build({**NET, "peepholes": peepholes})
    outputs, state, cache = network.forward(inputs(rng, T=3, B=2))
    loss, loss_cache = ops.sigmoid_cross_entropy(outputs, (outputs > 0).astype(np.float32))
    doutputs = ops.sigmoid_cross_entropy_backward(1.0, loss_cache)
    gradients = network.backward(doutputs, cache)
    floats = [a for a in arrays_in((outputs, state, cache, loss_cache, doutputs, gradients, network), set())
              if a.dtype.kind == "f"]
    assert len(floats) > 100 and {a.dtype.name for a in floats} == {"float32"} and loss.dtype == np.float32


def test_gradients_add_up_and_forward_changes_nothing():
    rng = np.random.default_rng(4)
    network = mgnm.build(NET)
    x, before = inputs(rng, T=2, B=2), network.values.copy()
    y, _, cache = network.forward(x)
    network.backward(y, cache)
    once = network.grads.copy()
    network.backward(y, cache)
    np.testing.assert_array_equal(network.grads, 2 * once)
    np.testing.assert_array_equal(network.values, before)
    np.testing.assert_array_equal(network.forward(x)[0], y)


def test_the_final_state_does_not_keep_the_sequence_alive():
    network = mgnm.build(NET)
    _, state, _ = network.forward(inputs(np.random.default_rng(5), T=5, B=2))
    _, memory, _ = network.writer.layers[0].forward(
        {0: np.zeros((5, 3, 4, 3, 2), np.float32)}, {j: (state[f"0.{j}.h"], state[f"0.{j}.c"]) for j in range(2)})
    assert all(x.base is None or x.base.nbytes == x.nbytes if isinstance(x.base, np.ndarray) else True
               for pair in memory.values() for x in pair)


def test_names_and_shapes_of_parameters():
    network = mgnm.build(NET)
    shapes = {name: p.value.shape for name, p in network.parameters.items()}
    assert shapes["writer.0.0.weight"] == (3, 3, 4 + 2, 8) and shapes["writer.2.1.peephole"] == (3, 4)
    assert shapes["writer.2.1.weight"] == (3, 3, 4 + 4 + 4, 16)                 # up, same, recurrent; no finer level
    assert shapes["reader.1.0.weight"] == (3, 3, 2 * (3 + 2), 2)
    assert shapes["reader.3.1.weight"] == (3, 3, 3 * (7 + 4), 3) and "reader.3.0.weight" not in shapes
    assert shapes["reader.5.2.bias"] == (1,)


def test_initial_weights_are_of_the_stated_distributions():
    rng = np.random.default_rng(6)
    convolution = MultigridConvolution({0: 5, 1: 7}, [1], 400, rng).parameters
    limit = 1 / np.sqrt(9 * 12)
    for name in ("1.weight", "1.bias"):
        value = convolution[name].value
        assert abs(value).max() <= limit and abs(value).max() > 0.95 * limit
        assert abs(value.std() * np.sqrt(3) / limit - 1) < 0.15
    memory = MultigridMemory({0: 5}, [0], 40, rng, peepholes=True).parameters
    limit = np.sqrt(6 / (9 * 45 + 9 * 160))
    assert limit * 0.99 < abs(memory["0.weight"].value).max() <= limit
    assert not memory["0.bias"].value.any() and not memory["0.peephole"].value.any()


def test_the_seed_decides_the_weights():
    a, b, c = (mgnm.build(NET, seed=seed).values for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_state_dict_goes_back_and_forth():
    a, b = mgnm.build(NET, seed=1), mgnm.build(NET, seed=2)
    saved = a.state_dict()
    b.load_state_dict(saved)
    assert np.array_equal(a.values, b.values)
    saved["writer.0.0.bias"][...] = 9
    assert not (a.values == 9).any()


@pytest.mark.parametrize("change, message", [
    (lambda d: d.pop("writer.0.0.bias"), "writer.0.0.bias"),
    (lambda d: d.update(more=np.ones(1)), "more"),
    (lambda d: d["writer.0.0.bias"].fill(np.nan), "writer.0.0.bias has entries that are not finite"),
    (lambda d: d.update({"writer.0.0.bias": d["writer.0.0.bias"] * 1j}), "writer.0.0.bias has entries that are not"),
    (lambda d: d.update({"writer.0.0.bias": np.ones(7)}), r"writer.0.0.bias is \(7,\)")])
def test_weights_of_another_network_are_refused_and_nothing_is_changed(change, message):
    network = mgnm.build(NET)
    weights, before = mgnm.build(NET, seed=2).state_dict(), network.values.copy()
    change(weights)
    with pytest.raises(mgnm.UserError, match=message):
        network.load_state_dict(weights)
    assert np.array_equal(network.values, before)


@pytest.mark.parametrize("settings, changed, said", [
    ("tiny", {"observation": (2, 1, 1, 1, 4)}, r"observation shows \(1, 1, 4\) at each step of a sequence, and the network"),
    ("tiny", {"query": (2, 1, 3, 3, 5)}, r"query shows \(3, 3, 5\).* takes \(3, 3, 4\): give an array"),
    ("tiny-lstm", {"query": (2, 1, 36)}, r"query shows \(36,\)"),
    ("copy", {"input": (2, 1, 6)}, r"input shows \(6,\).* takes \(7,\)"),
    ("explore-9", {"observation": (2, 1, 5, 5, 4)}, r"observation shows \(5, 5, 4\)"),
    ("explore-9-lstm", {"observation": (2, 1, 5, 5, 4)}, r"observation shows \(5, 5, 4\)"),
    ("digit-recall", {"query": (2, 1, 3, 3, 1)}, r"query shows \(3, 3, 1\).* takes \{0: "),
])
def test_shapes_that_do_not_fit_are_told(settings, changed, said):
    network = mgnm.build(settings)
    shown = network.exchange.input
    fitting = {j: np.zeros((2, 1, *shape)) for j, shape in shown.items()} if isinstance(shown, dict) else np.zeros(
        (2, 1, *shown))
    names = ["input"] if network.exchange.questions == "none" else ["observation", "query"]
    inputs = dict.fromkeys(names, fitting) | {"steps": 1} | {name: np.zeros(shape) for name, shape in changed.items()}
    with pytest.raises(mgnm.UserError, match=said):
        network.forward(inputs)


@pytest.mark.parametrize("preset", ["tiny", "small", "paper"])
def test_presets_fit_their_tasks(preset):
    from mgnm.tasks import build_task
    build_task(load_preset(preset)["task"]).check(mgnm.build(preset))


def test_peepholes_and_forget_bias_change_the_answer():
    x = inputs(np.random.default_rng(8), T=2, B=1)
    plain = mgnm.build({**NET, "peepholes": False}, seed=3)
    other = mgnm.build({**NET, "peepholes": False, "forget_bias": 0.0}, seed=3)
    assert np.array_equal(plain.values, other.values) and not np.array_equal(plain.forward(x)[0], other.forward(x)[0])
