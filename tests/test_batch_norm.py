"""Batch norm: whose statistics count, when, and what of them is kept and saved."""

import numpy as np
import pytest

import mgnm
from mgnm import ops
from mgnm.layers import BatchNorm
from mgnm.networks.network import MOMENTUM
from mgnm.training import load_network, save_weights

NET = {"kind": "encoder_decoder", "layers": [[2, 3], [2, 4]], "input_channels": 5, "output_channels": 2,
       "batch_norm": "running"}


def grid(rng, *shape, dtype=np.float64):
    return (rng.normal(size=shape) * 3 + 7).astype(dtype)


def drawn(settings, seed=0):
    """A network whose parameters and running statistics are all random."""
    rng = np.random.default_rng(seed)
    network = mgnm.build(settings, dtype="float64")
    network.values[:] = rng.normal(scale=0.3, size=network.values.shape)
    network.running[:] = rng.uniform(0.1, 0.5, network.running.shape)
    return network


def test_every_channel_gets_the_mean_and_the_deviation_that_were_learned():
    rng = np.random.default_rng(0)
    x, scale, shift = grid(rng, 4, 5, 3, 5, 6), np.array([1.0, 2.0, -3.0]), np.array([0.0, -1.0, 5.0])
    y, (mean, variance), _ = ops.batch_norm(x, scale, shift)
    axes = (0, 1, 3, 4)                                     # time, height, width, batch
    np.testing.assert_allclose(mean, x.mean(axes))
    np.testing.assert_allclose(variance, x.var(axes))
    np.testing.assert_allclose(y.mean(axes), shift, atol=1e-12)
    np.testing.assert_allclose(y.std(axes), abs(scale) * np.sqrt(variance / (variance + 1e-3)))


def test_given_statistics_are_taken_as_they_are():
    x = grid(np.random.default_rng(1), 2, 3, 2, 3, 2)
    given = np.array([7.0, 0.0]), np.array([8.999, 3.999])
    y, used, _ = ops.batch_norm(x, np.array([2.0, 3.0]), np.array([1.0, 0.0]), given)
    np.testing.assert_allclose(y[:, :, 0], 2 * (x[:, :, 0] - 7) / 3 + 1)
    np.testing.assert_allclose(y[:, :, 1], 3 * x[:, :, 1] / 2)
    assert used == given


def test_a_large_offset_does_not_eat_the_variance_in_float32():
    rng = np.random.default_rng(2)
    x = (rng.normal(size=(20, 12, 2, 12, 32)) + 1000).astype(np.float32)
    ones = np.ones(2, np.float32)
    y, (_, variance), cache = ops.batch_norm(x, ones, 0 * ones)
    np.testing.assert_allclose(variance, 1, rtol=0.02)
    assert {a.dtype.name for a in (y, variance, *ops.batch_norm_backward(y, cache))} == {"float32"}


def test_an_empty_sequence_has_an_answer():
    y, _, cache = ops.batch_norm(np.zeros((0, 3, 2, 3, 4)), np.ones(2), np.zeros(2))
    assert y.shape == (0, 3, 2, 3, 4) and not any(g.any() for g in ops.batch_norm_backward(y, cache))


def test_statistics_are_noted_and_the_running_ones_stay():
    rng = np.random.default_rng(3)
    norm, x = BatchNorm([0, 1], 2), {j: grid(rng, 3, 2 + j, 2, 2 + j, 4) for j in (0, 1)}
    norm.forward(x, own_statistics=False)
    assert not any(buffer.observed.any() for buffer in norm.buffers.values())
    norm.forward(x, own_statistics=True)
    for j in (0, 1):
        np.testing.assert_allclose(norm.buffers[f"{j}.mean"].observed, x[j].mean((0, 1, 3, 4)))
        np.testing.assert_allclose(norm.buffers[f"{j}.variance"].observed, x[j].var((0, 1, 3, 4)))
        assert not norm.buffers[f"{j}.mean"].value.any() and (norm.buffers[f"{j}.variance"].value == 1).all()


