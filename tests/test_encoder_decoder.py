"""The encoder/decoder network as a whole: sizes, time, the state that is handed over, dtypes, settings."""

import numpy as np
import pytest

import mgnm
from mgnm import ops

NET = {"kind": "encoder_decoder", "layers": [[2, 3], [2, 4], [1, 4]], "residuals": [[1, 3]], "input_channels": 5,
       "input_layer": 6, "output_channels": 2, "peepholes": True}
IMAGES = {"kind": "encoder_decoder", "layers": [[2, 3], [2, 4]], "input": "images", "input_channels": 1,
          "output_channels": 10}
BATCH_NORM = {**NET, "batch_norm": "running"}


def vectors(T, B, seed=0, channels=5):
    return np.random.default_rng(seed).normal(size=(T, B, channels)).astype(np.float32)


def pictures(T, B, seed=0):
    rng = np.random.default_rng(seed)
    return {j: rng.normal(size=(T, B, 3 * 2 ** j, 3 * 2 ** j, 1)).astype(np.float32) for j in (0, 1)}


def drawn(settings, seed=0, dtype="float64"):
    """A network whose parameters (and running statistics) are all random: as built, the start grids are zero."""
    rng = np.random.default_rng(seed)
    network = mgnm.build(settings, dtype=dtype)
    network.values[:] = rng.normal(scale=0.3, size=network.values.shape)
    network.running[:] = rng.uniform(0.1, 0.5, network.running.shape)
    return network


@pytest.mark.parametrize("layers, residuals, inputs, parameters, cells", [
    ([[2, 16], [1, 16]], [], 27, 169_358 - 2 * 27_712, 864),
    ([[1, 32], [1, 32]], [], 15, 243_086, 576),
    ([[2, 12], [2, 12], [2, 12], [1, 12]], [[1, 3], [2, 4]], 8, 223_326 - 2 * 15_600, 1_728)])
def test_parameters_and_cells(layers, residuals, inputs, parameters, cells):
    """The prototypes' networks, without the finer levels of the last layer that some had and that nothing read."""
    network = mgnm.build({"kind": "encoder_decoder", "layers": layers, "residuals": residuals, "input_channels": inputs,
                          "output_channels": 6})
    assert (network.parameter_count, network.memory_cells) == (parameters, cells)


@pytest.mark.parametrize("settings", [NET, IMAGES, BATCH_NORM])
def test_shapes(settings):
    network = mgnm.build(settings)
    x = pictures(4, 3) if settings is IMAGES else vectors(4, 3)
    outputs, state, cache = network.forward({"input": x, "steps": 2})
    assert outputs.shape == (2, 3, network.output_channels)
    assert {name: s.shape for name, s in state.items()} == {name: s.shape for name, s in network.initial_state(3).items()}
    dinputs, dstate = network.backward(outputs, cache)
    if settings is IMAGES:
        assert {j: d.shape for j, d in dinputs["input"].items()} == {j: a.shape for j, a in x.items()}
    else:
        assert dinputs["input"].shape == x.shape
    assert dstate.keys() == state.keys()


def test_names_and_shapes_of_parameters():
    shapes = {name: p.value.shape for name, p in mgnm.build(BATCH_NORM).parameters.items()}
    assert shapes["entry.tanh.weight"] == (5, 6) and shapes["entry.weight"] == (6, 9 * 8)
    assert shapes["encoder.0.0.weight"] == shapes["decoder.0.0.weight"] == (3, 3, 8 + 3, 12)
    assert shapes["start.0"] == (3, 8, 3) and shapes["exit.weight"] == (9 * 4, 2)
    assert shapes["decoder.2.0.scale"] == (4,) and "encoder.2.0.scale" not in shapes    # nobody reads that output


@pytest.mark.parametrize("settings", [NET, BATCH_NORM])
def test_step_by_step_gives_the_numbers_of_the_whole_sequence(settings):
    network, x = drawn(settings), vectors(5, 3)
    whole, final, _ = network.forward({"input": x, "steps": 4})
    state, steps = None, []
    for t in range(5):                                      # take in one vector at a time
        _, state, _ = network.forward({"input": x[t:t + 1], "steps": 0}, state)
    for _ in range(4):                                      # and bring out one at a time
        y, state, _ = network.forward({"input": x[:0], "steps": 1}, state)
        steps.append(y)
    np.testing.assert_allclose(np.concatenate(steps), whole, rtol=1e-11, atol=1e-13)
    for name in final:
        np.testing.assert_allclose(state[name], final[name], rtol=1e-11, atol=1e-13)


