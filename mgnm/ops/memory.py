"""One level of a multigrid memory layer over a whole sequence: the convolutional LSTM of the paper (REFERENCE 2).

    z_t = W_x * (up(x_{j-1}) (+) x_j (+) down(x_{j+1}))_t + W_h * h_{t-1}         (h_t, c_t) = gates(z_t + b, c_{t-1})

W_x takes many time steps at once, W_h and the gates one at a time. "Many" is as many as the cache holds: what the
convolution makes the scan finds there, and nothing but h, c and the gates is ever kept for the whole sequence.
"""

from ..device import array_module, empty, zeros
from ..device.pieces import limit, piece_length, pieces
from ..kernels.joined import Joined
from .multigrid import at, multigrid_conv, multigrid_conv_backward
from .scan import memory_scan, memory_scan_backward


def multigrid_memory(neighbours, state, w, bias, peephole=None, forget_bias=1.0, keep=None):
    """h (T, H, C, W, B), final state (h_T, c_T), cache.

    neighbours = (coarse, same, fine) as in `join`; state = (h_0, c_0), frames (H, C, W, B); kernel w (3, 3, C_in + C, 4C),
    the joined channels before the recurrent ones; bias (4C,); peephole (3, C) or None; keep (T, B) or None: see `scan`.
    """
    T, H, _, W, B = Joined(*neighbours).shape
    C = state[0].shape[1]
    h, c = empty((T + 1, H, C, W, B), w), empty((T + 1, H, C, W, B), w)
    gates = empty((T, H, 4 * C, W, B), w)
    h[0], c[0] = state
    w_x, w_h = array_module(w).split(w, [w.shape[2] - C], axis=2)
    parts = pieces(T, piece_length(T, H * 4 * C * W * B * w.itemsize, limit(w, shared=True)))
    for part in parts:
        z, _ = multigrid_conv(at(neighbours, part), w_x)
        steps = slice(part.start, part.stop + 1)
        memory_scan(z, (h[part.start], c[part.start]), w_h, bias, peephole, forget_bias,
                    None if keep is None else keep[part], out=(gates[part], h[steps], c[steps]))
    return h[1:], (h[T], c[T]), (neighbours, gates, h, c, w_x, w_h, peephole, keep, parts)


def multigrid_memory_backward(dh, dstate, cache, into):
    """dstate_0, dw, dbias, dpeephole (None without peepholes) from dh (T, H, C, W, B) and dstate = (dh_T, dc_T).

    The gradients of the neighbours are ADDED to the three arrays `into`, as in `multigrid_conv_backward`.
    """
    neighbours, gates, h, c, w_x, w_h, peephole, keep, parts = cache
    dw_x, dw_h = zeros(w_x.shape, w_x), zeros(w_h.shape, w_h)
    dbias, dpeephole = 0, None if peephole is None else 0
    for part in reversed(parts):
        steps = slice(part.start, part.stop + 1)
        dz, dstate, dw_part, dbias_part, dpeephole_part = memory_scan_backward(
            dh[part], dstate, (gates[part], h[steps], c[steps], w_h, peephole, None if keep is None else keep[part]))
        dw_h += dw_part
        dw_x += multigrid_conv_backward(dz, (at(neighbours, part), w_x, False, None, "linear"), at(into, part))[0]
        dbias = dbias + dbias_part
        dpeephole = None if peephole is None else dpeephole + dpeephole_part
    return dstate, array_module(w_x).concatenate([dw_x, dw_h], axis=2), dbias, dpeephole
