"""Losses over any shape of predictions: one number, and its gradient with respect to the logits.

A mask (1 counts, 0 does not; it broadcasts to the targets) chooses the entries that are asked for. "sum" adds them up,
as the released code does; "mean" divides by their number. The learning rate has to fit the choice (REFERENCE 5).
"""

from ..device import array_module
from .activations import sigmoid


def sigmoid_cross_entropy(logits, targets, mask=None, reduction="mean"):
    """-log p(targets) for independent yes/no answers, p = sig(logits); all (...,), targets in [0, 1].

    log(1 + exp(z)) - t z, with the exponential of -|z| only: exact and finite for logits of any size.
    """
    xp = array_module(logits)
    each = xp.maximum(logits, 0) - logits * targets + xp.log1p(xp.exp(-abs(logits)))
    return _reduce(xp, each, mask, reduction, (logits, targets))


def sigmoid_cross_entropy_backward(dloss, cache):
    """dlogits = (sig(logits) - targets), scaled as the loss was; zero where the mask is."""
    (logits, targets), mask, scale = cache
    p, _ = sigmoid(logits)
    return _expand(p - targets, mask, dloss * scale)


def softmax_cross_entropy(logits, targets, mask=None, reduction="mean"):
    """-log p(target) for one answer of K: logits (..., K), targets integers (...,)."""
    xp = array_module(logits)
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - xp.log(xp.exp(shifted).sum(-1, keepdims=True))            # (..., K)
    each = -xp.take_along_axis(log_p, targets[..., None], -1)[..., 0]           # (...,)
    return _reduce(xp, each, mask, reduction, (log_p, targets))


def softmax_cross_entropy_backward(dloss, cache):
    """dlogits = softmax(logits) - onehot(targets), scaled as the loss was; zero where the mask is."""
    (log_p, targets), mask, scale = cache
    xp = array_module(log_p)
    dlogits = xp.exp(log_p)
    dlogits -= targets[..., None] == xp.arange(log_p.shape[-1])
    return _expand(dlogits, None if mask is None else mask[..., None], dloss * scale)


def _reduce(xp, each, mask, reduction, kept):
    """One number from the loss of every entry, and the cache; `scale` is what each entry's gradient is multiplied by."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction {reduction!r} is unknown: use mean or sum")
    if mask is None:
        total, count = each.sum(), max(each.size, 1)
    else:
        mask = xp.broadcast_to(mask, each.shape)
        total, count = (each * mask).sum(), xp.maximum(mask.sum(), 1).astype(each.dtype)
    scale = 1.0 / count if reduction == "mean" else 1.0
    return total * scale, (kept, mask, scale)


def _expand(each, mask, scale):
    return each * scale if mask is None else each * mask * scale
