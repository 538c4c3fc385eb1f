"""Between vectors and grids: what has no place in space is spread over a grid, and gathered from one.

A vector of H W C numbers is a grid of H x W cells with C channels, in the order (H, W, C); its places mean what the
linear map before or after it makes of them.
"""

from ..device import array_module


def vectors_to_grid(x, side):
    """(T, B, side side C) -> (T, side, C, side, B)."""
    T, B, width = x.shape
    cells = x.reshape(T, B, side, side, width // (side * side))
    return array_module(x).ascontiguousarray(cells.transpose(0, 2, 4, 3, 1)), None


def vectors_to_grid_backward(dy, cache):
    """Every number is in one place: its gradient is collected there."""
    return grid_to_vectors(dy)[0]


def grid_to_vectors(x):
    """(T, H, C, W, B) -> (T, B, H W C)."""
    T, H, C, W, B = x.shape
    return array_module(x).ascontiguousarray(x.transpose(0, 4, 1, 3, 2)).reshape(T, B, H * W * C), x.shape


def grid_to_vectors_backward(dy, cache):
    """Every number is in one place: its gradient is put back there."""
    T, H, C, W, B = cache
    cells = dy.reshape(T, B, H, W, C)
    return array_module(dy).ascontiguousarray(cells.transpose(0, 2, 4, 3, 1))
