"""A 3x3 convolution as one product of matrices: the nine neighbours of every place side by side, and back.

    columns[n, h, (r, k, c), w, b] = x[n, h + r - 1, c, w + k - 1, b]         0 outside the image
    y[n, h] = W^T columns[n, h]                                              W as (9 C_in, C_out)

x (N, H, C, W, B), columns (N, H, 9C, W, B). On the way back every place of x collects what its nine copies received.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def taps(x):
    """x with a border of zeros, and its nine views moved by one tap each: [(N, H, C, W, B), ...] in reading order."""
    padded = np.pad(x, ((0, 0), (1, 1), (0, 0), (1, 1), (0, 0)))
    H, W = x.shape[1], x.shape[3]
    return padded, [padded[:, r:r + H, :, k:k + W] for r in range(3) for k in range(3)]


def im2col(x):
    """(N, H, C, W, B) -> (N, H, 9C, W, B)."""
    return np.concatenate(taps(x)[1], axis=2)


def col2im(columns):
    """(N, H, 9C, W, B) -> (N, H, C, W, B)."""
    N, H, C, W, B = columns.shape
    padded, views = taps(np.zeros((N, H, C // 9, W, B), columns.dtype))
    for view, part in zip(views, np.split(columns, 9, axis=2)):
        view += part
    return padded[:, 1:-1, :, 1:-1]


IM2COL = Elementwise("im2col", "raw T x", "T columns", """
    const ptrdiff_t tap = _ind.get()[2] / channels, c = _ind.get()[2] % channels;
    const ptrdiff_t h = _ind.get()[1] + tap / 3 - 1, w = _ind.get()[3] + tap % 3 - 1;
    const bool inside = h >= 0 && h < x.shape()[1] && w >= 0 && w < x.shape()[3];
    columns = inside ? x[{_ind.get()[0], h, c, w, _ind.get()[4]}] : T(0);""",
                     twin=im2col, reduce_dims=False, loop_prep="const ptrdiff_t channels = x.shape()[2]")

COL2IM = Elementwise("col2im", "raw T columns", "T x", """
    T sum = 0;
    for (int tap = 0; tap < 9; ++tap) {
      const ptrdiff_t h = _ind.get()[1] + 1 - tap / 3, w = _ind.get()[3] + 1 - tap % 3;
      if (h >= 0 && h < columns.shape()[1] && w >= 0 && w < columns.shape()[3])
        sum += columns[{_ind.get()[0], h, tap * channels + _ind.get()[2], w, _ind.get()[4]}];
    }
    x = sum;""", twin=col2im, reduce_dims=False, loop_prep="const ptrdiff_t channels = columns.shape()[2] / 9")
