"""The 3x3 convolution with zero padding, stride 1, as products with strided views (PERFORMANCE: layout (T, H, C, W, B)).

    y[h, :, w] = b + sum over row r and column k of the kernel:  W[r, k]^T x[h + r - 1, :, w + k - 1]

Put three copies of every image row side by side, moved one column right, not at all, and one column left: then all that
output row h needs - three rows, three columns, all channels - is ONE contiguous run of memory, and the nine shifts of
a convolution are a matrix view that overlaps its neighbours. Nothing is copied nine times.

                 window product: (C_out x 9 C_in) @ (9 C_in x W B)   expands the input three times, good for C_in <= C_out
                 row product:  (3 C_out x 3 C_in) @ (3 C_in x W B)   and adds three shifted outputs, good for C_in > C_out
"""

from ..device import array_module, empty
from .pieces import piece_length, pieces


def conv3x3(x, w, b=None, out=None):
    """(T, H, C_in, W, B) with kernel (3, 3, C_in, C_out) and bias (C_out,) -> (T, H, C_out, W, B)."""
    T, H, _, W, B = x.shape
    y = empty((T, H, w.shape[3], W, B), x) if out is None else out
    Correlation(w, x)(x, y)
    if b is not None:
        y += b[:, None, None]
    return y, (x, w, b is not None)


def conv3x3_backward(dy, cache):
    """dx: every output gives its gradient back along the same taps, so dy is correlated with the turned kernel.
    dw: every tap collects input times output gradient from all places and times; db: the output gradient alone
    (None where there was no bias)."""
    x, w, has_bias = cache
    dx = empty(x.shape, x)
    Correlation(turned(w), dy)(dy, dx)
    return dx, weight_gradient(x, dy), dy.sum((3, 4)).sum((0, 1)) if has_bias else None


def turned(w):
    """The kernel of the way back: (3, 3, C_in, C_out) turned by 180 degrees, input and output channels swapped."""
    return w[::-1, ::-1].swapaxes(2, 3)


class Window:
    """Zero-bordered scratch memory for frames (H, C, W, B), as the matrices that the products need.

    columns=3 holds every row three times, moved by one column right, 0, and left; columns=1 once. It is made once and
    filled again and again: the zero border is never written.
    """

    def __init__(self, frames, shape, like, columns):
        H, C, W, B = shape
        self.columns = columns
        self.padded = empty((frames, H + 2, columns, C, W, B), like)
        self.padded[:, 0] = self.padded[:, -1] = 0
        self.middle = self.padded[:, 1:-1]                  # (frames, H, columns, C, W, B)
        if columns == 3:
            self.middle[:, :, 0, :, 0] = 0
            self.middle[:, :, 2, :, -1] = 0
        frame, row, *_, item = self.padded.strides
        as_strided = array_module(like).lib.stride_tricks.as_strided
        rows = columns * C                                  # matrix rows that one image row makes
        self.windows = as_strided(self.padded, (frames, H, 3 * rows, W * B), (frame, row, W * B * item, item))
        self.shifts = self.middle.reshape(frames, H, rows, W * B)

    def __len__(self):
        return len(self.padded)

    def fill(self, x):
        """Take in frames (n, H, C, W, B), n at most the number of frames made for."""
        n = len(x)
        self.middle[:n, :, self.columns // 2] = x
        if self.columns == 3:
            self.middle[:n, :, 0, :, 1:] = x[..., :-1, :]
            self.middle[:n, :, 2, :, :-1] = x[..., 1:, :]


    @classmethod
    def of_cache_size(cls, x, columns):
        """For as many frames of x (T, H, C, W, B) at a time as a core's cache holds."""
        T, H, C, W, B = x.shape
        return cls(piece_length(T, H * columns * C * W * B * x.itemsize), x.shape[1:], x, columns)


class Correlation:
    """y = the sum over all nine taps of w (3, 3, C_in, C_out), with the scratch memory for inputs shaped like x."""

    def __init__(self, w, x):
        C_in, C_out = w.shape[2:]
        _, H, _, W, B = x.shape
        self.xp = array_module(x)
        self.window = Window.of_cache_size(x, 3 if C_in <= C_out else 1)
        if self.window.columns == 3:
            self.matrix = self.xp.ascontiguousarray(w).reshape(9 * C_in, C_out).T
        else:
            self.matrix = w.transpose(1, 3, 0, 2).reshape(3 * C_out, 3 * C_in)
            self.taps = empty((len(self.window), H, 3, C_out, W, B), x)     # what each kernel column adds

    def __call__(self, x, y):
        """Fill y (T, H, C_out, W, B), contiguous, from x (T, H, C_in, W, B); any T."""
        window = self.window
        for part in pieces(len(x), len(window)):
            n = part.stop - part.start
            window.fill(x[part])
            if window.columns == 3:
                self.xp.matmul(self.matrix, window.windows[:n], out=as_rows(y[part]))
            else:
                taps = self.taps[:n]
                self.xp.matmul(self.matrix, window.windows[:n], out=as_rows(taps))
                y[part] = taps[:, :, 1]
                y[part, ..., 1:, :] += taps[:, :, 0, :, :-1]
                y[part, ..., :-1, :] += taps[:, :, 2, :, 1:]


def as_rows(x):
    """A view of x (n, H, ..., W, B) as one matrix per image row: (n, H, ..., W B). x must be contiguous."""
    if not x.flags.c_contiguous:
        raise ValueError("a convolution works on contiguous arrays")
    n, H, *_, W, B = x.shape
    return x.reshape(n, H, -1, W * B)


def weight_gradient(x, dy):
    """dw[r, k] = sum of x[h + r - 1, w + k - 1] dy[h, w]^T over all places, steps and sequences -> (3, 3, C_in, C_out).

    One product per image row; whichever of x and dy has fewer channels is the one that is expanded.
    """
    xp = array_module(x)
    T, H, C_in, W, B = x.shape
    C_out = dy.shape[2]
    columns = 3 if C_in <= C_out else 1
    window = Window.of_cache_size(x, columns)
    dwindow = None if columns == 3 else Window(len(window), dy.shape[1:], dy, 3)
    dw = 0
    for part in pieces(T, len(window)):
        n = part.stop - part.start
        window.fill(x[part])
        if columns == 3:
            rows = as_rows(dy[part])
        else:
            dwindow.fill(dy[part])
            rows = dwindow.shifts[:n]                       # column 0 holds dy[w - 1], which met tap k = 2
        dw = dw + xp.matmul(window.windows[:n], rows.swapaxes(2, 3)).sum((0, 1))
    if columns == 3:
        return dw.reshape(3, 3, C_in, C_out)
    return dw.reshape(3, C_in, 3, C_out)[:, :, ::-1].swapaxes(1, 2)
