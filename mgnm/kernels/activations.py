"""Pointwise nonlinearities, a pass each.

    relu: y = max(x + b, 0), dx = dy where y > 0, else 0             sigmoid: y = 1 / (1 + exp(-x))

Arrays of any shape; a bias that is given as (C, 1, 1) is repeated. The rectifier keeps a NaN, as NumPy's does and CUDA's
max() does not: a network that has diverged must not look as if it were silent.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def bias_relu(x, bias, out=None):
    """y = max(x + bias, 0)."""
    y = np.add(x, bias, out=out[0] if out else None)
    return np.maximum(y, 0, out=y)


def relu_backward(dy, y, out=None):
    """dx = dy where y > 0, else 0 (at the kink itself, too)."""
    return np.multiply(dy, y > 0, out=out[0] if out else None)


def sigmoid(x, out=None):
    """y = 1 / (1 + exp(-x)), as (1 + tanh(x / 2)) / 2: no overflow at either end."""
    y = np.multiply(x, 0.5, out=out[0] if out else None)
    np.tanh(y, out=y)
    y *= 0.5
    y += 0.5
    return y


SIGMOID_TEXT = "__device__ T sigmoid(T x) { return T(1) / (T(1) + exp(-x)); }\n"

BIAS_RELU = Elementwise("bias_relu", "T x, T bias", "T y", """
    const T z = x + bias;
    y = z < T(0) ? T(0) : z;""", twin=bias_relu)

RELU_BACKWARD = Elementwise("relu_backward", "T dy, T y", "T dx", "dx = y > T(0) ? dy : T(0)", twin=relu_backward)

SIGMOID = Elementwise("sigmoid", "T x", "T y", "y = sigmoid(x)", twin=sigmoid, preamble=SIGMOID_TEXT)