def observe(network, x, steps=2):
    network.training = True
    network.forward({"input": x, "steps": steps})
    network.training = False
    return network.observed.copy()


def test_running_statistics_become_those_of_the_data():
    rng = np.random.default_rng(4)
    network = mgnm.build(NET, seed=1, dtype="float64")
    x = rng.normal(size=(4, 64, 5))
    for _ in range(1500):                                   # MOMENTUM^1500 < 1e-6
        network.take_statistics(observe(network, x[:, :2]))
    first = network.running.copy()
    np.testing.assert_allclose(first, observe(network, x[:, :2]), rtol=1e-4, atol=1e-6)
    network.take_statistics(observe(network, x))
    np.testing.assert_allclose(network.running, MOMENTUM * first + (1 - MOMENTUM) * network.observed, rtol=1e-12)


def test_parts_of_a_batch_are_averaged():
    """Equal parts: their mean of means is the mean of the whole. Only at the first layer, whose input is the same."""
    network, x = drawn(NET), np.random.default_rng(5).normal(size=(4, 6, 5))
    parts = (observe(network, x[:, :3]) + observe(network, x[:, 3:])) / 2
    np.testing.assert_allclose(parts[:3], observe(network, x)[:3], rtol=1e-12)
    assert list(network.buffers)[0] == "encoder.0.0.mean"


@pytest.mark.parametrize("mode, alone_is_the_same", [("running", True), ("batch", False)])
def test_whether_an_answer_depends_on_the_others_in_the_batch(mode, alone_is_the_same):
    network, x = drawn({**NET, "batch_norm": mode}), np.random.default_rng(6).normal(size=(4, 3, 5))
    together, _, _ = network.forward({"input": x, "steps": 3})
    alone, _, _ = network.forward({"input": x[:, 1:2], "steps": 3})
    assert np.allclose(together[:, 1:2], alone, rtol=1e-9, atol=1e-12) is alone_is_the_same


def test_training_normalises_by_the_batch_in_every_mode():
    x = np.random.default_rng(7).normal(size=(4, 3, 5))
    answers = []
    for mode in ("running", "batch"):
        network = drawn({**NET, "batch_norm": mode})
        network.training = True
        answers.append(network.forward({"input": x, "steps": 3})[0])
    network.training = False                                # mode "batch": the same at test time
    answers.append(network.forward({"input": x, "steps": 3})[0])
    assert np.array_equal(answers[0], answers[1]) and np.array_equal(answers[1], answers[2])
    assert not np.allclose(answers[0], drawn(NET).forward({"input": x, "steps": 3})[0])


def test_buffers_are_no_parameters_but_go_with_them():
    plain, network = mgnm.build({**NET, "batch_norm": "none"}), drawn(NET)
    channels = 2 * 3 + 2 * 3 + 2 * 4                        # encoder layer 1; decoder layers 1 and 2; two levels each
    assert network.parameter_count - plain.parameter_count == 2 * channels == network.running.size
    assert plain.running.size == 0 and plain.buffers == {}
    saved = network.state_dict()
    assert len(saved) == len(network.parameters) + len(network.buffers)
    other = mgnm.build(NET, seed=9, dtype="float64")
    other.load_state_dict(saved)
    assert np.array_equal(other.running, network.running) and np.array_equal(other.values, network.values)
    with pytest.raises(mgnm.UserError, match="decoder.0.0.mean"):
        plain.load_state_dict(saved)
    saved["decoder.0.0.mean"] = np.zeros(7)
    with pytest.raises(mgnm.UserError, match=r"decoder.0.0.mean is \(7,\)"):
        other.load_state_dict(saved)


def test_trained_weights_carry_the_running_statistics(tmp_path):
    network = mgnm.build(NET)
    network.running[:] = np.random.default_rng(8).uniform(1, 2, network.running.size)
    save_weights(tmp_path / "weights.npz", network, {"network": NET, "task": {}, "training": {}}, 3)
    loaded, _, _ = load_network(tmp_path / "weights.npz")
    assert np.array_equal(loaded.running, network.running) and loaded.running.dtype == np.float32
