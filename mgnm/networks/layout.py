"""The two ends of a network: data comes and goes as (T, B, H, W, C), and is computed as (T, H, C, W, B)."""


def to_grid(x, dtype, xp, side=0):
    """(T, B, H, W, C) -> (T, H, C, W, B), contiguous, on the network's device; with zeros all around it if `side` is larger:
    (T, side, C, side, B)."""
    grid = xp.asarray(x, dtype).transpose(0, 2, 4, 3, 1)
    T, H, C, W, B = grid.shape
    if side <= H:
        return xp.ascontiguousarray(grid)
    laid = xp.zeros((T, side, C, side, B), dtype)
    laid[:, middle(H, side), :, middle(W, side)] = grid
    return laid


def from_grid(x, side=None):
    """(T, H, C, W, B) -> (T, B, H, W, C), a view; of the `side` rows and columns in the middle, if it is given."""
    inside = middle(side, x.shape[1]) if side else slice(None)
    return x[:, inside, :, inside].transpose(0, 4, 1, 3, 2)


def middle(part, whole):
    """A slice of `part` in the middle of `whole`; where that lies between two, the first of them."""
    start = (whole - part) // 2
    return slice(start, start + part)
