"""The project's CUDA kernels: their twins say what the ops say; every tile width; NaNs; launches of ordinary size."""

import numpy as np
import pytest

from gradcheck.hostcuda import check_kernel, check_many
from gradcheck.hostcuda.cases.convolution import conv3x3, conv3x3_weights, of_width
from mgnm import ops
from mgnm.kernels import activations, convolution, gates, join, launch, losses, residual, sums
from mgnm.training.optimisers import OPTIMISERS, clip_by_global_norm


@pytest.fixture
def normal():
    rng = np.random.default_rng(11)
    return lambda *shape: rng.standard_normal(shape)


def run(kernel, *arguments, shapes):
    """Launch on NumPy arrays, where the twin runs: new outputs of these shapes."""
    outputs = [np.empty(shape) for shape in shapes]
    launch(kernel, *arguments, *outputs)
    return outputs


def equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


# ---- twins are ops -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("peepholes", [False, True])
def test_gates(normal, peepholes):
    shape, maps = (2, 3, 5, 4, 3), (2, 3, 20, 4, 3)
    z_x, z_h, bias = normal(*maps), normal(*maps), normal(20)
    c_previous, dh, dc = normal(*shape), normal(*shape), normal(*shape)
    peephole = [normal(3, 5)] if peepholes else []
    forward, backward = ((gates.LSTM_GATES_PEEPHOLE, gates.LSTM_GATES_PEEPHOLE_BACKWARD) if peepholes else
                         (gates.LSTM_GATES, gates.LSTM_GATES_BACKWARD))
    (h, c), cache = ops.lstm_gates(z_x, z_h, c_previous, bias, *peephole, forget_bias=0.7)
    found = run(forward, z_x, z_h, bias, *peephole, c_previous, 0.7, shapes=[maps, shape, shape])
    equal(found, [cache[0], h, c])
    dz, _, dc_previous, dbias, dpeephole = ops.lstm_gates_backward((dh, dc), cache)
    equal(run(backward, found[0], *peephole, c_previous, c, dh, dc, shapes=[maps, shape]), [dz, dc_previous])
    N, C, R = 6, 5, 12
    parts, = run(sums.CHANNEL_SUMS, dz, N, 4 * C, 0, 4 * C, R, 3, shapes=[(3, 4 * C)])
    equal(run(sums.ADD_PARTS, parts, shapes=[4 * C]), [dbias])
    for k, (gate, cell) in enumerate(((0, c_previous), (2, c_previous), (3, c)) if peepholes else ()):
        parts, = run(sums.CHANNEL_DOTS, dz, cell, N, 4 * C, gate * C, C, R, 2, shapes=[(2, C)])
        equal(run(sums.ADD_PARTS, parts, shapes=[C]), [dpeephole[k]])


@pytest.mark.parametrize("present", ["up", "same", "down", "up same", "same down", "up down", "up same down"])
def test_join(normal, present):
    T, H, W, B = 2, 4, 6, 3
    shapes = {"up": (T, H // 2, 2, W // 2, B), "same": (T, H, 1, W, B), "down": (T, 2 * H, 3, 2 * W, B)}
    grids = [np.round(normal(*shape)) if name in present.split() else None for name, shape in shapes.items()]
    y, cache = ops.join(*grids)

    def rows(x):                                            # time and height are one axis
        return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])
    given = [rows(np.empty((*shape[:2], 0, *shape[3:])) if x is None else x)
             for x, shape in zip(grids, shapes.values())]
    equal(run(join.JOIN, *given, shapes=[rows(y).shape]), [rows(y)])
    dy = normal(*y.shape)
    expected = [empty if dx is None else rows(dx) for dx, empty in zip(ops.join_backward(dy, cache), given)]
    found = [np.zeros(x.shape) for x in given]              # the kernel adds
    launch(join.JOIN_BACKWARD, rows(dy), given[2], given[0].shape[1], *found)
    equal(found, expected)


def test_convolution(normal):
    N, H, C_in, W, B, C_out, S = 2, 4, 3, 5, 3, 6, 4
    x, w, bias, dy = normal(N, H, C_in, W, B), normal(3, 3, C_in, C_out), normal(C_out), normal(N, H, C_out, W, B)
    y, cache = ops.conv3x3(x, w, bias)
    equal(convolution_forward(x, w, bias, relu=True), [np.maximum(y, 0)])
    dx, dw, _ = ops.conv3x3_backward(dy, cache)
    equal(convolution_forward(dy, w, np.zeros(C_in), turned=True), [dx])
    length = convolution.part_length(N * H * B, S)
    parts, = run(convolution.CONV3X3_WEIGHTS, x, dy, N, H, W, B, C_in, C_out, S, length, shapes=[(S, *w.shape)])
    equal(run(sums.ADD_PARTS, parts.reshape(S, -1), shapes=[dw.size]), [dw.reshape(-1)])


def convolution_forward(x, w, bias, turned=False, relu=False):
    N, H, C_in, W, B = x.shape
    return run(convolution.CONV3X3, x, w, bias, N, H, W, B, C_in, len(bias), turned, relu,
               shapes=[(N, H, len(bias), W, B)])