def test_step_by_step_backward_gives_the_gradient_of_the_whole_sequence():
    network, x, dy = drawn(NET), vectors(3, 2), np.random.default_rng(1).normal(size=(3, 2, 2))
    _, _, cache = network.forward({"input": x, "steps": 3})
    dinputs, dstate = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    state, caches = None, []
    calls = [(x[t:t + 1], 0) for t in range(3)] + [(x[:0], 1)] * 3
    for given, steps in calls:
        _, state, cache = network.forward({"input": given, "steps": steps}, state)
        caches.append(cache)
    dcarried, dx = None, []
    for k in reversed(range(6)):
        dstep, dcarried = network.backward(dy[k - 3:k - 2] if k >= 3 else dy[:0], caches[k], dcarried)
        dx.insert(0, dstep["input"])
    np.testing.assert_allclose(np.concatenate(dx), dinputs["input"], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(network.grads, whole, rtol=1e-9, atol=1e-12)
    for name in dstate:
        np.testing.assert_allclose(dcarried[name], dstate[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("settings, make", [(NET, vectors), (IMAGES, pictures)])
def test_several_queries_are_answered_each_on_its_own(settings, make):
    """As if each had followed the input alone; and the gradients are the sum of what they would have been then."""
    network, x, asked = drawn(settings), make(4, 2), make(3, 6, seed=1)
    answers, _, cache = network.forward({"input": x, "queries": asked, "steps": 2})
    dy = np.random.default_rng(2).normal(size=answers.shape)
    network.grads.fill(0)
    dinputs, dstate = network.backward(dy, cache)
    together, parts = network.grads.copy(), []
    network.grads.fill(0)
    for s in range(3):
        own = slice(2 * s, 2 * s + 2)
        query = {j: a[:, own] for j, a in asked.items()} if settings is IMAGES else asked[:, own]
        whole = {j: np.concatenate([x[j], query[j]]) for j in x} if settings is IMAGES else np.concatenate([x, query])
        alone, _, cache = network.forward({"input": whole, "steps": 2})
        np.testing.assert_allclose(answers[:, own], alone, rtol=1e-10, atol=1e-12)
        dwhole, dbefore = network.backward(dy[:, own], cache)
        parts.append((dwhole["input"], dbefore))
    np.testing.assert_allclose(network.grads, together, rtol=1e-9, atol=1e-12)
    for name in dstate:
        np.testing.assert_allclose(dstate[name], sum(d[name] for _, d in parts), rtol=1e-9, atol=1e-12)
    for level in x if settings is IMAGES else [...]:
        dx, dqueries = dinputs["input"][level], dinputs["queries"][level]
        np.testing.assert_allclose(dx, sum(d[level][:4] for d, _ in parts), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(dqueries, np.concatenate([d[level][4:] for d, _ in parts], 1), rtol=1e-9, atol=1e-12)


def test_only_the_state_tells_the_decoder_what_was_read():
    network = drawn(NET)
    answers = [network.forward({"input": vectors(4, 2, seed), "steps": 3})[0] for seed in (0, 1)]
    assert not np.allclose(*answers)
    _, state, _ = network.forward({"input": vectors(4, 2), "steps": 0})
    again, _, _ = network.forward({"input": vectors(0, 2), "steps": 3}, state)
    np.testing.assert_allclose(again, answers[0], rtol=1e-11)


def test_more_steps_only_add_to_the_end():
    network, x = drawn(NET), vectors(4, 2)
    short, long = (network.forward({"input": x, "steps": steps})[0] for steps in (2, 5))
    np.testing.assert_allclose(long[:2], short, rtol=1e-11)


def test_images_and_vectors_of_a_level_are_the_same_thing():
    """One level, and an entry that copies: then the two kinds of input meet."""
    common = {"layers": [[1, 3], [1, 2]], "output_channels": 2, "base": 2}
    images = drawn({"kind": "encoder_decoder", "input": "images", "input_channels": 1, **common})
    one = mgnm.build({"kind": "encoder_decoder", "input_channels": 4, "grid_channels": 1, **common}, dtype="float64")
    values = {**one.state_dict(), **images.state_dict(), "entry.weight": np.eye(4), "entry.bias": np.zeros(4)}
    one.load_state_dict(values)
    x = np.random.default_rng(2).normal(size=(3, 2, 2, 2, 1))
    np.testing.assert_allclose(one.forward({"input": x.reshape(3, 2, 4), "steps": 3})[0],
                               images.forward({"input": {0: x}, "steps": 3})[0], rtol=1e-12)


def arrays_in(x):
    """All arrays in nested tuples, lists, dicts and objects of this package."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, dict | list | tuple):
        for item in x.values() if isinstance(x, dict) else x:
            yield from arrays_in(item)
    elif type(x).__module__.startswith("mgnm"):
        yield from arrays_in([getattr(x, name) for name in (getattr(x, "__dict__", None) or getattr(x, "__slots__", ()))])


@pytest.mark.parametrize("settings", [NET, IMAGES, BATCH_NORM])
def test_float32_stays_float32(settings):
    network = drawn(settings, dtype="float32")
    network.training = True
    x = pictures(3, 2) if settings is IMAGES else vectors(3, 2)
    outputs, state, cache = network.forward({"input": x, "steps": 2})
    _, loss_cache = ops.sigmoid_cross_entropy(outputs, (outputs > 0).astype(np.float32))
    gradients = network.backward(ops.sigmoid_cross_entropy_backward(1.0, loss_cache), cache)
    floats = [a for a in arrays_in((outputs, state, cache, gradients, network)) if a.dtype.kind == "f"]
    network.take_statistics(network.observed)
    assert len(floats) > 100 and {a.dtype.name for a in (*floats, network.running)} == {"float32"}


def test_gradients_add_up_and_forward_changes_nothing():
    network, x = drawn(BATCH_NORM), vectors(3, 2)
    network.training = True
    before, running = network.values.copy(), network.running.copy()
    y, _, cache = network.forward({"input": x, "steps": 2})
    network.backward(y, cache)
    once = network.grads.copy()
    network.backward(y, cache)
    np.testing.assert_array_equal(network.grads, 2 * once)
    assert np.array_equal(network.values, before) and np.array_equal(network.running, running)


def test_every_parameter_matters():
    """No layer, level or weight is computed for nothing."""
    network, x = drawn({**BATCH_NORM, "layers": [[2, 2], [3, 2], [2, 2]], "residuals": []}), vectors(3, 3)
    y, _, cache = network.forward({"input": x, "steps": 3})
    network.backward(np.random.default_rng(3).normal(size=y.shape), cache)
    dead = [name for name, p in network.parameters.items() if not p.grad.all()]
    assert dead == []


@pytest.mark.parametrize("change, said", [
    ({"layers": []}, "network.layers is empty"),
    ({"layers": [[2]]}, "network.layers has [2]: give pairs [levels, channels]"),
    ({"layers": [[1, 2], [3, 2]]}, "network.layers, layer 2, has 3 levels, but its level 2 has no neighbour"),
    ({"layers": [[3, 2], [1, 2]]}, "network.layers, layer 1, has 3 levels, but its level 2 has no neighbour"),
    ({"layers": [[2, 2], [3, 2], [1, 2]]}, "layer 2, has 3 levels, but the next has 1 and does not read the finest: give"),
    ({"layers": [[2, 0]]}, "the number of channels in network.layers = 0 does not fit"),
    ({"residuals": [[2, 1]]}, "network.residuals has [2, 1]: give pairs [from, to]"),
    ({"layers": [[1, 4], [1, 2]], "residuals": [[1, 2]]}, "the 4 channels of layer 1 do not fit into the 2 of layer 2"),
    ({"input": "image"}, "network.input = 'image' is unknown: did you mean images?"),
    ({"batch_norm": "runing"}, "network.batch_norm = 'runing' is unknown: did you mean running?"),
    ({"input_channels": 0}, "network.input_channels = 0 does not fit"),
    ({"output_channels": -1}, "network.output_channels = -1 does not fit"),
    ({"input_layer": -1}, "network.input_layer = -1 does not fit: give a whole number from 0"),
    ({"grid_channels": 0}, "network.grid_channels = 0 does not fit"),
    ({"base": 0}, "network.base = 0 does not fit"),
    ({"layer": []}, "network.layer is not a setting: did you mean layers?")])
def test_settings_that_make_no_network(change, said):
    with pytest.raises(mgnm.UserError) as caught:
        mgnm.build({**NET, "residuals": [], **change})
    assert said in str(caught.value) and "\n" not in str(caught.value)
