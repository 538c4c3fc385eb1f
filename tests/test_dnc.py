"""The DNC: its equations against a slow reference, what its weightings may be, allocation at its edges, steps, dtypes."""

from unittest.mock import patch

import numpy as np
import pytest
from slow_dnc import step

from gradcheck import CASES
from gradcheck.cases import dnc, dnc_layer
from mgnm import ops
from mgnm.device import pieces
from mgnm.layers import DNC
from mgnm.ops.dnc import MemoryState, access, interface_width

B, N, W, R = 3, 6, 4, 2
PAPER = "backward", "content", "forward"


def rng(seed=0):
    return np.random.default_rng(seed)


def zeros(dtype="float64"):
    """The state at the start of a sequence."""
    layer = DNC(1, 1, N, W, R, rng())
    return MemoryState(**{name: x for name, x in layer.initial_state(B, dtype, np).items() if name in MemoryState._fields})


def one_step(x, state, smoothing=0.0, read_modes=PAPER):
    says, _ = ops.memory_interface(x, W, R)
    (reads, *state), _ = ops.memory_access(says, state, smoothing, False, read_modes)
    return reads, MemoryState(*state)


def run(steps, seed=0, state=None, **options):
    """All states of a sequence that is told random vectors, strong enough to open and shut its gates."""
    told, states = 3 * rng(seed).normal(size=(steps, B, interface_width(W, R))), [state or zeros()]
    for x in told:
        states.append(one_step(x, states[-1], **options)[1])
    return states


# --- the equations ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("smoothing", [0.0, 1e-6, 0.3])
@pytest.mark.parametrize("read_modes", [PAPER, ("backward", "forward", "content"), ("forward", "content", "backward")])
def test_steps_are_those_of_the_slow_reference(smoothing, read_modes):
    state = zeros()
    slow = [{name: x[b].tolist() for name, x in state._asdict().items()} for b in range(B)]
    for x in rng(1).normal(size=(7, B, interface_width(W, R))):
        reads, state = one_step(x, state, smoothing, read_modes)
        for b in range(B):
            expected, slow[b] = step(x[b], slow[b], W, R, smoothing, read_modes)
            np.testing.assert_allclose(reads[b], expected, rtol=1e-11, atol=1e-14)
            for name, found in state._asdict().items():
                np.testing.assert_allclose(found[b], slow[b][name], rtol=1e-11, atol=1e-14, err_msg=name)


def test_the_interface_has_the_length_of_the_paper():
    assert interface_width(W, R) == W * R + 3 * W + 5 * R + 3


def test_numbers_of_any_size_are_understood():
    """Gates shut and open, strengths grow; nothing overflows, for warnings are errors here."""
    for size in (1e3, 1e4):
        says, _ = ops.memory_interface(size * np.where(rng().random((B, interface_width(W, R))) < 0.5, -1, 1), W, R)
        assert all(np.isfinite(part).all() for part in says)
        assert says.read_strengths.min() >= 1 and says.write_strength.min() >= 1
        assert {0.0, 1.0} == set(says.erase.ravel()) and says.read_modes.sum(-1) == pytest.approx(1)


# --- what weightings may be ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(3))
def test_weightings_share_out_at_most_one(seed):
    for state in run(12, seed):
        rows, columns = state.links, state.links.swapaxes(1, 2)
        for weighting in (state.write_weights, state.read_weights, state.precedence, rows, columns):
            assert weighting.min() >= -1e-15 and weighting.sum(-1).max() <= 1 + 1e-12
        assert (np.diagonal(state.links, axis1=1, axis2=2) == 0).all()
        assert state.usage.min() >= 0 and state.usage.max() <= 1


def test_content_weighting_sums_to_one_and_finds_the_slot_that_is_the_key():
    memory = rng().normal(size=(B, N, W))
    w, _ = ops.content_weighting(memory, 2 * memory[:, 3:4], np.full((B, 1), 50.0))
    assert w.sum(-1) == pytest.approx(1) and w[:, 0].argmax(-1).tolist() == [3] * B


