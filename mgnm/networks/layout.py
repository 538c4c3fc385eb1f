"""The two ends of a network: data comes and goes as (T, B, H, W, C), and is computed as (T, H, C, W, B)."""


def to_grid(x, dtype, xp, side=0):
    """(T, B, H, W, C) -> (T, H, C, W, B), contiguous, on the network's device; with zeros below and to the right of it if
    `side` is larger: (T, side, C, side, B)."""
    grid = xp.asarray(x, dtype).transpose(0, 2, 4, 3, 1)
    T, H, C, W, B = grid.shape
    if side <= H:
        return xp.ascontiguousarray(grid)
    laid = xp.zeros((T, side, C, side, B), dtype)
    laid[:, :H, :, :W] = grid
    return laid


def from_grid(x, side=None):
    """(T, H, C, W, B) -> (T, B, H, W, C), a view; of the first `side` rows and columns, if it is given."""
    return x[:, :side, :, :side].transpose(0, 4, 1, 3, 2)
