"""Optimisers, schedules and clipping against their formulas, one number at a time in plain Python."""

from math import cos, pi, sqrt

import numpy as np
import pytest
from tiny_run import train

import mgnm
from mgnm.training import OPTIMISERS, SCHEDULES, SGD, Adam, RMSProp, TrainingSettings, clip_by_global_norm, decay_weights

RATES = [0.1 / (n + 1) for n in range(30)]


@pytest.fixture
def problem():
    """Weights (5,) and the gradients of 30 updates (30, 5), large and small ones."""
    rng = np.random.default_rng(0)
    return rng.normal(size=5), rng.normal(size=(30, 5)) * [1, 10, 0.1, 1e-3, 0]


def run(optimiser_class, weights, grads, **settings):
    values = weights.copy()
    optimiser = optimiser_class(values, **settings)
    for n, (rate, g) in enumerate(zip(RATES, grads)):
        before = g.copy()
        optimiser.step(values, g, rate, n)
        assert np.array_equal(g, before)
    return values, optimiser


def each(weights, grads, update):
    """The final weights by update(w, g, rate, n, memory) -> w, for each weight alone; `memory` is a dict of its own."""
    final = []
    for w, column in zip(weights.tolist(), grads.T.tolist()):
        memory = {}
        for n, (rate, g) in enumerate(zip(RATES, column), 1):
            w = update(w, g, rate, n, memory)
        final.append(w)
    return final


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_sgd(problem, momentum):
    def update(w, g, rate, n, memory):
        memory["v"] = momentum * memory.get("v", 0.0) + rate * g
        return w - memory["v"]

    values, _ = run(SGD, *problem, momentum=momentum)
    np.testing.assert_allclose(values, each(*problem, update), rtol=1e-12)


def rmsprop(decay, epsilon, momentum, start=1.0, inside=True):
    def update(w, g, rate, n, memory):
        ms = memory["ms"] = decay * memory.get("ms", start) + (1 - decay) * g ** 2
        root = sqrt(ms + epsilon) if inside else sqrt(ms) + epsilon
        memory["mom"] = momentum * memory.get("mom", 0.0) + rate * g / root
        return w - memory["mom"]

    return update


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.9}, {"decay": 0.5, "epsilon": 1e-3, "momentum": 0.3}])
def test_rmsprop_is_that_of_tensorflow_1(problem, settings):
    full = {"decay": 0.99, "epsilon": 0.1, "momentum": 0.0} | settings
    values, optimiser = run(RMSProp, *problem, **settings)
    np.testing.assert_allclose(values, each(*problem, rmsprop(**full)), rtol=1e-12)
    for other in ({"start": 0.0}, {"inside": False}):       # what the name means elsewhere is something else
        assert abs(values - each(*problem, rmsprop(**full, **other))).max() > 1e-4
    assert optimiser.state["mean_square"][-1] == pytest.approx(full["decay"] ** 30)     # never a gradient: 1, decayed


def test_the_first_step_of_rmsprop():
    values = np.array([1.0])
    RMSProp(values).step(values, np.array([2.0]), 0.5, 0)
    assert values[0] == pytest.approx(1 - 0.5 * 2 / sqrt(1.03 + 0.1), rel=1e-14)            # ms = 1 + (4 - 1) 0.01


@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.9, 0.999, 1e-8), (0.5, 0.9, 1e-2), (0.0, 0.99, 1e-8)])
def test_adam(problem, beta1, beta2, epsilon):
    def update(w, g, rate, n, memory):
        m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * g
        s = memory["s"] = beta2 * memory.get("s", 0.0) + (1 - beta2) * g * g
        return w - rate * (m / (1 - beta1 ** n)) / (sqrt(s / (1 - beta2 ** n)) + epsilon)

    values, _ = run(Adam, *problem, beta1=beta1, beta2=beta2, epsilon=epsilon)
    np.testing.assert_allclose(values, each(*problem, update), rtol=1e-11)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_float32_stays_float32(name):
    values, grads = np.ones(4, np.float32), np.full(4, 3, np.float32)
    optimiser = OPTIMISERS[name](values)
    for n in range(3):
        assert clip_by_global_norm(grads, 1.0).dtype == "float32"
        optimiser.step(values, grads, SCHEDULES["cosine"](0.1, 0.01, n / 3), n)
    assert {x.dtype.name for x in (values, grads, *optimiser.state.values())} == {"float32"}
    assert all(x.shape == values.shape for x in optimiser.state.values())
    assert (values < 1).all()


