"""Pointwise nonlinearities, for arrays of any shape. Each needs only its own output for the way back."""

from ..device import array_module, empty
from ..kernels import launch
from ..kernels.activations import BIAS_RELU, RELU_BACKWARD, SIGMOID


def relu(x):
    """y = max(x, 0)."""
    y = empty(x.shape, x)
    launch(BIAS_RELU, x, 0, y)
    return y, y


def relu_backward(dy, cache):
    """dx = dy where y > 0, else 0 (at the kink itself, too)."""
    y = cache
    dx = empty(y.shape, y)
    launch(RELU_BACKWARD, dy, y, dx)
    return dx


def sigmoid(x):
    """y = 1 / (1 + exp(-x))."""
    y = empty(x.shape, x)
    launch(SIGMOID, x, y)
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
