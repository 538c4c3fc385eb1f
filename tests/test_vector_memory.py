"""Networks around a memory of vectors: when they are asked and read, what the memory is shown, dtypes, settings."""

import numpy as np
import pytest

import mgnm

MAPS = {"kind": "lstm", "units": 5, "questions": "every", "input": [3, 3, 2], "output": [4, 4, 1], "reader": [6]}
CLASSES = {"kind": "lstm", "units": 5, "questions": "last", "input": [6, 6, 1], "output": [3]}
VECTORS = {"kind": "lstm", "units": 5, "layers": 2, "questions": "none", "input": [4], "output": [2], "reader": [6]}
SHOWN = {"show_query": True}


def drawn(settings, dtype="float64", **changes):
    network = mgnm.build({**settings, **changes}, dtype=dtype)
    network.values[:] = np.random.default_rng(0).normal(scale=0.4, size=network.values.shape)
    return network


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def pictures(T, B, seed=0):
    return {j: normal(T, B, 3 * 2 ** j, 3 * 2 ** j, 1, seed=seed + j) for j in (0, 1)}


def asked(network, T=4, B=3, seed=0):
    """Inputs that fit the network."""
    if network.config.questions == "none":
        return {"input": normal(T, B, 4, seed=seed), "steps": 2}
    if network.config.questions == "last":
        return {"observation": pictures(T, B, seed), "query": pictures(1, B, seed + 2)}
    return {"observation": normal(T, B, 3, 3, 2, seed=seed), "query": normal(T, B, 3, 3, 2, seed=seed + 1)}


def close(these, those):
    for name in these:
        np.testing.assert_allclose(these[name], those[name], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("settings", "answers"), [
    (MAPS, (4, 3, 4, 4, 1)), (MAPS | SHOWN, (4, 3, 4, 4, 1)), (CLASSES, (1, 3, 3)), (CLASSES | SHOWN, (1, 3, 3)),
    (VECTORS, (2, 3, 2))])
def test_shapes_and_dtypes(settings, answers):
    network = drawn(settings, "float32")
    inputs = asked(network)
    outputs, state, cache = network.forward(inputs)
    dinputs, dstate = network.backward(outputs, cache)
    assert outputs.shape == answers
    shapes = {name: (x[max(x)] if isinstance(x, dict) else x).shape for name, x in inputs.items() if name != "steps"}
    arrays = {name: d[1] if isinstance(d, dict) else d for name, d in dinputs.items()}
    assert {name: d.shape for name, d in arrays.items()} == shapes
    assert {name: x.shape for name, x in state.items()} == {name: x.shape for name, x in dstate.items()}
    everything = [outputs, network.grads, *arrays.values(), *state.values(), *dstate.values()]
    assert {x.dtype.name for x in everything} == {"float32"}


def test_sizes():
    """What a step is made of: 18 numbers and, where it is shown, 18 of a query; 4 numbers and the cue to answer."""
    rows = {"plain": (MAPS, 18), "shown": (MAPS | SHOWN, 36), "none": (VECTORS, 5)}
    for settings, width in rows.values():
        network = mgnm.build(settings)
        assert network.parameters["memory.0.weight"].value.shape == (width + 5, 20)
    assert mgnm.build(MAPS).parameters["reader.0.weight"].value.shape == (5 + 18, 6)
    assert mgnm.build(VECTORS).parameters["reader.0.weight"].value.shape == (5, 6)
    assert (mgnm.build(VECTORS).memory_cells, mgnm.build(MAPS).memory_cells) == (10, 5)
    tiny = mgnm.build("tiny-lstm")
    assert tiny.parameter_count == (36 + 256 + 1) * 1024 + (256 + 36 + 1) * 512 + (512 + 1) * 144


@pytest.mark.parametrize("settings", [MAPS, MAPS | SHOWN])
def test_one_step_at_a_time_where_every_step_is_asked(settings):
    network = drawn(settings)
    inputs = asked(network)
    whole, final, cache = network.forward(inputs)
    dinputs, dinitial = network.backward(whole, cache)
    gradient = network.grads.copy()
    network.grads.fill(0)
    state, dstate, steps, caches, dsteps = None, None, [], [], []
    for t in range(4):
        y, state, cache = network.forward({name: x[t:t + 1] for name, x in inputs.items()}, state)
        steps.append(y)
        caches.append(cache)
    for t in reversed(range(4)):
        d, dstate = network.backward(whole[t:t + 1], caches[t], dstate)
        dsteps.insert(0, d)
    close({"y": np.concatenate(steps), **state}, {"y": whole, **final})
    close({name: np.concatenate([d[name] for d in dsteps]) for name in dinputs}, dinputs)
    close({"grads": network.grads, **dstate}, {"grads": gradient, **dinitial})