def test_state_can_be_put_back(problem):
    weights, grads = problem
    for optimiser_class in OPTIMISERS.values():
        whole, _ = run(optimiser_class, weights, grads)
        half, first = run(optimiser_class, weights, grads[:15])
        second = optimiser_class(half)
        for name, x in first.state.items():
            second.state[name][...] = x
        for n in range(15, 30):
            second.step(half, grads[n], RATES[n], n)
        assert np.array_equal(whole, half)


@pytest.mark.parametrize(("name", "shares"), [
    ("constant", {0: 1, 0.5: 1, 1: 1, 3: 1}),
    ("linear", {0: 1, 0.25: 0.75, 0.5: 0.5, 1: 0, 1.5: 0, 1e9: 0}),
    ("cosine", {0: 1, 0.25: (1 + cos(pi / 4)) / 2, 0.5: 0.5, 1: 0, 1.5: 0, 2: 0, 1e9: 0}),
])
def test_schedules_at_their_ends_between_and_beyond(name, shares):
    for first, last in ((0.8, 0.2), (1e-3, 1e-4), (0.5, 0.0), (0.1, 0.3)):
        for done, share in shares.items():
            assert SCHEDULES[name](first, last, done) == pytest.approx(last + share * (first - last), abs=1e-15)


def test_the_learning_rate_follows_the_updates():
    settings = TrainingSettings(updates=100, learning_rate=1.0, final_learning_rate=0.2)
    assert [settings.learning_rate_at(n) for n in (0, 50, 100)] == pytest.approx([1.0, 0.6, 0.2])
    settings = TrainingSettings(updates=100, learning_rate=1.0, final_learning_rate=0.2, schedule_updates=20)
    assert [settings.learning_rate_at(n) for n in (0, 10, 20, 99)] == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_clipping_by_the_global_norm():
    grads = np.array([3.0, 0.0, -4.0])
    for limit in (10.0, 5.0):
        assert clip_by_global_norm(grads, limit).tolist() == [25]
        assert grads.tolist() == [3, 0, -4]
    assert clip_by_global_norm(grads, 0.5).tolist() == [25]
    assert grads == pytest.approx([0.3, 0, -0.4])


def test_the_global_norm_is_that_of_all_parameters_together():
    network = mgnm.build("tiny", dtype="float64")
    rng = np.random.default_rng(1)
    for p in network.parameters.values():
        p.grad[...] = rng.normal(size=p.grad.shape)
    squares = sum((p.grad ** 2).sum() for p in network.parameters.values())
    assert clip_by_global_norm(network.grads, 1.0) == pytest.approx(squares, rel=1e-13)
    assert sum((p.grad ** 2).sum() for p in network.parameters.values()) == pytest.approx(1, rel=1e-12)


def test_weight_decay_is_decoupled(problem):
    """Every optimiser makes its own step, from its own moments, and the decay comes on top of it."""
    weights, grads = problem
    for optimiser_class in OPTIMISERS.values():
        plain, decayed = weights.copy(), weights.copy()
        steps = optimiser_class(plain), optimiser_class(decayed)
        for n, (rate, g) in enumerate(zip(RATES, grads)):
            before = decayed.copy()
            decay_weights(decayed, rate * 0.3)
            np.testing.assert_allclose(decayed, (1 - rate * 0.3) * before, rtol=1e-14)
            move = -plain
            steps[0].step(plain, g, rate, n)
            move += plain
            before = decayed.copy()
            steps[1].step(decayed, g, rate, n)
            np.testing.assert_allclose(decayed - before, move, rtol=1e-9, atol=1e-12)


def test_no_weight_decay_changes_nothing_and_float32_stays_float32():
    values = np.linspace(-1, 1, 7, dtype=np.float32)
    before = values.copy()
    decay_weights(values, 0.0)
    assert np.array_equal(values, before)
    decay_weights(values, 0.5)
    assert values.dtype == np.float32 and np.array_equal(values, before / 2)


def test_a_training_decays_its_weights(tmp_path):
    """Without a gradient to speak of, weights shrink by learning rate times decay, update by update."""
    plain, decayed = (train(tmp_path / name, updates=4, learning_rate=1e-3, schedule="constant", optimiser="sgd", clip=1e-12,
                            weight_decay=decay).network.values for name, decay in (("a", 0.0), ("b", 50.0)))
    np.testing.assert_allclose(decayed, plain * (1 - 0.05) ** 4, rtol=1e-4, atol=1e-7)
