"""What happens on a GPU, without one: networks and trainings on the CUDA text of every kernel, run on this CPU.

The stand-in for CuPy lets no array cross unnoticed; on a real GPU `make gpu` runs the same things once more.
"""

import numpy as np
import pytest
from tiny_run import assignments, command, tables

import mgnm
from gradcheck import hostdevice
from mgnm import ops
from mgnm.errors import UserError
from mgnm.kernels import convolve, launch, launcher, sums
from mgnm.kernels.activations import SIGMOID
from mgnm.training import Run, Trainer, checkpoint, load_network


@pytest.fixture
def cupy():
    with hostdevice.installed() as module:
        yield module


@pytest.fixture
def normal():
    rng = np.random.default_rng(5)
    return lambda *shape, dtype="float64": rng.standard_normal(shape).astype(dtype)


def near(found, expected, tolerance=1e-12):
    found = found.get() if hasattr(found, "get") else found
    assert found.shape == expected.shape
    assert np.abs(found - expected).max(initial=0) <= tolerance * np.abs(expected).max(initial=0)


# ---- networks and trainings -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("preset", ["tiny", "small"])
def test_presets_give_the_same_numbers_on_both_devices(cupy, normal, preset):
    shape = 2, 1, 3, 3, 4
    inputs = {"observation": normal(*shape, dtype="float32"), "query": normal(*shape, dtype="float32")}
    here, there = mgnm.build(preset), mgnm.build(preset, device="gpu")
    y, state, cache = here.forward(inputs)
    y_there, state_there, cache_there = there.forward(inputs)
    near(y_there, y, 1e-5)
    for name in state:
        near(state_there[name], state[name], 1e-5)
    dy = normal(*y.shape, dtype="float32")
    here.backward(dy, cache)
    there.backward(dy, cache_there)
    near(there.grads, here.grads, 1e-5)


def trainer(folder, device, **training):
    return Trainer(Run.create(folder, tables(**training)), device)


def test_a_training_step_takes_data_in_and_brings_nothing_out(cupy, tmp_path):
    """Three arrays for every shard: observation, query, targets. What comes back, comes back when a line is logged."""
    def counts(updates):
        with hostdevice.counted() as counted:
            assert trainer(tmp_path / str(updates), "gpu", updates=updates, log_every=100, evaluate_every=100,
                           checkpoint_every=100).train(progress=False)
        return counted

    few, more = counts(3), counts(8)                        # saving at the end is the same in both
    assert more.downloads == few.downloads
    assert more.uploads - few.uploads == (8 - 3) * 2 * 3
    assert more.kernels["adam"] - few.kernels["adam"] == 5


def test_checkpoints_move_between_devices(cupy, tmp_path):
    whole = trainer(tmp_path / "whole", "cpu", updates=8, schedule="constant")
    assert whole.train(progress=False)
    for first, second in (("cpu", "gpu"), ("gpu", "cpu")):
        folder = tmp_path / f"{first}-{second}"
        begun = trainer(folder, first, updates=8, schedule="constant")
        begun.settings.__dict__["updates"] = 4              # as if it had been stopped there
        begun.train(progress=False)
        assert checkpoint.load(folder / "checkpoint.npz")[2] == 4
        gone_on = Trainer(Run.open(folder), second)
        assert gone_on.train(resume=True, progress=False)
        near(gone_on.network.values, whole.network.values, 1e-4)
        assert [line["update"] for line in gone_on.run.metrics()] == [line["update"] for line in whole.run.metrics()]
    network, _, update = load_network(tmp_path / "cpu-gpu", device="gpu")
    assert update == 8 and isinstance(network.values, cupy.ndarray)


def test_the_command_line_takes_the_gpu_and_says_so(cupy, tmp_path, capsys):
    assert command("train", "--device", "auto", "--out", tmp_path / "run", *assignments(updates=1)) == 0
    assert capsys.readouterr().out.startswith("device: gpu (found this CPU, standing in for a GPU)\n")


def test_a_training_that_diverges_on_a_gpu_says_so(cupy, tmp_path):
    with pytest.raises(UserError, match="not finite any more"):
        trainer(tmp_path / "run", "gpu", updates=4, learning_rate=9e18, clip=9e18, optimiser="sgd", loss="sum",
                checkpoint_every=4).train(progress=False)
    assert not (tmp_path / "run" / "checkpoint.npz").exists()


