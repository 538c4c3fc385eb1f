"""The digit reader as a whole: the published sizes, the one moment at which it reads, and what it is refused."""

import numpy as np
import pytest

import mgnm
from mgnm import ops

RELEASED = {"kind": "digit_reader", "writer": [[3, 4], [3, 4], [3, 8], [3, 8], [3, 16]], "reader": [4, 4, 8, 8, 16],
            "narrowing": [[3, 16], [3, 16], [2, 16], [2, 16], [1, 10]]}
NET = {"kind": "digit_reader", "writer": [[2, 2], [2, 3], [2, 3]], "writer_residuals": [[1, 3]], "reader": [2, 3, 4],
       "reader_residuals": [[1, 3], [4, 5]], "narrowing": [[2, 4], [1, 4]], "output_channels": 5}


def images(T, B, seed=0):
    rng = np.random.default_rng(seed)
    return {j: rng.normal(size=(T, B, 3 * 2 ** j, 3 * 2 ** j, 1)).astype(np.float32) for j in (0, 1)}


def part(pyramid, steps):
    return {j: x[steps] for j, x in pyramid.items()}


def drawn(settings=NET, dtype="float64", **changes):
    rng = np.random.default_rng(0)
    network = mgnm.build({**settings, **changes}, dtype=dtype)
    network.values[:] = rng.normal(scale=0.3, size=network.values.shape)
    network.running[:] = rng.uniform(0.1, 0.5, network.running.shape)
    return network


def test_the_published_sizes():
    """REFERENCE 4: 211,408 parameters, 7,560 cells. They come out with a bias, a scale and a shift in every layer."""
    network = mgnm.build(RELEASED)
    assert (network.parameter_count, network.memory_cells) == (211_408, 7_560)
    assert network.parameters["exit.weight"].value.shape == (90, 10)
    batch_norm = [p.value.size for name, p in network.parameters.items() if name.endswith(("scale", "shift"))]
    assert sum(batch_norm) == network.running.size == 820 and len(batch_norm) == 2 * (15 + 15 + 11)


def test_only_the_memory_after_the_last_image_is_read():
    """With one more image the answer is another; with the state instead of the images before, it is the same."""
    network, x, query = drawn(), images(4, 2), images(1, 2, seed=1)
    whole, final, _ = network.forward({"observation": x, "query": query})
    assert whole.shape == (1, 2, 5)
    earlier, state, _ = network.forward({"observation": part(x, slice(3)), "query": query})
    assert not np.allclose(earlier, whole)
    last, state, _ = network.forward({"observation": part(x, slice(3, 4)), "query": query}, state)
    np.testing.assert_allclose(last, whole, rtol=1e-11)
    for name in final:
        np.testing.assert_allclose(state[name], final[name], rtol=1e-11, atol=1e-14)


def test_several_queries_are_answered_each_on_its_own():
    """All at once and one by one: equal answers, and gradients that add up."""
    network, x, query = drawn(), images(3, 2), images(3, 2, seed=1)
    dy = np.random.default_rng(2).normal(size=(3, 2, 5))
    y, final, cache = network.forward({"observation": x, "query": query})
    dinputs, dstate = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    singles = []
    for s in range(3):
        answer, state, cache = network.forward({"observation": x, "query": part(query, slice(s, s + 1))})
        np.testing.assert_allclose(answer, y[s:s + 1], rtol=1e-11)
        assert all(np.array_equal(state[name], final[name]) for name in final)
        singles.append(network.backward(dy[s:s + 1], cache))
    np.testing.assert_allclose(network.grads, whole, rtol=1e-10, atol=1e-13)
    for j in x:
        total = sum(d["observation"][j] for d, _ in singles)
        np.testing.assert_allclose(total, dinputs["observation"][j], rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(np.concatenate([d["query"][j] for d, _ in singles]), dinputs["query"][j], rtol=1e-10)
    for name in dstate:
        np.testing.assert_allclose(sum(d[name] for _, d in singles), dstate[name], rtol=1e-10, atol=1e-13)


def test_the_gradient_in_chunks_is_that_of_the_whole():
    network, x, query = drawn(), images(4, 2), images(1, 2, seed=1)
    dy = np.random.default_rng(2).normal(size=(1, 2, 5))
    _, _, cache = network.forward({"observation": x, "query": query})
    dinputs, dstate = network.backward(dy, cache)
    whole = network.grads.copy()
    network.grads.fill(0)
    _, state, first = network.forward({"observation": part(x, slice(3)), "query": query})
    _, _, second = network.forward({"observation": part(x, slice(3, 4)), "query": query}, state)
    dlast, dcarried = network.backward(dy, second)
    dfirst, dcarried = network.backward(0 * dy, first, dcarried)
    np.testing.assert_allclose(network.grads, whole, rtol=1e-9, atol=1e-12)
    for j in (0, 1):
        joined = np.concatenate([dfirst["observation"][j], dlast["observation"][j]])
        np.testing.assert_allclose(joined, dinputs["observation"][j], rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(dlast["query"][j], dinputs["query"][j], rtol=1e-9, atol=1e-13)
    for name in dstate:
        np.testing.assert_allclose(dcarried[name], dstate[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("what", ["observation", "query"])
def test_every_level_of_every_image_counts(what):
    network = drawn(batch_norm="none")
    inputs = {"observation": images(3, 2), "query": images(1, 2, seed=1)}
    y, _, cache = network.forward(inputs)
    dinputs, _ = network.backward(np.random.default_rng(3).normal(size=y.shape), cache)
    for j, d in dinputs[what].items():
        assert d.shape == inputs[what][j].shape and (abs(d).max((1, 2, 3, 4)) > 0).all()


def test_float32_stays_float32():
    network = drawn(dtype="float32")
    network.training = True
    logits, state, cache = network.forward({"observation": images(3, 2), "query": images(1, 2)})
    _, loss_cache = ops.softmax_cross_entropy(logits, np.zeros((1, 2), int))
    dinputs, dstate = network.backward(ops.softmax_cross_entropy_backward(1.0, loss_cache), cache)
    arrays = [logits, *state.values(), *dstate.values(), *dinputs["observation"].values(), *dinputs["query"].values(),
              network.grads, network.observed]
    assert {x.dtype.name for x in arrays} == {"float32"}


@pytest.mark.parametrize("change, said", [
    ({"output_channels": 0}, "network.output_channels = 0 does not fit"),
    ({"batch_norm": "yes"}, "network.batch_norm = 'yes' is unknown: use one of none, running, batch"),
    ({"narrowing": [[2, 4], [2, 4]]}, "the last layer of network.narrowing has 2 levels, but it makes the output"),
    ({"narrowing": [[3, 4], [1, 4]]}, "the number of levels in network.narrowing = 3 does not fit"),
    ({"reader": [2]}, "network.reader has 1 layers and network.writer 3"),
    ({"reader_residuals": [[1, 2]]}, "the 4 channels of layer 1 do not fit into the 3 of layer 2"),
    ({"writer": [[1, 2], [3, 2], [3, 2]]}, "network.writer, layer 2, has 3 levels, but its level 2 has no neighbour")])
def test_settings_that_make_no_network(change, said):
    with pytest.raises(mgnm.UserError) as caught:
        mgnm.build({**NET, "reader_residuals": [], "writer_residuals": [], **change})
    assert said in str(caught.value) and "\n" not in str(caught.value)
