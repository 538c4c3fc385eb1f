"""What a derivative check cannot see: ties, extreme logits, shapes, pieces that do not show, and dtypes."""

import inspect

import numpy as np
import pytest

from mgnm import ops
from mgnm.device import pieces
from mgnm.kernels import correlation


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def plain_convolution(x, w):
    """Nine shifted products, as the definition says."""
    H, W = x.shape[1], x.shape[3]
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0), (1, 1), (0, 0)))
    return sum(np.einsum("thcwb,cd->thdwb", padded[:, r:r + H, :, k:k + W], w[r, k]) for r in range(3) for k in range(3))


@pytest.mark.parametrize("C_in, C_out", [(1, 1), (2, 5), (5, 2), (4, 4), (1, 7), (7, 1)])
@pytest.mark.parametrize("H, W", [(1, 1), (3, 3), (6, 6), (5, 2)])
@pytest.mark.parametrize("cache", [1, 3000, pieces.CACHE])
def test_convolution_is_the_definition_whatever_the_pieces(monkeypatch, rng, C_in, C_out, H, W, cache):
    monkeypatch.setattr(pieces, "CACHE", cache)
    x, w, b = rng.normal(size=(3, H, C_in, W, 2)), rng.normal(size=(3, 3, C_in, C_out)), rng.normal(size=C_out)
    y, _ = ops.conv3x3(x, w, b)
    np.testing.assert_allclose(y, plain_convolution(x, w) + b[:, None, None], atol=1e-12)
    dy = rng.normal(size=y.shape)
    dx, dw, db = ops.conv3x3_backward(dy, (x, w, True))
    dot = (plain_convolution(x, w) * dy).sum()              # linear in x and in w: <dx, x> = <dw, w> = <y, dy>
    np.testing.assert_allclose([(dx * x).sum(), (dw * w).sum()], dot, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(db, dy.sum((0, 1, 3, 4)))


def test_a_convolution_refuses_memory_that_it_cannot_view():
    with pytest.raises(ValueError, match="contiguous"):
        correlation.as_rows(np.zeros((2, 3, 4, 5, 6)).swapaxes(2, 3))


def test_batch_and_time_may_be_empty(rng):
    for shape in [(0, 4, 3, 4, 2), (2, 4, 3, 4, 0)]:
        x, w = np.zeros(shape), rng.normal(size=(3, 3, 3, 5))
        y, cache = ops.conv3x3(x, w)
        dx, dw, _ = ops.conv3x3_backward(y, cache)
        assert y.shape == (*shape[:2], 5, *shape[3:]) and dx.shape == shape and not np.any(dw)


def test_of_equal_maxima_the_first_in_reading_order_wins():
    x = np.zeros((1, 2, 1, 2, 4))                           # four windows, side by side in the batch
    x[0, :, 0, :, 1] = [[0, 1], [1, 1]]
    x[0, :, 0, :, 2] = [[0, 0], [1, 1]]
    x[0, :, 0, :, 3] = [[0, 0], [0, 1]]
    y, cache = ops.maxpool(x)
    np.testing.assert_array_equal(y[0, 0, 0, 0], [0, 1, 1, 1])
    dx = ops.maxpool_backward(np.ones_like(y), cache)
    winners = [np.argwhere(dx[0, :, 0, :, window]).tolist() for window in range(4)]
    assert winners == [[[0, 0]], [[0, 1]], [[1, 0]], [[1, 1]]]


def test_join_order_is_up_same_down():
    coarse, same = np.full((1, 1, 1, 1, 1), 1.0), np.full((1, 2, 2, 2, 1), 2.0)
    fine = np.arange(16.0).reshape(1, 4, 1, 4, 1)
    y, _ = ops.join(coarse, same, fine)
    assert y[0, :, 0].ravel().tolist() == [1] * 4 and (y[0, :, 1:3] == 2).all()
    assert y[0, :, 3, :, 0].tolist() == [[5, 7], [13, 15]]


@pytest.mark.parametrize("part", range(3))
def test_a_join_of_one_neighbour(rng, part):
    grids = [None] * 3
    grids[part] = rng.normal(size=(2, 4, 3, 4, 2))
    y, cache = ops.join(*grids)
    expected = [ops.upsample, lambda x: (x, None), ops.maxpool][part](grids[part])[0]
    np.testing.assert_array_equal(y, expected)
    gradients = ops.join_backward(y, cache)
    assert [g is None for g in gradients] == [g is None for g in grids]


def test_a_level_without_neighbours_is_refused():
    with pytest.raises(ValueError, match="neighbour"):
        ops.join(None, None, None)


def test_a_residual_source_must_not_be_wider():
    with pytest.raises(ValueError, match="3 channels does not fit into 2"):
        ops.residual_add(np.zeros((1, 2, 2, 2, 1)), np.zeros((1, 2, 3, 2, 1)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_sigmoid_cross_entropy_at_extreme_logits(dtype, reduction):
    logits = np.array([-1e4, -1e4, 1e4, 1e4, 0, 0], dtype)
    targets = np.array([0, 1, 0, 1, 0, 1], dtype)
    loss, cache = ops.sigmoid_cross_entropy(logits, targets, reduction=reduction)
    scale = 1 if reduction == "sum" else 1 / 6
    np.testing.assert_allclose(loss, scale * (0 + 1e4 + 1e4 + 0 + 2 * np.log(2)), rtol=1e-6)
    dlogits = ops.sigmoid_cross_entropy_backward(1.0, cache)
    np.testing.assert_allclose(dlogits, scale * np.array([0, -1, 1, 0, 0.5, -0.5]), atol=1e-7)
    assert loss.dtype == dlogits.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_cross_entropy_at_extreme_logits(dtype):
    logits = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype)
    loss, cache = ops.softmax_cross_entropy(logits, np.array([0, 1, 2]), reduction="sum")
    np.testing.assert_allclose(loss, 0 + 2e4 + np.log(3), rtol=1e-6)
    dlogits = ops.softmax_cross_entropy_backward(1.0, cache)
    np.testing.assert_allclose(dlogits, [[0, 0, 0], [1, -1, 0], [1 / 3, 1 / 3, -2 / 3]], atol=1e-7)
    assert loss.dtype == dlogits.dtype == dtype


@pytest.mark.parametrize("name", ["sigmoid", "softmax"])
def test_masked_entries_do_not_count(rng, name):
    logits = rng.normal(size=(4, 3))
    targets = rng.integers(0, 2, (4, 3)).astype(float) if name == "sigmoid" else rng.integers(0, 3, 4)
    mask = np.array([1.0, 0, 1, 0])
    loss_of, backward = getattr(ops, f"{name}_cross_entropy"), getattr(ops, f"{name}_cross_entropy_backward")
    loss, cache = loss_of(logits, targets, mask=mask[:, None] if name == "sigmoid" else mask)
    expected, expected_cache = loss_of(logits[::2], targets[::2])
    np.testing.assert_allclose(loss, expected)
    dlogits = backward(1.0, cache)
    assert not dlogits[1::2].any()
    np.testing.assert_allclose(dlogits[::2], backward(1.0, expected_cache))


def test_a_mask_that_hides_everything_gives_zero():
    loss, cache = ops.sigmoid_cross_entropy(np.ones(3), np.ones(3), mask=np.zeros(3))
    assert loss == 0 and not ops.sigmoid_cross_entropy_backward(1.0, cache).any()


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match="median"):
        ops.sigmoid_cross_entropy(np.ones(3), np.ones(3), reduction="median")


def test_sigmoid_is_finite_and_exact_at_both_ends():
    y, _ = ops.sigmoid(np.array([-1e4, 0, 1e4], np.float32))
    assert y.tolist() == [0, 0.5, 1] and y.dtype == np.float32


def test_every_backward_stands_right_below_its_forward():
    for name in ops.__all__:
        if name.endswith("_backward"):
            forward, backward = getattr(ops, name.removesuffix("_backward")), getattr(ops, name)
            functions = [f for _, f in inspect.getmembers(inspect.getmodule(forward), inspect.isfunction)
                         if f.__module__ == forward.__module__]
            functions.sort(key=lambda f: f.__code__.co_firstlineno)
            assert functions.index(backward) == functions.index(forward) + 1, name
