"""One level of a multigrid layer: the join and the convolution over it (REFERENCE 2).

    y_j = phi(W_j * H_j + b_j)      H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})      phi = relu, or nothing

The joined grid H_j is about as large as everything else together, and it is cheap to make: so it is made a few time
steps at a time, used while it is in the cache, and made again on the way back.
"""

from ..device import empty
from .activations import relu, relu_backward
from .convolution import conv3x3, conv3x3_backward
from .join import join, join_backward
from .pieces import piece_length, pieces


def multigrid_conv(neighbours, w, b=None, activation="linear"):
    """neighbours = (coarse, same, fine) as in `join`, kernel (3, 3, C, C_out), bias -> y (T, H, C_out, W, B).

    activation: "relu" or "linear".
    """
    T, H, W, B = joined_shape(neighbours)
    first = next(x for x in neighbours if x is not None)
    y = empty((T, H, w.shape[3], W, B), first)
    size = piece_length(T, first.itemsize * H * w.shape[2] * W * B)
    for part in pieces(T, size):
        joined, _ = join(*at(neighbours, part))
        conv3x3(joined, w, b, out=y[part])
        if activation == "relu":
            relu(y[part], out=y[part])
    return y, (neighbours, w, b is not None, y, activation, size)


def multigrid_conv_backward(dy, cache, into):
    """dw, db (None without a bias); the gradients of the neighbours are ADDED to the three arrays `into` (None where there is no neighbour),
    because a grid has up to three readers in the next layer."""
    neighbours, w, has_bias, y, activation, size = cache
    dw, db = 0, 0 if has_bias else None
    for part in pieces(len(dy), size):
        joined, join_cache = join(*at(neighbours, part))
        dz = relu_backward(dy[part], y[part]) if activation == "relu" else dy[part]
        djoined, dw_part, db_part = conv3x3_backward(dz, (joined, w, has_bias))
        for total, dx in zip(into, join_backward(djoined, join_cache)):
            if dx is not None:
                total[part] += dx
        dw = dw + dw_part
        db = db + db_part if has_bias else None
    return dw, db


def at(neighbours, part):
    """The same time steps of all three neighbours."""
    return [None if x is None else x[part] for x in neighbours]


def joined_shape(neighbours):
    """(T, H, W, B) of the grid that neighbours (coarse, same, fine) are joined on."""
    for x, up, down in zip(neighbours, (2, 1, 1), (1, 1, 2)):
        if x is not None:
            T, H, _, W, B = x.shape
            return T, H * up // down, W * up // down, B
    raise ValueError("a level needs at least one neighbour")
