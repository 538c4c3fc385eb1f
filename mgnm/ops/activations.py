"""Pointwise nonlinearities, for arrays of any shape. Each needs only its own output for the way back."""

from ..device import array_module, empty


def relu(x, out=None):
    """y = max(x, 0)."""
    y = array_module(x).maximum(x, 0, out=empty(x.shape, x) if out is None else out)
    return y, y


def relu_backward(dy, cache):
    """dx = dy where y > 0, else 0 (at the kink itself, too)."""
    y = cache
    return array_module(y).multiply(dy, y > 0, out=empty(y.shape, y))


def sigmoid(x):
    """y = 1 / (1 + exp(-x)), as (1 + tanh(x / 2)) / 2: no overflow at either end."""
    xp = array_module(x)
    y = xp.multiply(x, 0.5, out=empty(x.shape, x))
    xp.tanh(y, out=y)
    y *= 0.5
    y += 0.5
    return y, y


def sigmoid_backward(dy, cache):
    """dx = dy y (1 - y)."""
    y = cache
    return dy * (y - y * y)


def tanh(x):
    """y = tanh(x)."""
    y = array_module(x).tanh(x, out=empty(x.shape, x))
    return y, y


def tanh_backward(dy, cache):
    """dx = dy (1 - y^2)."""
    y = cache
    return dy * (1 - y * y)