@pytest.mark.parametrize("smoothing", [0.0, 1e-6])
def test_empty_slots_and_empty_keys_look_like_nothing(smoothing):
    memory, keys = rng().normal(size=(B, N, W)), rng(1).normal(size=(B, R, W))
    memory[:, 1], keys[:, 1] = 0, 0
    w, cache = ops.content_weighting(memory, keys, np.full((B, R), 2.0), smoothing)
    np.testing.assert_allclose(w[:, 1], 1 / N)
    assert all(np.isfinite(d).all() for d in ops.content_weighting_backward(rng(2).normal(size=w.shape), cache))


def test_allocation_of_a_free_memory_is_its_first_slot():
    a, _ = ops.allocation_weighting(np.zeros((2, N)))
    assert a.tolist() == [[1, 0, 0, 0, 0, 0]] * 2


@pytest.mark.parametrize("usage, expected", [
    ([1, 1, 1, 1], [0, 0, 0, 0]), ([1, 0, 1, 0], [0, 1, 0, 0]), ([1, 0.5, 1, 1], [0, 0.5, 0, 0]),
    ([0.5, 0.25, 1, 0.25], [0.5 / 16, 0.75, 0, 0.75 / 4])])
def test_allocation_at_its_edges_has_a_finite_gradient(usage, expected):
    """Usage exactly 0, exactly 1, and ties. The gradient, by the product of all other factors."""
    usage, da = np.array([usage], float), rng().normal(size=(1, 4))
    a, cache = ops.allocation_weighting(usage)
    assert a.tolist() == [expected]
    order, u = np.argsort(usage[0], kind="stable"), np.sort(usage[0])
    slow = np.zeros(4)
    for j in range(4):
        slow[order[j]] -= da[0, order[j]] * np.prod(u[:j])
        for later in range(j + 1, 4):
            others = np.delete(u[:later], j)
            slow[order[j]] += da[0, order[later]] * (1 - u[later]) * np.prod(others)
    np.testing.assert_allclose(ops.allocation_weighting_backward(da, cache)[0], slow, rtol=1e-12, atol=1e-15)


def test_what_is_read_and_freed_can_be_allocated_again():
    used = MemoryState(*zeros())._replace(usage=np.ones((B, N)), read_weights=np.eye(N)[None, [2, 4]].repeat(B, 0))
    usage, _ = ops.slot_usage(used.usage, used.write_weights, used.read_weights, np.array([[1.0, 0.0]] * B))
    assert usage.tolist() == [[1, 1, 0, 1, 1, 1]] * B
    assert ops.allocation_weighting(usage)[0].tolist() == [[0, 0, 1, 0, 0, 0]] * B


def test_links_lead_along_the_writes_and_back():
    """Slots 3, 1, 4 written one after another: from 1 a head goes on to 4, and back to 3."""
    state = zeros()
    links, precedence = state.links, state.precedence
    for n in (3, 1, 4):
        ww = np.eye(N)[[n]].repeat(B, 0)
        links, _ = ops.temporal_links(links, precedence, ww)
        precedence, _ = ops.write_precedence(precedence, ww)
    (forward, backward), _ = ops.directional_weightings(links, np.eye(N)[None, [1, 4]].repeat(B, 0))
    assert forward[0].argmax(-1)[0] == 4 and backward[0].argmax(-1).tolist() == [3, 1]
    assert forward[0].sum(-1).tolist() == [1, 0] and backward[0].sum(-1).tolist() == [1, 1]


def test_links_in_pieces_are_the_same(monkeypatch):
    arguments = dnc.linked(rng(), 5, N)
    (whole, cache), dy = ops.temporal_links(**arguments), rng(1).normal(size=(5, N, N))
    gradients = ops.temporal_links_backward(dy, cache)
    monkeypatch.setattr(pieces, "CACHE", 2 * 3 * N * N * 8)
    again, cache = ops.temporal_links(**arguments)
    for one, other in zip((whole, *gradients), (again, *ops.temporal_links_backward(dy, cache))):
        np.testing.assert_array_equal(one, other)


# --- the layer -------------------------------------------------------------------------------------------------------

def layer(dtype="float64", **options):
    made = DNC(3, 5, N, W, R, rng(), **options)
    for parameter in made.parameters.values():
        parameter.value = rng(parameter.value.size).normal(scale=0.5, size=parameter.value.shape).astype(dtype)
        parameter.grad = np.zeros_like(parameter.value)
    return made


OPTIONS = [{}, {"norm": "smooth", "stop_gradient": True, "read_modes": ("backward", "forward", "content"), "layers": 2}]


