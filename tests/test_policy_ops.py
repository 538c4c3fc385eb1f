"""The terms of the actor-critic loss and the advantages, against their definitions written out."""

import numpy as np
import pytest

from mgnm import ops


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


# ------------------------------------------------------------------------------------------------- policy and entropy


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_policy_gradient_is_its_definition(rng, reduction):
    logits, actions, advantages = rng.standard_normal((3, 5, 4)), rng.integers(0, 4, (3, 5)), rng.standard_normal((3, 5))
    loss, _ = ops.policy_gradient(logits, actions, advantages, reduction)
    each = [-advantages[t, b] * log_softmax(logits[t, b])[actions[t, b]] for t in range(3) for b in range(5)]
    assert loss == pytest.approx(np.sum(each) / (15 if reduction == "mean" else 1), rel=1e-13)


@pytest.mark.parametrize("op, arguments", [(ops.policy_gradient, (np.zeros((1, 2)), np.zeros(1, int), np.ones(1))),
                                           (ops.entropy, (np.zeros((1, 2)),)),
                                           (ops.squared_error, (np.zeros(1), np.ones(1)))])
def test_a_reduction_is_known(op, arguments):
    with pytest.raises(ValueError, match="reduction 'avg' is unknown: use mean or sum"):
        op(*arguments, "avg")


def test_a_good_move_becomes_likelier_and_a_bad_one_less_likely():
    logits, actions = np.zeros((2, 4)), np.array([1, 1])
    _, cache = ops.policy_gradient(logits, actions, np.array([2.0, -2.0]), "sum")
    good, bad = -ops.policy_gradient_backward(1.0, cache)   # where a step of descent leads
    np.testing.assert_allclose(good, [-0.5, 1.5, -0.5, -0.5])
    np.testing.assert_allclose(bad, -good)


def test_entropy_is_largest_where_all_is_open_and_zero_where_all_is_certain():
    assert ops.entropy(np.full((3, 4), 7.0))[0] == pytest.approx(np.log(4))
    certain, gradient = ops.entropy(np.array([[0.0, 1e4, 0.0]]))
    assert certain == 0 and not gradient.any()


def test_a_step_up_the_entropy_evens_the_choices_out(rng):
    logits = 2 * rng.standard_normal((6, 4))
    before, cache = ops.entropy(logits)
    after, _ = ops.entropy(logits + ops.entropy_backward(1.0, cache))
    assert after > before


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_huge_logits_stay_finite(size):
    logits = np.array([[size, 0.0, 1.0]], np.float32)
    for y, cache in (ops.policy_gradient(logits, np.array([1]), np.ones(1, np.float32)), ops.entropy(logits)):
        assert np.isfinite(y) and np.isfinite(cache).all() and cache.dtype == np.float32


def test_descent_on_the_loss_finds_the_best_of_four_moves(rng):
    """A bandit: rewards 0, 1, 0, 0.5 and no states. It checks the signs of all three terms together."""
    logits, value, rewards = np.zeros(4), 0.0, np.array([0.0, 1.0, 0.0, 0.5])
    for _ in range(400):
        action = (logits + rng.gumbel(size=4)).argmax()
        advantage = rewards[action] - value
        _, cache = ops.policy_gradient(logits[None], np.array([action]), np.array([advantage]))
        _, entropy_cache = ops.entropy(logits[None])
        _, value_cache = ops.squared_error(np.array([value]), rewards[[action]])
        logits -= 0.5 * (ops.policy_gradient_backward(1.0, cache) + ops.entropy_backward(-0.02, entropy_cache))[0]
        value -= 0.1 * ops.squared_error_backward(1.0, value_cache)[0]
    assert np.exp(log_softmax(logits))[1] > 0.9 and value == pytest.approx(1, abs=0.1)


# ---------------------------------------------------------------------------------------------------- values, returns


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_squared_error_is_its_definition(rng, reduction):
    values, returns = rng.standard_normal((2, 3, 4))
    loss, cache = ops.squared_error(values, returns, reduction)
    share = 1 / 12 if reduction == "mean" else 1
    assert loss == pytest.approx(0.5 * ((values - returns) ** 2).sum() * share)
    np.testing.assert_allclose(ops.squared_error_backward(3.0, cache), 3 * (values - returns) * share)


def written_out(rewards, values, last, ends, discount, trace):
    """A_t as the sum over k of (discount trace)^k delta_{t+k}, up to the end of the episode; one sequence."""
    T = len(rewards)
    after = [*values[1:], last]
    delta = [rewards[t] + discount * (1 - ends[t]) * after[t] - values[t] for t in range(T)]
    advantages = np.zeros(T)
    for t in range(T):
        for k in range(t, T):
            advantages[t] += (discount * trace) ** (k - t) * delta[k]
            if ends[k]:
                break
    return advantages


def test_advantages_are_their_sum_written_out(rng):
    rewards, values = rng.standard_normal((2, 9, 6))
    last, ends = rng.standard_normal(6), (rng.random((9, 6)) < 0.25).astype(float)
    assert ends.any() and ends[-1].any()
    advantages, returns = ops.generalised_advantages(rewards, values, last, ends, 0.9, 0.7)
    for b in range(6):
        np.testing.assert_allclose(
            advantages[:, b], written_out(rewards[:, b], values[:, b], last[b], ends[:, b], 0.9, 0.7), rtol=1e-12)
    np.testing.assert_array_equal(returns, advantages + values)


def test_with_trace_one_the_return_is_the_discounted_rewards(rng):
    rewards, values, last = rng.standard_normal((5, 1)), rng.standard_normal((5, 1)), np.array([3.0])
    _, returns = ops.generalised_advantages(rewards, values, last, np.zeros((5, 1)), 0.8, 1.0)
    assert returns[0, 0] == pytest.approx(sum(0.8 ** k * rewards[k, 0] for k in range(5)) + 0.8 ** 5 * 3)


def test_with_trace_zero_a_return_looks_one_step_ahead(rng):
    rewards, values, last = rng.standard_normal((5, 1)), rng.standard_normal((5, 1)), np.array([3.0])
    _, returns = ops.generalised_advantages(rewards, values, last, np.zeros((5, 1)), 0.8, 0.0)
    np.testing.assert_allclose(returns[:, 0], rewards[:, 0] + 0.8 * np.append(values[1:, 0], 3.0))


def test_nothing_is_expected_after_the_end_of_an_episode(rng):
    rewards, values, ends = rng.standard_normal((4, 2)), rng.standard_normal((4, 2)), np.zeros((4, 2))
    ends[1, 0] = ends[3, 1] = 1
    first, _ = ops.generalised_advantages(rewards, values, np.zeros(2), ends, 0.9, 0.9)
    changed = rewards.copy()
    changed[2:, 0] += 100                                   # of the next episode
    second, _ = ops.generalised_advantages(changed, values, np.array([0.0, 100.0]), ends, 0.9, 0.9)
    np.testing.assert_array_equal(first[:2], second[:2])
    np.testing.assert_array_equal(first[:, 1], second[:, 1])


def test_float32_stays_float32(rng):
    arrays = [x.astype(np.float32) for x in (rng.standard_normal((4, 2)), rng.standard_normal((4, 2)), np.ones(2),
                                             np.zeros((4, 2)))]
    assert [x.dtype for x in ops.generalised_advantages(*arrays, 0.99, 0.95)] == [np.float32, np.float32]
    assert ops.squared_error(arrays[0], arrays[1])[1].dtype == np.float32