def test_pointwise_kernels(normal):
    x, bias, source, dy = normal(4, 5, 6), normal(5), normal(4, 3, 6), normal(4, 5, 6)
    y = ops.relu(x + bias[:, None])[0]
    equal(run(activations.BIAS_RELU, x, bias[:, None], shapes=[x.shape]), [y])
    equal(run(activations.RELU_BACKWARD, dy, y, shapes=[x.shape]), [ops.relu_backward(dy, y)])
    wide = x.reshape(2, 2, 5, 3, 2), source.reshape(2, 2, 3, 3, 2)
    equal(run(residual.RESIDUAL_ADD, x, source, shapes=[x.shape]), [ops.residual_add(*wide)[0].reshape(x.shape)])


def test_losses(normal):
    logits, answers = 5 * normal(7, 4), np.array([0, 3, 1, 1, 2, 0, 3])
    targets, mask = (logits + normal(7, 4) > 0).astype(float), (normal(7, 4) > 0).astype(float)
    loss, cache = ops.sigmoid_cross_entropy(logits, targets, mask)
    scale = 1 / mask.sum()
    each, dlogits = run(losses.SIGMOID_CROSS_ENTROPY, logits, targets, mask, scale, shapes=[(7, 4), (7, 4)])
    equal([each.sum() * scale, dlogits], [loss, ops.sigmoid_cross_entropy_backward(1.0, cache)])
    loss, cache = ops.softmax_cross_entropy(logits, answers, mask[:, 0], "sum")
    each, dlogits = run(losses.SOFTMAX_CROSS_ENTROPY, logits, answers, mask[:, 0], 1, shapes=[7, (7, 4)])
    equal([each.sum(), dlogits], [loss, ops.softmax_cross_entropy_backward(1.0, cache)])


def sgd_step(n, g, w, v):
    v = 0.9 * v + 0.01 * g
    return w - v, v


def rmsprop_step(n, g, w, square, v):
    square = 0.99 * square + 0.01 * g ** 2
    return w - 0.01 * g / np.sqrt(square + 0.1), square, 0.01 * g / np.sqrt(square + 0.1)


def adam_step(n, g, w, mean, square):
    mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g ** 2
    return w - 0.01 * mean / (1 - 0.9 ** n) / (np.sqrt(square / (1 - 0.999 ** n)) + 1e-8), mean, square


@pytest.mark.parametrize(("name", "step"), [("sgd", sgd_step), ("rmsprop", rmsprop_step), ("adam", adam_step)])
def test_optimisers(normal, name, step):
    values, grads = normal(50), 10 * normal(3, 50)
    optimiser = OPTIMISERS[name](values)
    expected = [values.copy(), *(x.copy() for x in optimiser.state.values())]
    for n, g in enumerate(grads):
        optimiser.step(values, g, 0.01, n)
        expected = step(n + 1, g, *expected)
    equal([values, *optimiser.state.values()], expected)


@pytest.mark.parametrize("limit", [1.0, 1000.0])
def test_clipping(normal, limit):
    grads = normal(3000)
    clipped = grads.copy()
    norm = np.sqrt((grads ** 2).sum())
    equal(clip_by_global_norm(clipped, limit), [norm ** 2])
    equal([clipped], [grads * min(1, limit / norm)])


# ---- the CUDA text where the cases do not go ------------------------------------------------------------------------

@pytest.mark.parametrize("out", [1, 2, 8, 16])
def test_convolutions_with_threads_of_any_width(out):
    """A small problem gets narrow threads; here it gets wide ones, and more of them than channels fill."""
    forward, backward = of_width(out)
    assert check_many(forward, conv3x3, count=3, seed=out).launches == 12
    assert check_many(backward, conv3x3_weights, count=2, seed=out).launches == 8


def test_wide_threads_are_for_large_problems():
    each = convolution.channels_each
    assert [each(C_out, 16, 10 ** 6) for C_out in (1, 2, 3, 5, 16, 64)] == [1, 2, 4, 8, 16, 16]
    assert [each(64, 16, threads) for threads in (1, 3000, 5000, 20000)] == [4, 4, 8, 16]
    assert convolution.part_count(48 * 20 * 32, 48, 64) * 48 * 64 / 8 >= 2 * convolution.ENOUGH / 32
    assert convolution.part_count(3, 1, 1) == sums.part_count(3) == 1


def test_a_convolution_with_as_many_channels_as_the_largest_preset(normal):
    x, w = normal(1, 3, 64, 3, 2).astype(np.float32), normal(3, 3, 64, 64).astype(np.float32)
    y = np.empty((1, 3, 64, 3, 2), np.float32)
    report = check_kernel(convolution.CONV3X3, {
        "x": x, "w": w, "bias": np.zeros(64, np.float32), "y": y, "N": 1, "H": 3, "W": 3, "B": 2, "C_in": 64,
        "C_out": 64, "turned": False, "relu": False})
    assert report.worst < 1e-6


def test_a_network_that_has_diverged_does_not_look_silent():
    """NaN goes through the rectifier and the pooling, from any place of a window, as it does in NumPy."""
    x = np.full((1, 1, 1), np.nan, np.float32)
    assert check_kernel(activations.BIAS_RELU, {"x": x, "bias": x[0] * 0 + 1, "y": (y := x * 0)}) and np.isnan(y).all()
    fine = np.zeros((2, 1, 2, 5), np.float32)
    for k in range(4):
        fine[k // 2, 0, k % 2, k] = np.nan
    none, y = np.empty((1, 0, 1, 5), np.float32), np.empty((1, 1, 1, 5), np.float32)
    check_kernel(join.JOIN, {"coarse": none[:0], "same": none, "fine": fine, "y": y})
    assert np.isnan(y).ravel().tolist() == [True] * 4 + [False]
