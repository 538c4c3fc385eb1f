"""How a convolution is computed on either device: what ops launch.

    CORRELATION       correlate = launch(CORRELATION, w, x, bias, relu, is_turned);  correlate(x, y), any number of times
    WEIGHT_GRADIENT   dw = launch(WEIGHT_GRADIENT, dy, x)

The CPU has one way (`correlation`). A GPU has two, which give the same numbers:

    Product   im2col, then one product of matrices for each image row, by cuBLAS: easy to read, nine copies of the input
    Direct    a kernel of our own that keeps what it reuses in registers and nothing in memory

The product reads and writes its columns at nine times the input's size, so it can only win where every entry meets many
channels. Where it does is for `python -m benchmarks.gpu kernels` to say; PRODUCT_FROM is an estimate from the bytes and
the multiplications of both, not yet a measurement.
"""

from mgnm.device import array_module, empty, zeros
from mgnm.device.pieces import limit, piece_length, pieces
from mgnm.kernels.activations import BIAS_RELU
from mgnm.kernels.columns import COL2IM, IM2COL
from mgnm.kernels.convolution import CONV3X3, CONV3X3_WEIGHTS, part_count, part_length
from mgnm.kernels.correlation import Correlation, weight_gradient
from mgnm.kernels.joined import whole
from mgnm.kernels.launcher import Program, launch
from mgnm.kernels.sums import ADD_PARTS

PRODUCT_FROM = 2048         # C_in C_out from which the product form is taken


class Direct:
    """y = the correlation of x with w (3, 3, C_in, C_out), by `CONV3X3`. Arguments as those of `Correlation`."""

    def __init__(self, w, x, bias=None, relu=False, is_turned=False):
        self.w, self.relu, self.is_turned = array_module(w).ascontiguousarray(w), relu, is_turned
        self.bias = zeros(w.shape[2:3] if is_turned else w.shape[3:], w) if bias is None else bias

    def __call__(self, x, y):
        """Fill y (T, H, C_out, W, B), contiguous, from x (T, H, C_in, W, B), an array or a Joined."""
        T, H, C_in, W, B = x.shape
        launch(CONV3X3, whole(x), self.w, self.bias, T, H, W, B, C_in, y.shape[2], self.is_turned, self.relu, y)


class Product:
    """The same by im2col and products of matrices; for the turned kernel by products and col2im."""

    def __init__(self, w, x, bias=None, relu=False, is_turned=False):
        self.matrix = w.reshape(-1, w.shape[3])             # (9 C_in, C_out)
        self.bias, self.relu, self.is_turned = bias, relu, is_turned

    def __call__(self, x, y):
        """As `Direct`."""
        x = whole(x)
        T, H, _, W, B = x.shape
        for part in column_pieces(x, len(self.matrix)):
            rows, out = matrices(x[part]), y[part]
            columns = empty((len(out), H, len(self.matrix), W, B), y)
            if self.is_turned:
                array_module(y).matmul(self.matrix, rows, out=matrices(columns))
                launch(COL2IM, columns, out)
                continue
            launch(IM2COL, x[part], columns)
            array_module(y).matmul(self.matrix.T, matrices(columns), out=matrices(out))
            if self.relu:
                product = out.copy()                        # a kernel's arrays must not overlap
                launch(BIAS_RELU, product, 0 if self.bias is None else self.bias[:, None, None], out)
            elif self.bias is not None:
                out += self.bias[:, None, None]


def correlation_steps(w, x, bias=None, relu=False, is_turned=False):
    """The form that fits the channels."""
    form = Product if w.shape[2] * w.shape[3] >= PRODUCT_FROM else Direct
    return form(w, x, bias, relu, is_turned)


def direct_weight_gradient(dy, x):
    """dw (3, 3, C_in, C_out) by `CONV3X3_WEIGHTS`, in parts that are added up in a fixed order."""
    T, H, C_in, W, B = x.shape
    C_out = dy.shape[2]
    S = part_count(T * H * B, C_in, C_out)
    parts, dw = empty((S, 3, 3, C_in, C_out), dy), empty((3, 3, C_in, C_out), dy)
    launch(CONV3X3_WEIGHTS, whole(x), dy, T, H, W, B, C_in, C_out, S, part_length(T * H * B, S), parts)
    launch(ADD_PARTS, parts.reshape(S, -1), dw.reshape(-1))
    return dw


def product_weight_gradient(dy, x):
    """The same as products of columns and gradients, one for each image row, added up."""
    x = whole(x)
    _, H, C_in, W, B = x.shape
    C_out = dy.shape[2]
    dw = zeros((9 * C_in, C_out), dy)
    for part in column_pieces(x, 9 * C_in):
        columns = empty((len(dy[part]), H, 9 * C_in, W, B), dy)
        launch(IM2COL, x[part], columns)
        dw += array_module(dy).matmul(matrices(columns), matrices(dy[part]).swapaxes(1, 2)).sum(0)
    return dw.reshape(3, 3, C_in, C_out)


def weight_gradient_steps(dy, x):
    """The form that fits the channels."""
    form = product_weight_gradient if x.shape[2] * dy.shape[2] >= PRODUCT_FROM else direct_weight_gradient
    return form(dy, x)


def column_pieces(x, width):
    """Slices of frames whose columns, `width` channels, fit into scratch memory."""
    T, H, _, W, B = x.shape
    return pieces(T, piece_length(T, H * width * W * B * x.itemsize, limit(x)))


def matrices(x):
    """A view of x (T, H, C, W, B), contiguous, as a matrix for each image row: (T H, C, W B)."""
    T, H, C, W, B = x.shape
    return x.reshape(T * H, C, W * B)


CORRELATION = Program("correlation", correlation_steps, Correlation)
WEIGHT_GRADIENT = Program("weight_gradient", weight_gradient_steps, weight_gradient)