def test_one_step_at_a_time_where_the_answer_comes_after_the_input():
    network = drawn(VECTORS)
    x = asked(network)["input"]
    whole, final, cache = network.forward({"input": x, "steps": 3})
    dinputs, dinitial = network.backward(whole, cache)
    gradient = network.grads.copy()
    network.grads.fill(0)
    calls = [{"input": x[t:t + 1], "steps": 0} for t in range(4)] + [{"input": x[:0], "steps": 1}] * 3
    state, dstate, steps, caches, dsteps = None, None, [], [], []
    for call in calls:
        y, state, cache = network.forward(call, state)
        steps.append(y)
        caches.append(cache)
    for k in reversed(range(7)):
        d, dstate = network.backward(whole[k - 4:k - 3] if k >= 4 else whole[:0], caches[k], dstate)
        dsteps.insert(0, d["input"])
    close({"y": np.concatenate(steps), **state}, {"y": whole, **final})
    close({"input": np.concatenate(dsteps), "grads": network.grads, **dstate},
          {**dinputs, "grads": gradient, **dinitial})


def test_only_the_memory_after_the_last_step_is_asked():
    """With one more step the answer is another; with the state instead of the steps before, it is the same."""
    network = drawn(CLASSES)
    inputs = asked(network)
    x, query = inputs["observation"], inputs["query"]
    whole, final, _ = network.forward(inputs)
    earlier, state, _ = network.forward({"observation": {j: a[:3] for j, a in x.items()}, "query": query})
    last, state, _ = network.forward({"observation": {j: a[3:] for j, a in x.items()}, "query": query}, state)
    assert not np.allclose(earlier, whole)
    close({"y": last, **state}, {"y": whole, **final})


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("settings", [MAPS, CLASSES])
def test_the_memory_is_shown_the_query_only_where_it_shall_be(settings, shown):
    """If the reader is blind to it, the answer depends on it only through the memory; and one last query leaves no trace."""
    network = drawn(settings, show_query=shown)
    inputs, other = asked(network), asked(network, seed=7)["query"]
    assert not np.allclose(network.forward(inputs)[0], network.forward({**inputs, "query": other})[0])
    network.parameters["reader.0.weight"].value[network.config.units:] = 0
    y, state, _ = network.forward(inputs)
    y_other, state_other, _ = network.forward({**inputs, "query": other})
    assert np.allclose(y, y_other) != shown
    assert np.allclose(state["0.c"], state_other["0.c"]) != (shown and settings is MAPS)


@pytest.mark.parametrize("shown", [False, True])
def test_asking_again_gives_the_same_answer(shown):
    network = drawn(CLASSES, show_query=shown)
    inputs = asked(network)
    x, query = inputs["observation"], inputs["query"]
    _, state, _ = network.forward({"observation": {j: a[:3] for j, a in x.items()}, "query": query})
    last, state, _ = network.forward({"observation": {j: a[3:] for j, a in x.items()}, "query": query}, state)
    whole, final, _ = network.forward(inputs)
    close({"y": last, **state}, {"y": whole, **final})


@pytest.mark.parametrize("shown", [False, True])
def test_several_queries_are_answered_each_on_its_own(shown):
    network = drawn(CLASSES, show_query=shown)
    x, query, dy = pictures(4, 3), pictures(3, 3, seed=2), np.random.default_rng(1).normal(size=(3, 3, 3))
    y, final, cache = network.forward({"observation": x, "query": query})
    dinputs, dstate = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    singles = []
    for s in range(3):
        one = {j: a[s:s + 1] for j, a in query.items()}
        answer, state, cache = network.forward({"observation": x, "query": one})
        close({"y": answer, **state}, {"y": y[s:s + 1], **final})
        singles.append(network.backward(dy[s:s + 1], cache))
    close({"grads": network.grads}, {"grads": whole})
    close({1: sum(d["observation"][1] for d, _ in singles)}, dinputs["observation"])
    close({1: np.concatenate([d["query"][1] for d, _ in singles])}, dinputs["query"])
    close({name: sum(d[name] for _, d in singles) for name in dstate}, dstate)


