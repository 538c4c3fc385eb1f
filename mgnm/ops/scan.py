"""One level of a memory layer over a whole sequence: the only part that has to go step by step (REFERENCE 2).

    z_t = z^x_t + W_h * h_{t-1}          (h_t, c_t) = gates(z_t, c_{t-1})

z^x = W_x * H, the part of the gate maps that does not look back, comes ready-made for all steps at once. On the way
back only the path through h and c is followed step by step; the gradients of kernel, bias and peepholes are ONE product,
and one sum, over all steps.
"""

from ..device import copy, empty
from ..kernels import launch
from ..kernels.convolve import CORRELATION, WEIGHT_GRADIENT
from .gates import gate_maps_backward, gate_parameters_backward, lstm_gates


def memory_scan(z, state, w, bias, peephole=None, forget_bias=1.0, out=None):
    """h (T, H, C, W, B), final state (h_T, c_T), cache.

    z (T, H, 4C, W, B); state = (h_0, c_0), frames (H, C, W, B); recurrent kernel w (3, 3, C, 4C); bias (4C,); peephole
    (3, C) or None. `out` = (gates, h, c) takes the results; gates (T, H, 4C, W, B) are those of all steps, h and c
    (T + 1, H, C, W, B) begin with the initial state.
    """
    T, H, _, W, B = z.shape
    C = w.shape[2]
    gates, h, c = out or (empty(z.shape, z), empty((T + 1, H, C, W, B), z), empty((T + 1, H, C, W, B), z))
    h[0], c[0] = state
    correlate = launch(CORRELATION, w, h[:1])
    z_h = empty((1, H, 4 * C, W, B), z)
    for t in range(T):
        correlate(h[t:t + 1], z_h)
        lstm_gates(z[t], z_h[0], c[t], bias, peephole, forget_bias, out=(gates[t], h[t + 1], c[t + 1]))
    return h[1:], (h[T], c[T]), (gates, h, c, w, peephole)


def memory_scan_backward(dh, dstate, cache):
    """dz, dstate_0, dw, dbias, dpeephole from dh (T, H, C, W, B) and dstate = (dh_T, dc_T)."""
    gates, h, c, w, peephole = cache
    dz = empty(gates.shape, gates)
    dh_t, dc_t = copy(dstate[0]), dstate[1]
    dh_previous = empty(h[:1].shape, h)
    correlate = launch(CORRELATION, w, dz[:1], None, False, True)
    for t in reversed(range(len(gates))):
        dh_t += dh[t]
        dc_t = gate_maps_backward((dh_t, dc_t), (gates[t], c[t], c[t + 1], peephole), dz[t])
        correlate(dz[t:t + 1], dh_previous)
        dh_t = dh_previous[0]
    dbias, dpeephole = gate_parameters_backward(dz, c[:-1], c[1:], peephole)
    return dz, (dh_t, dc_t), launch(WEIGHT_GRADIENT, dz, h[:-1]), dbias, dpeephole