def test_sizes():
    made = DNC(6, 64, 16, 16, 4, rng())
    assert (made.output_channels, made.memory_cells) == (64 + 4 * 16, 64 + 16 * 16)
    assert {name: p.value.shape for name, p in made.parameters.items()} == {
        "controller.0.weight": (6 + 64 + 64, 256), "controller.0.bias": (256,),
        "interface.weight": (64, 135), "interface.bias": (135,)}


@pytest.mark.parametrize("options", OPTIONS)
def test_step_by_step_gives_the_numbers_and_the_gradients_of_the_whole_sequence(options):
    made, x, dy = layer(**options), rng(1).normal(size=(5, B, 3)), rng(2).normal(size=(5, B, 5 + R * W))
    start = made.initial_state(B, "float64", np)
    y, final, cache = made.forward(x, start)
    dx, dstart = made.backward(dy, cache)
    whole = {name: p.grad.copy() for name, p in made.parameters.items()}
    for p in made.parameters.values():
        p.grad.fill(0)

    state, steps, caches = start, [], []
    for t in range(5):
        y_t, state, cache = made.forward(x[t:t + 1], state)
        steps.append(y_t)
        caches.append(cache)
    dstate, dsteps = None, []
    for t in reversed(range(5)):
        d, dstate = made.backward(dy[t:t + 1], caches[t], dstate)
        dsteps.insert(0, d)
    np.testing.assert_allclose(np.concatenate(steps), y, rtol=1e-12)
    np.testing.assert_allclose(np.concatenate(dsteps), dx, rtol=1e-9, atol=1e-14)
    for name in final:
        np.testing.assert_allclose(state[name], final[name], rtol=1e-12, atol=1e-15, err_msg=name)
        np.testing.assert_allclose(dstate[name], dstart[name], rtol=1e-9, atol=1e-14, err_msg=name)
    for name, p in made.parameters.items():
        np.testing.assert_allclose(p.grad, whole[name], rtol=1e-9, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("options", OPTIONS)
def test_float32_stays_float32(options):
    made = layer("float32", **options)
    x = rng().normal(size=(4, B, 3)).astype("float32")
    y, state, cache = made.forward(x, made.initial_state(B, "float32", np))
    dx, dstate = made.backward(np.ones_like(y), cache)
    gradients = [p.grad for p in made.parameters.values()]
    found = [y, dx, *state.values(), *dstate.values(), *gradients, *arrays_in(cache)]
    assert len(found) > 100 and {a.dtype.name for a in found if a.dtype.kind == "f"} == {"float32"}
    assert all(np.isfinite(a).all() for a in found)


def arrays_in(x):
    """All arrays in nested tuples, lists and dicts."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, dict | list | tuple):
        for item in x.values() if isinstance(x, dict) else x:
            yield from arrays_in(item)


def test_sequences_of_a_batch_do_not_meet():
    made, x = layer(), rng().normal(size=(6, B, 3))
    whole, _, _ = made.forward(x, made.initial_state(B, "float64", np))
    for b in range(B):
        alone, _, _ = made.forward(x[:, b:b + 1], made.initial_state(1, "float64", np))
        np.testing.assert_allclose(alone[:, 0], whole[:, b], rtol=1e-11)


@pytest.mark.parametrize("name", [name for name in CASES if name.lower().startswith("dnc/") and "start" not in name])
def test_usages_of_the_gradient_check_stay_apart(name):
    """Steps of the check move an argument by 1e-3; two usages that changed places would be a jump."""
    function, arguments = CASES[name].build(CASES[name].rng())
    gaps, right = [], access.allocation_weighting
    with patch.object(access, "allocation_weighting", lambda u: gaps.append(np.diff(np.sort(u)).min()) or right(u)):
        function(arguments)
    assert min(gaps) > 0.05


def test_the_cases_unroll_what_they_must():
    long = [dnc_layer.exact, dnc_layer.smooth, dnc_layer.other_order, dnc_layer.deep_controller, dnc_layer.stop_gradient,
            dnc_layer.deepmind]
    for build in long:
        arguments = build(rng())[1]
        assert len(arguments["x"]) >= 6 and arguments["state.read_weights"].shape[1:] >= (2, 8)