def test_the_gradient_in_chunks_is_that_of_the_whole_where_the_memory_is_asked_aside():
    network = drawn(CLASSES | SHOWN)
    inputs, dy = asked(network), np.random.default_rng(1).normal(size=(1, 3, 3))
    parts = [{"observation": {j: a[part] for j, a in inputs["observation"].items()}, "query": inputs["query"]}
             for part in (slice(2), slice(2, 4))]
    _, _, cache = network.forward(inputs)
    dinputs, dinitial = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    _, state, first = network.forward(parts[0])
    _, _, second = network.forward(parts[1], state)
    dlast, dstate = network.backward(dy, second)
    dfirst, dstate = network.backward(0 * dy, first, dstate)
    close({"grads": network.grads, **dstate}, {"grads": whole, **dinitial})
    close({1: np.concatenate([dfirst["observation"][1], dlast["observation"][1]])}, dinputs["observation"])
    close(dlast["query"], dinputs["query"])


def test_answers_at_steps_that_are_named_are_those_of_all_steps():
    network = drawn(VECTORS, questions="asked")
    x, dy = normal(6, 2, 4), np.random.default_rng(1).normal(size=(2, 2, 2))
    everything, final, whole_cache = network.forward({"input": x, "answer_steps": range(6)})
    asked, state, cache = network.forward({"input": x, "answer_steps": [1, 4]})
    close({"y": asked, **state}, {"y": everything[[1, 4]], **final})
    dinputs, _ = network.backward(dy, cache)
    grads = network.grads.copy()
    network.grads.fill(0)
    dall = np.zeros((6, 2, 2))
    dall[[1, 4]] = dy
    dwhole, _ = network.backward(dall, whole_cache)
    close({"x": dinputs["input"], "grads": grads}, {"x": dwhole["input"], "grads": network.grads})
    assert (dinputs["input"][:5] != 0).all() and not dinputs["input"][5].any()


def test_of_a_pyramid_the_finest_level_counts():
    network = drawn(CLASSES)
    inputs = asked(network)
    finest = {name: x[1] for name, x in inputs.items()}
    coarse = {name: {0: 0 * x[0], 1: x[1]} for name, x in inputs.items()}
    outputs = [network.forward(each)[0] for each in (inputs, finest, coarse)]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    np.testing.assert_array_equal(outputs[0], outputs[2])


def test_the_cue_tells_when_to_answer():
    """An input of zeros is not the time to answer, though nothing else tells the two apart."""
    network, zeros = drawn(VECTORS), np.zeros((3, 1, 4))
    _, waiting, _ = network.forward({"input": zeros, "steps": 0})
    _, answering, _ = network.forward({"input": zeros[:0], "steps": 3})
    assert not np.allclose(waiting["0.c"], answering["0.c"])
    short, long = (network.forward({"input": normal(2, 1, 4), "steps": steps})[0] for steps in (2, 5))
    np.testing.assert_allclose(long[:2], short, rtol=1e-12)


@pytest.mark.parametrize(("changed", "said"), [
    ({"questions": "alwys"}, "network.questions = 'alwys' is unknown: use one of every, last, asked, none"),
    ({"questions": None}, "network.questions = None is of the wrong type: give a text"),
    ({"input": [9, 9]}, "network.input = [9, 9] is no shape: give [channels] or [height, width, channels]"),
    ({"input": []}, "network.input = [] is no shape"),
    ({"output": [0]}, "a length in network.output = 0 does not fit: give a whole number from 1"),
    ({"output": ["a"]}, "a length in network.output = 'a' does not fit"),
    ({"reader": [0]}, "a width in network.reader = 0 does not fit"),
    ({"reader": 5}, "network.reader = 5 is of the wrong type: give a list"),
    ({"units": 0}, "network.units = 0 does not fit: give a whole number from 1"),
    ({"layers": 0}, "network.layers = 0 does not fit"),
    ({"unit": 4}, "network.unit is not a setting: did you mean units?"),
    ({"forget_bias": "x"}, "network.forget_bias = 'x' is of the wrong type: give a number"),
    ({"questions": "none", "show_query": True}, 'network.show_query = true does not go with network.questions = "none"'),
    ({"questions": "asked", "show_query": True}, 'does not go with network.questions = "asked", where there is no query'),
    ({"show_query": 1}, "network.show_query = 1 is of the wrong type: give true or false")])
def test_settings_that_make_no_network(changed, said):
    with pytest.raises(mgnm.UserError) as caught:
        mgnm.build({**MAPS, **changed})
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_settings_that_are_missing():
    for name in ("units", "questions", "input", "output"):
        with pytest.raises(mgnm.UserError, match=f"network.{name} is missing"):
            mgnm.build({key: value for key, value in MAPS.items() if key != name})
