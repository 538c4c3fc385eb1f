"""The 3x3 convolution with zero padding, stride 1 (REFERENCE 2).

    y[h, :, w] = b + sum over row r and column k of the kernel:  W[r, k]^T x[h + r - 1, :, w + k - 1]
"""

from ..device import empty
from ..kernels import launch
from ..kernels.convolve import CORRELATION, WEIGHT_GRADIENT
from ..kernels.sums import CHANNEL_SUM


def conv3x3(x, w, b=None, relu=False):
    """(T, H, C_in, W, B) with kernel (3, 3, C_in, C_out) and bias (C_out,) -> (T, H, C_out, W, B).

    x may be an array or a `Joined`. With `relu`, y = max(y, 0); its way back is `relu_backward`, before this one's.
    """
    T, H, _, W, B = x.shape
    y = empty((T, H, w.shape[3], W, B), w)
    launch(CORRELATION, w, x, b, relu)(x, y)
    return y, (x, w, b is not None)


def conv3x3_backward(dy, cache):
    """dx: every output gives its gradient back along the same taps, so dy is correlated with the turned kernel.
    dw: every tap collects input times output gradient from all places and times; db: the output gradient alone
    (None where there was no bias)."""
    x, w, has_bias = cache
    dx = empty(x.shape, w)
    launch(CORRELATION, w, dy, None, False, True)(dy, dx)
    return dx, launch(WEIGHT_GRADIENT, dy, x), launch(CHANNEL_SUM, dy) if has_bias else None
