"""The multigrid join: what one level of a layer sees of the pyramid below it (REFERENCE 2).

    H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})             (+) puts channels side by side; absent levels are left out
"""

from ..device import empty
from .resampling import maxpool, maxpool_backward, upsample, upsample_backward


def join(coarse, same, fine):
    """Neighbouring grids on the scale of the middle one, channels in the order up, same, down.

    coarse (T, H/2, C1, W/2, B), same (T, H, C2, W, B), fine (T, 2H, C3, 2W, B), any of them None, but not all three
    -> (T, H, C1 + C2 + C3, W, B)
    """
    parts, pool_cache = [], None
    if coarse is not None:
        parts.append(upsample(coarse)[0])
    if same is not None:
        parts.append(same)
    if fine is not None:
        pooled, pool_cache = maxpool(fine)
        parts.append(pooled)
    T, H, _, W, B = parts[0].shape
    y = empty((T, H, sum(part.shape[2] for part in parts), W, B), parts[0])
    start = 0
    for part in parts:
        y[:, :, start:start + part.shape[2]] = part
        start += part.shape[2]
    widths = [0 if x is None else x.shape[2] for x in (coarse, same, fine)]
    return y, (widths, pool_cache)


def join_backward(dy, cache):
    """Gradients of coarse, same and fine: each takes back its channels through its own resampling; None stays None."""
    (up, same, down), pool_cache = cache
    dcoarse = upsample_backward(dy[:, :, :up], None) if up else None
    dsame = dy[:, :, up:up + same] if same else None
    dfine = maxpool_backward(dy[:, :, up + same:], pool_cache) if down else None
    return dcoarse, dsame, dfine
