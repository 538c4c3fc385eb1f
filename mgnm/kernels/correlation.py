"""The 3x3 convolution on the CPU: products with strided views of (T, H, C, W, B), in blocks that stay in the cache.

    y[h, :, w] = b + sum over row r and column k of the kernel:  W[r, k]^T x[h + r - 1, :, w + k - 1]

Put three copies of every image row side by side, moved one column right, not at all, and one column left: then all that
output row h needs - three rows, three columns, all channels - is ONE contiguous run of memory, and the nine shifts of
a convolution are a matrix view that overlaps its neighbours. Nothing is copied nine times.

                 window product: (C_out x 9 C_in) @ (9 C_in x W B)   expands the input three times, good for C_in <= C_out
                 row product:  (3 C_out x 3 C_in) @ (3 C_in x W B)   and adds three shifted outputs, good for C_in > C_out
"""

from math import prod

import numpy as np

from mgnm.device import empty, zeros
from mgnm.device.pieces import blocks
from mgnm.kernels.activations import bias_relu
from mgnm.kernels.joined import write_rows


def turned(w):
    """The kernel of the way back: (3, 3, C_in, C_out) turned by 180 degrees, input and output channels swapped."""
    return w[::-1, ::-1].swapaxes(2, 3)


class Window:
    """Scratch memory for blocks of image rows with their neighbours above and below, as the matrices the products need.

    columns=3 holds every row three times, moved by one column right, not at all, and left; columns=1 once. It is made
    once and filled again and again, by blocks (frames, rows) small enough for the cache.
    """

    def __init__(self, x, columns, blocks, like):
        _, self.H, C, W, B = x.shape
        n = max((frames.stop - frames.start for frames, _ in blocks), default=0)
        rows = max((rows.stop - rows.start for _, rows in blocks), default=0)
        self.columns = columns
        self.padded = empty((n, rows + 2, columns, C, W, B), like)
        if columns == 3:                                    # what moves in from outside the image; never written again
            self.padded[:, :, 0, :, 0] = 0
            self.padded[:, :, 2, :, -1] = 0
        frame, row, *_, item = self.padded.strides
        self.windows = np.lib.stride_tricks.as_strided(
            self.padded, (n, rows, 3 * columns * C, W * B), (frame, row, W * B * item, item))

    def fill(self, x, frames, rows):
        """Take in a block of x (T, H, C, W, B), an array or a Joined; returns its windows (n, rows, 3 columns C, W B)."""
        n, above, below = frames.stop - frames.start, rows.start - 1, rows.stop + 1
        first, last = max(above, 0), min(below, self.H)
        block = self.padded[:n, first - above:last - above]
        middle = block[:, :, self.columns // 2]
        write_rows(middle, x, frames, first, last)
        if self.columns == 3:
            block[:, :, 0, :, 1:] = middle[..., :-1, :]
            block[:, :, 2, :, :-1] = middle[..., 1:, :]
        if above < 0:
            self.padded[:n, 0] = 0
        if below > self.H:
            self.padded[:n, rows.stop - above] = 0
        return self.windows[:n, :rows.stop - rows.start]

    def shifted(self, n, rows):
        """The block without its neighbours: (n, rows, columns C, W B), the copies side by side."""
        return as_rows(self.padded[:n, 1:1 + rows.stop - rows.start])


class Correlation:
    """y = the sum over all nine taps of w, for inputs shaped like x, with scratch memory made once.

    w (3, 3, C_in, C_out), or (3, 3, C_out, C_in) to be `turned`; bias (C_out,) or None; with `relu`, y = max(y, 0).
    """

    def __init__(self, w, x, bias=None, relu=False, is_turned=False):
        w = turned(w) if is_turned else w
        C_in, C_out = w.shape[2:]
        T, H, _, W, B = x.shape
        self.bias = np.zeros(C_out, w.dtype) if bias is None and relu else bias
        self.relu, self.columns = relu, 3 if C_in <= C_out else 1
        self.blocks = blocks(T, H, self.columns * (C_in + C_out) * W * B * x.itemsize)
        self.window = Window(x, self.columns, self.blocks, w)
        if self.columns == 3:
            self.matrix = np.ascontiguousarray(w).reshape(9 * C_in, C_out).T
        else:
            self.matrix = w.transpose(1, 3, 0, 2).reshape(3 * C_out, 3 * C_in)
            n, rows, _, _ = self.window.windows.shape
            self.taps = empty((n, rows, 3, C_out, W, B), w)                 # what each kernel column adds

    def __call__(self, x, y):
        """Fill y (T, H, C_out, W, B), contiguous, from x (T, H, C_in, W, B), an array or a Joined."""
        for frames, rows in self.blocks:
            windows, out = self.window.fill(x, frames, rows), y[frames, rows]
            if self.columns == 3:
                np.matmul(self.matrix, windows, out=as_rows(out))
            else:
                taps = self.taps[:windows.shape[0], :windows.shape[1]]
                np.matmul(self.matrix, windows, out=as_rows(taps))
                out[..., 0, :] = taps[:, :, 1, :, 0]
                np.add(taps[:, :, 1, :, 1:], taps[:, :, 0, :, :-1], out=out[..., 1:, :])
                out[..., :-1, :] += taps[:, :, 2, :, 1:]
            if self.relu:
                bias_relu(out, self.bias[:, None, None], out=(out,))
            elif self.bias is not None:
                out += self.bias[:, None, None]


def as_rows(x):
    """A view of x (n, H, ..., W, B) as one matrix per image row: (n, H, ..., W B). x must be contiguous."""
    n, H, *channels, W, B = x.shape
    rows = x.reshape(n, H, prod(channels), W * B)
    if rows.size and not np.shares_memory(rows[:1, :1], x[:1, :1]):
        raise ValueError("a convolution works on arrays whose rows are contiguous")
    return rows


def weight_gradient(dy, x):
    """dw[r, k] = sum of x[h + r - 1, w + k - 1] dy[h, w]^T over places, steps, sequences: (3, 3, C_in, C_out).

    x may be an array or a Joined. One product per image row; of x and dy, the one with fewer channels is expanded.
    """
    T, H, C_in, W, B = x.shape
    C_out = dy.shape[2]
    columns = 3 if C_in <= C_out else 1
    parts = blocks(T, H, (columns * C_in + (4 - columns) * C_out) * W * B * dy.itemsize)
    window, dwindow = Window(x, columns, parts, dy), Window(dy, 3, parts, dy) if columns == 1 else None
    dw = zeros((3 * columns * C_in, (4 - columns) * C_out), dy)
    for frames, rows in parts:
        windows = window.fill(x, frames, rows)
        if columns == 3:
            drows = as_rows(dy[frames, rows])
        else:
            dwindow.fill(dy, frames, rows)
            drows = dwindow.shifted(len(windows), rows)     # copy 0 holds dy[w - 1], which met tap k = 2
        dw += np.matmul(windows, drows.swapaxes(2, 3)).sum((0, 1))
    if columns == 3:
        return dw.reshape(3, 3, C_in, C_out)
    return dw.reshape(3, C_in, 3, C_out)[:, :, ::-1].swapaxes(1, 2)
