"""The two ends of a network: data comes and goes as (T, B, H, W, C), and is computed as (T, H, C, W, B)."""


def to_grid(x, dtype, xp):
    """(T, B, H, W, C) -> (T, H, C, W, B), contiguous, on the network's device."""
    return xp.ascontiguousarray(xp.asarray(x, dtype).transpose(0, 2, 4, 3, 1))


def from_grid(x):
    """(T, H, C, W, B) -> (T, B, H, W, C), a view."""
    return x.transpose(0, 4, 1, 3, 2)
