"""Where to read, and the reading itself (REFERENCE 6, equation 6)."""

from ...device import array_module


def read_weighting(modes, first, second, third):
    """wr = sum_k pi_k w_k: each head's mix (B, R, 3) of three weightings (B, R, N), in the order of its modes; cache."""
    candidates = array_module(modes).stack([first, second, third], axis=2)                      # (B, R, 3, N)
    return (modes[:, :, None, :] @ candidates)[:, :, 0], (modes, candidates)


def read_weighting_backward(dwr, cache):
    """dmodes, dfirst, dsecond, dthird."""
    modes, candidates = cache
    dmodes = (candidates @ dwr[:, :, :, None])[:, :, :, 0]
    return dmodes, *(modes[:, :, k:k + 1] * dwr for k in range(3))


def read_slots(memory, read_weights):
    """r = M^T wr for each head: slots (B, N, W), weights (B, R, N) -> (B, R, W), cache."""
    return read_weights @ memory, (memory, read_weights)


def read_slots_backward(dreads, cache):
    """dmemory, dread_weights."""
    memory, read_weights = cache
    return read_weights.swapaxes(1, 2) @ dreads, dreads @ memory.swapaxes(1, 2)
