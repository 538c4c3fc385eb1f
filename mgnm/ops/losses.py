"""Losses over any shape of predictions: one number, and its gradient with respect to the logits.

A mask (1 counts, 0 does not; it broadcasts to the targets) chooses the entries that are asked for. "sum" adds them up,
as the released code does; "mean" divides by their number. The learning rate has to fit the choice (REFERENCE 5). Logits,
targets and mask are on one device, and the loss stays there as an array without axes: reading it is up to the caller.
"""

from math import prod

from ..device import array_module, empty
from ..kernels import launch
from ..kernels.losses import SIGMOID_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY


def sigmoid_cross_entropy(logits, targets, mask=None, reduction="mean"):
    """-log p(targets) for independent yes/no answers, p = sig(logits); all (...,), targets in [0, 1].

    log(1 + exp(z)) - t z, with the exponential of -|z| only: exact and finite for logits of any size.
    """
    mask, scale = _weights(logits, logits.shape, mask, reduction)
    each, dlogits = empty(logits.shape, logits), empty(logits.shape, logits)
    launch(SIGMOID_CROSS_ENTROPY, logits, targets.astype(logits.dtype, copy=False), mask, scale, each, dlogits)
    return each.sum() * scale, dlogits


def sigmoid_cross_entropy_backward(dloss, cache):
    """dlogits = sig(logits) - targets, scaled as the loss was; zero where the mask is. It was made with the loss."""
    dlogits = cache
    return dloss * dlogits


def softmax_cross_entropy(logits, targets, mask=None, reduction="mean"):
    """-log p(target) for one answer of K: logits (..., K), targets integers (...,)."""
    *leading, K = logits.shape
    mask, scale = _weights(logits, leading, mask, reduction)
    rows, chosen = logits.reshape(-1, K), targets.reshape(-1).astype("int64", copy=False)
    each, dlogits = empty((len(rows),), logits), empty(rows.shape, logits)
    launch(SOFTMAX_CROSS_ENTROPY, rows, chosen, mask if isinstance(mask, int) else mask.reshape(-1), scale, each, dlogits)
    return each.sum() * scale, dlogits.reshape(logits.shape)


def softmax_cross_entropy_backward(dloss, cache):
    """dlogits = softmax(logits) - onehot(target), scaled as the loss was; zero where the mask is. Made with the loss."""
    dlogits = cache
    return dloss * dlogits


def _weights(logits, shape, mask, reduction):
    """What each of the entries of this shape counts (1, or the mask broadcast), and what their sum is multiplied by."""
    if mask is None:
        return 1, scale_of(max(prod(shape), 1), reduction)
    xp = array_module(logits)
    weights = xp.broadcast_to(mask.astype(logits.dtype), tuple(shape))
    return weights, scale_of(xp.maximum(weights.sum(), 1), reduction)


def scale_of(count, reduction):
    """What a sum over so many entries is multiplied by: 1/count for "mean", 1 for "sum"; ValueError for anything else."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction {reduction!r} is unknown: use mean or sum")
    return 1 / count if reduction == "mean" else 1
