"""One level of a memory layer over a whole sequence: the only part that has to go step by step (REFERENCE 2).

    z_t = z^x_t + W_h * h_{t-1}          (h_t, c_t) = gates(z_t, c_{t-1})

z^x = W_x * H, the part of the gate maps that does not look back, comes ready-made for all steps at once. On the way
back only the path through h and c is followed step by step; the kernel's gradient is ONE product over all steps. The
gates follow their convolution block by block of image rows, while its result is in the cache.
"""

from functools import partial

from ..device import array_module, copy, empty
from .convolution import Correlation, turned, weight_gradient
from .gates import lstm_gates, lstm_gates_backward
from .pieces import piece_length, pieces


def memory_scan(z, state, w, bias, peephole=None, forget_bias=1.0, out=None):
    """h (T, H, C, W, B), final state (h_T, c_T), cache.

    z (T, H, 4C, W, B); state = (h_0, c_0), frames (H, C, W, B); recurrent kernel w (3, 3, C, 4C); bias (4C,); peephole
    (3, C) or None. `out` = (gates, h, c) takes the results; gates (T, H, 4C, W, B), which may be z itself, are those of
    all steps, h and c (T + 1, H, C, W, B) begin with the initial state.
    """
    T, H, _, W, B = z.shape
    C = w.shape[2]
    gates, h, c = out or (empty(z.shape, z), empty((T + 1, H, C, W, B), z), empty((T + 1, H, C, W, B), z))
    h[0], c[0] = state
    recurrent, z_h = Correlation(w, h[:1]), empty((1, H, 4 * C, W, B), z)

    def cell(t, block, rows):
        z_t = array_module(z).add(z[t, rows], block[0], out=gates[t, rows])
        lstm_gates(z_t, c[t, rows], bias, peephole, forget_bias, out=(z_t, h[t + 1, rows], c[t + 1, rows]))

    for t in range(T):
        recurrent(h[t:t + 1], z_h, partial(cell, t))
    return h[1:], (h[T], c[T]), (gates, h, c, w, peephole)


def memory_scan_backward(dh, dstate, cache):
    """dz, dstate_0, dw, dbias, dpeephole from dh (T, H, C, W, B) and dstate = (dh_T, dc_T)."""
    gates, h, c, w, peephole = cache
    T, H, C4, W, B = gates.shape
    dz = empty(gates.shape, gates)
    dh_t, dc_t = map(copy, dstate)
    recurrent = Correlation(turned(w), dz[:1])
    row_pieces = pieces(H, piece_length(H, 3 * C4 * W * B * gates.itemsize))
    dbias, dpeephole = 0, None if peephole is None else 0
    for t in reversed(range(T)):
        dh_t += dh[t]
        for rows in row_pieces:
            _, dc_t[rows], dbias_part, dpeephole_part = lstm_gates_backward(
                (dh_t[rows], dc_t[rows]), (gates[t, rows], c[t, rows], c[t + 1, rows], peephole), out=dz[t, rows])
            dbias = dbias + dbias_part
            dpeephole = None if peephole is None else dpeephole + dpeephole_part
        recurrent(dz[t:t + 1], dh_t[None])
    return dz, (dh_t, dc_t), weight_gradient(h[:-1], dz), dbias, dpeephole
