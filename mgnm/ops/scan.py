"""One level of a memory layer over a whole sequence: the only part that has to go step by step (REFERENCE 2).

    z_t = z^x_t + W_h * h_{t-1}          (h_t, c_t) = gates(z_t, c_{t-1})

z^x = W_x * H, the part of the gate maps that does not look back, comes ready-made for all steps at once. On the way
back only the path through h and c is followed step by step; the gradients of kernel, bias and peepholes are ONE product,
and one sum, over all steps.

Where a sequence ends in the middle and another begins, the memory starts from nothing: with keep_t = 0,

    z_t = z^x_t + W_h * (keep_t h_{t-1})        (h_t, c_t) = gates(z_t, keep_t c_{t-1})
"""

from ..device import copy, empty
from ..kernels import launch
from ..kernels.convolve import CORRELATION, WEIGHT_GRADIENT
from .gates import gate_maps_backward, gate_parameters_backward, lstm_gates


def memory_scan(z, state, w, bias, peephole=None, forget_bias=1.0, keep=None, out=None):
    """h (T, H, C, W, B), final state (h_T, c_T), cache.

    z (T, H, 4C, W, B); state = (h_0, c_0), frames (H, C, W, B); recurrent kernel w (3, 3, C, 4C); bias (4C,); peephole
    (3, C) or None; keep (T, B), 0 where the state is set to zero before step t, else 1; None: nowhere. `out` = (gates, h,
    c) takes the results; gates (T, H, 4C, W, B) are those of all steps, h and c (T + 1, H, C, W, B) begin with the initial
    state.
    """
    T, H, _, W, B = z.shape
    C = w.shape[2]
    gates, h, c = out or (empty(z.shape, z), empty((T + 1, H, C, W, B), z), empty((T + 1, H, C, W, B), z))
    h[0], c[0] = state
    correlate = launch(CORRELATION, w, h[:1])
    z_h = empty((1, H, 4 * C, W, B), z)
    for t in range(T):
        now = slice(t, t + 1)
        correlate(kept(h[now], keep, now), z_h)
        lstm_gates(z[t], z_h[0], kept(c[now], keep, now)[0], bias, peephole, forget_bias,
                   out=(gates[t], h[t + 1], c[t + 1]))
    return h[1:], (h[T], c[T]), (gates, h, c, w, peephole, keep)


def memory_scan_backward(dh, dstate, cache):
    """dz, dstate_0, dw, dbias, dpeephole from dh (T, H, C, W, B) and dstate = (dh_T, dc_T). What was not kept gets no
    gradient: it stops where the state was set to zero."""
    gates, h, c, w, peephole, keep = cache
    everything = slice(len(gates))
    h_before, c_before = (kept(x[:-1], keep, everything) for x in (h, c))           # what each step was given
    dz = empty(gates.shape, gates)
    dh_t, dc_t = copy(dstate[0]), dstate[1]
    dh_previous = empty(h[:1].shape, h)
    correlate = launch(CORRELATION, w, dz[:1], None, False, True)
    for t in reversed(range(len(gates))):
        now = slice(t, t + 1)
        dh_t += dh[t]
        dc_t = gate_maps_backward((dh_t, dc_t), (gates[t], c_before[t], c[t + 1], peephole), dz[t])
        correlate(dz[now], dh_previous)
        dh_t, dc_t = kept(dh_previous, keep, now)[0], kept(dc_t[None], keep, now)[0]
    dbias, dpeephole = gate_parameters_backward(dz, c_before, c[1:], peephole)
    return dz, (dh_t, dc_t), launch(WEIGHT_GRADIENT, dz, h_before), dbias, dpeephole


def kept(x, keep, steps):
    """x (T, ..., B), the state before these steps, times their keep (T, B); x itself where all is kept (None)."""
    return x if keep is None else x * keep[steps, *(None,) * (x.ndim - 2)]
