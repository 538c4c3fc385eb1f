"""What stands behind a convolution: its bias and the rectifier, in one pass.

    y = max(x + b, 0)            dx = dy where y > 0, else 0

x, y (N, C, R), R = W B; the bias is given as (C, 1), and CuPy repeats it. The rectifier keeps a NaN, as NumPy's
does and CUDA's max() does not: a network that has diverged must not look as if it were silent.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def bias_relu(x, bias):
    """y = max(x + bias, 0)."""
    return np.maximum(x + bias, 0)


def relu_backward(dy, y):
    """dx = dy where y > 0, else 0 (at the kink itself, too)."""
    return dy * (y > 0)


BIAS_RELU = Elementwise("bias_relu", "T x, T bias", "T y", """
    const T z = x + bias;
    y = z < T(0) ? T(0) : z;""", twin=bias_relu)

RELU_BACKWARD = Elementwise("relu_backward", "T dy, T y", "T dx", "dx = y > T(0) ? dy : T(0)", twin=relu_backward)
