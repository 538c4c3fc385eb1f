"""One level of a multigrid layer: the join and the convolution over it (REFERENCE 2).

    y_j = phi(W_j * H_j + b_j)      H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})      phi = relu, or nothing

The joined grid H_j is about as large as everything else together, and it is cheap to make: so it is never kept, but made
where the convolution reads it, on the way forward and again on the way back.
"""

from ..device.pieces import limit, piece_length, pieces
from ..kernels.joined import Joined
from .activations import relu_backward
from .convolution import conv3x3, conv3x3_backward
from .join import join_backward


def multigrid_conv(neighbours, w, b=None, activation="linear"):
    """neighbours = (coarse, same, fine) as in `join`, kernel (3, 3, C, C_out), bias -> y (T, H, C_out, W, B).

    activation: "relu" or "linear".
    """
    y, _ = conv3x3(Joined(*neighbours), w, b, relu=activation == "relu")
    return y, (neighbours, w, b is not None, y, activation)


def multigrid_conv_backward(dy, cache, into):
    """dw, db (None without a bias); the gradients of the neighbours are ADDED to the three arrays `into` (None where
    there is no neighbour), because a grid has up to three readers in the next layer."""
    neighbours, w, has_bias, y, activation = cache
    T, H, C, W, B = Joined(*neighbours).shape
    dw, db = 0, 0 if has_bias else None
    for part in pieces(T, piece_length(T, H * C * W * B * w.itemsize, limit(w, shared=True))):
        joined = Joined(*at(neighbours, part))
        dz = relu_backward(dy[part], y[part]) if activation == "relu" else dy[part]
        djoined, dw_part, db_part = conv3x3_backward(dz, (joined, w, has_bias))
        join_backward(djoined, joined, at(into, part))
        dw = dw + dw_part
        db = db + db_part if has_bias else None
    return dw, db


def at(neighbours, part):
    """The same time steps of all three neighbours."""
    return [None if x is None else x[part] for x in neighbours]