# ---- programs: what a GPU does in several launches, beside what the CPU does in one function --------------------------

SIZES = [(1, 3, 3, 1, 1, 1), (2, 4, 5, 3, 2, 3), (3, 2, 2, 2, 5, 2), (2, 3, 4, 0, 2, 2), (1, 1, 1, 2, 3, 4)]


@pytest.mark.parametrize("form", [convolve.Direct, convolve.Product])
@pytest.mark.parametrize(("T", "H", "W", "B", "C_in", "C_out"), SIZES)
def test_correlation(cupy, normal, form, T, H, W, B, C_in, C_out):
    x, w, bias, dy = normal(T, H, C_in, W, B), normal(3, 3, C_in, C_out), normal(C_out), normal(T, H, C_out, W, B)
    on = cupy.asarray
    for b, relu in ((None, False), (bias, False), (None, True), (bias, True)):
        expected, found = np.empty(dy.shape), cupy.empty(dy.shape)
        convolve.Correlation(w, x, b, relu)(x, expected)
        form(on(w), on(x), b if b is None else on(b), relu)(on(x), found)
        near(found, expected)
    expected, found = np.empty(x.shape), cupy.empty(x.shape)
    convolve.Correlation(w, dy, is_turned=True)(dy, expected)
    form(on(w), on(dy), is_turned=True)(on(dy), found)
    near(found, expected)


@pytest.mark.parametrize("form", [convolve.direct_weight_gradient, convolve.product_weight_gradient])
@pytest.mark.parametrize(("T", "H", "W", "B", "C_in", "C_out"), SIZES)
def test_weight_gradient(cupy, normal, form, T, H, W, B, C_in, C_out):
    x, dy = normal(T, H, C_in, W, B), normal(T, H, C_out, W, B)
    near(form(cupy.asarray(dy), cupy.asarray(x)), convolve.weight_gradient(dy, x))


def test_a_product_in_pieces_is_the_same(cupy, normal, monkeypatch):
    monkeypatch.setattr("mgnm.device.pieces.SCRATCH", 1)
    test_correlation(cupy, normal, convolve.Product, 3, 2, 3, 2, 2, 3)
    test_weight_gradient(cupy, normal, convolve.product_weight_gradient, 3, 2, 3, 2, 2, 3)


def test_many_channels_take_the_product(cupy, normal):
    taken = [type(convolve.correlation_steps(normal(3, 3, C_in, C_out), None)) for C_in, C_out in ((16, 64), (64, 64))]
    assert taken == [convolve.Direct, convolve.Product]


def test_sums(cupy, normal):
    for shape, C in (((2, 3, 4, 5, 2), 4), ((1, 4, 1, 0), 4), ((8, 2, 700), 8)):
        x = normal(*shape) + 2
        near(launch(sums.CHANNEL_SUM, cupy.asarray(x)), sums.channel_sum(x))
        cell = normal(*shape[:-3], C // 4, *shape[-2:]) + 2
        for gate in range(4):
            near(launch(sums.CHANNEL_DOT, cupy.asarray(x), cupy.asarray(cell), gate), sums.channel_dot(x, cell, gate))
        near(launch(sums.SQUARES, cupy.asarray(x.ravel())), sums.squares(x.ravel()))


# ---- refusals -------------------------------------------------------------------------------------------------------

def test_arrays_too_large_for_32_bits_are_refused(cupy, monkeypatch):
    monkeypatch.setattr(launcher, "MOST", 5)
    launch(SIGMOID, cupy.zeros(5), cupy.zeros(5))
    with pytest.raises(mgnm.UserError, match="sigmoid: x has 6 entries, more than 5; use a smaller batch"):
        launch(SIGMOID, cupy.zeros(6), cupy.zeros(6))


def test_a_join_refuses_what_it_could_not_write_back(cupy):
    x = cupy.zeros((2, 2, 3, 2, 4))
    with pytest.raises(ValueError, match="contiguous"):
        ops.join(None, x, cupy.zeros((2, 4, 2, 4, 8))[..., ::2])
