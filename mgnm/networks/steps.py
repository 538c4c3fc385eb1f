"""The steps of a sequence at which answers are read: a slice, or a list of numbers."""

from ..device import array_module, zeros


def take(x, steps):
    """(T, ...) -> (S, ...); of a slice, a view."""
    return x[steps] if isinstance(steps, slice) else array_module(x).stack([x[t] for t in steps])


def put(dy, steps, T):
    """The adjoint, (S, ...) -> (T, ...): a step without an answer gets no gradient from here, one read twice two."""
    dx = zeros((T, *dy.shape[1:]), dy)
    if isinstance(steps, slice):
        dx[steps] = dy
    else:
        for s, t in enumerate(steps):
            dx[t] += dy[s]
    return dx
