"""Looking up slots by what they hold (REFERENCE 6, equation 3).

    c_n = k . M_n / (|k| |M_n|)         w = softmax_n(beta c)

|x| = sqrt(x . x + smoothing). The paper's norm is the exact one, smoothing = 0: a slot that holds almost nothing then has
a direction like any other, and a gradient that grows like 1 / |M_n|. With DeepMind's code, which smooths by 1e-6, such a
slot looks like no key. A vector of length exactly 0 has no direction: its cosine is 0 here, and it gets no gradient.
"""

from ...device import array_module, empty
from ..softmax import softmax, softmax_backward


def content_weighting(memory, keys, strengths, smoothing=0.0):
    """w (B, H, N) over the slots of memory (B, N, W), for the keys (B, H, W) and strengths beta (B, H) of H heads; cache."""
    per_key, per_slot = _inverse_norm(keys, smoothing), _inverse_norm(memory, smoothing)        # (B, H), (B, N)
    directions = keys * per_key[:, :, None]                                                     # (B, H, W)
    cosines = directions @ memory.swapaxes(1, 2)                                                # (B, H, N)
    cosines *= per_slot[:, None, :]
    w, _ = softmax(strengths[:, :, None] * cosines)
    return w, (memory, directions, strengths, per_key, per_slot, cosines, w)


def content_weighting_backward(dw, cache):
    """dmemory, dkeys, dstrengths. A vector x enters by its direction d = x / |x| alone, and

        dx = (dd - d (d . dd)) / |x|            (true of the smoothed norm as well)

    Here d . dd needs no product of vectors: for the key it is sum_n c_n dc_n, for a slot the same sum over heads.
    """
    memory, directions, strengths, per_key, per_slot, cosines, w = cache
    dscores = softmax_backward(dw, w)                                                           # (B, H, N)
    dcosines = dscores * strengths[:, :, None]
    along = dcosines * cosines
    dkeys = (dcosines * per_slot[:, None, :]) @ memory                                          # (B, H, W)
    dkeys -= directions * along.sum(2)[:, :, None]
    dkeys *= per_key[:, :, None]
    dmemory = memory * (along.sum(1) * per_slot)[:, :, None]                                    # (B, N, W)
    array_module(memory).subtract(dcosines.swapaxes(1, 2) @ directions, dmemory, out=dmemory)
    dmemory *= per_slot[:, :, None]
    return dmemory, dkeys, (dscores * cosines).sum(2)


def _inverse_norm(x, smoothing):
    """1 / |x| over the last axis; 0 where |x| is 0."""
    xp = array_module(x)
    squares = xp.multiply(x, x, out=empty(x.shape, x)).sum(-1)
    if smoothing:
        return 1 / xp.sqrt(squares + smoothing)
    there = squares > 0
    return there / xp.sqrt(xp.where(there, squares, 1))
