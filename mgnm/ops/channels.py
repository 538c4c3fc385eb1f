"""Putting two grids of the same size together, beside each other or on top of each other: (T, H, C, W, B)."""

from ..device import empty
from ..kernels import launch
from ..kernels.residual import RESIDUAL_ADD


def concatenate(a, b):
    """Channels of `a`, then channels of `b`: the reader's features beside the writer's memory (REFERENCE 2)."""
    T, H, C, W, B = a.shape
    y = empty((T, H, C + b.shape[2], W, B), a)
    y[:, :, :C] = a
    y[:, :, C:] = b
    return y, C


def concatenate_backward(dy, cache):
    """Each input gets the gradient of its own channels (views of dy)."""
    C = cache
    return dy[:, :, :C], dy[:, :, C:]


def residual_add(x, source):
    """y = x + source, where a source with fewer channels counts as zero in the missing ones (REFERENCE 3)."""
    T, H, _, W, B = x.shape
    C = source.shape[2]
    if C > x.shape[2]:
        raise ValueError(f"a residual source of {C} channels does not fit into {x.shape[2]}")
    y = empty(x.shape, x)                                   # (T, H, C, W, B)
    launch(RESIDUAL_ADD, *(grid.reshape(T * H, grid.shape[2], W * B) for grid in (x, source, y)))
    return y, C


def residual_add_backward(dy, cache):
    """x gets all of dy, the source the channels that it was added to (both are dy itself or a view of it)."""
    C = cache
    return dy, dy[:, :, :C]
