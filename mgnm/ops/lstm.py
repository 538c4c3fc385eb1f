"""The LSTM of vectors: what `memory` is to grids, with matrix products in the place of convolutions.

    z_t = W_x^T x_t + W_h^T h_{t-1}          (h_t, c_t) = gates(z_t + b, c_{t-1})

Vectors come and go as rows (T, B, C). Inside, a step is (C, B), the layout of a grid with a single cell, for which
`gates` is made. W_x takes all time steps at once, and so do all gradients but those of h and c, which have to go back step
by step. Where an input depends on the step before it (a controller that reads a memory), `lstm_step` goes on by one
step, and what its weights get waits until all steps are done.
"""

from ..device import array_module, copy, empty
from .gates import gate_maps_backward, lstm_gates
from .scan import kept


def lstm_scan(x, state, w, bias, forget_bias=1.0, keep=None):
    """h (T, B, C), final state (h_T, c_T), cache.

    x (T, B, C_in); state = (h_0, c_0), each (C, B); w (C_in + C, 4C), the input's rows before the recurrent ones, gates
    in the order i, g, f, o; bias (4C,); forget_bias is added to the forget gate's. keep (T, B): 0 where the state is set
    to zero before step t, else 1; None: nowhere.
    """
    (T, B, C_in), C = x.shape, len(bias) // 4
    gates, h, c = (empty(shape, w) for shape in ((T, 4 * C, B), (T + 1, C, B), (T + 1, C, B)))
    h[0], c[0] = state
    z = turned((x.reshape(T * B, C_in) @ w[:C_in]).reshape(T, B, 4 * C))                        # (T, 4C, B)
    w_h = w[C_in:].T
    for t in range(T):
        now = slice(t, t + 1)
        lstm_gates(_cell(z[t]), _cell(w_h @ kept(h[now], keep, now)[0]), _cell(kept(c[now], keep, now)[0]), bias, None,
                   forget_bias, out=(_cell(gates[t]), _cell(h[t + 1]), _cell(c[t + 1])))
    return turned(h[1:]), (h[T], c[T]), (x, gates, h, c, w, keep)


def lstm_scan_backward(dh, dstate, cache):
    """dx, dstate_0, dw, dbias from dh (T, B, C) and dstate = (dh_T, dc_T). What was not kept gets no gradient."""
    x, gates, h, c, w, keep = cache
    (T, B, C_in), C = x.shape, h.shape[1]
    dh, dz = turned(dh), empty(gates.shape, gates)
    h_before, c_before = (kept(each[:-1], keep, slice(T)) for each in (h, c))       # what each step was given
    dh_t, dc_t = copy(dstate[0]), dstate[1]
    for t in reversed(range(T)):
        now = slice(t, t + 1)
        dh_t += dh[t]
        dc_t = gate_maps_backward((_cell(dh_t), _cell(dc_t)),
                                  (_cell(gates[t]), _cell(c_before[t]), _cell(c[t + 1]), None), _cell(dz[t]))[:, 0]
        dh_t, dc_t = (kept(d[None], keep, now)[0] for d in (w[C_in:] @ dz[t], dc_t))        # (C, B)
    dx = turned(dz).reshape(T * B, 4 * C) @ w[:C_in].T
    return dx.reshape(x.shape), (dh_t, dc_t), *lstm_weight_gradients(x, h_before, dz)


def lstm_step(x, state, w, bias, forget_bias=1.0):
    """(h, c), each (C, B), and cache, from x (B, C_in) and the state before; see `lstm_scan`."""
    h_previous, c_previous = state
    z_x, z_h = w[:x.shape[1]].T @ x.T, w[x.shape[1]:].T @ h_previous                            # (4C, B)
    (h, c), (gates, *_) = lstm_gates(_cell(z_x), _cell(z_h), _cell(c_previous), bias, None, forget_bias)
    return (h[:, 0], c[:, 0]), (x, gates, h_previous, c_previous, c, w)


def lstm_step_backward(dstate, cache):
    """dx, dstate_previous and (x, h_previous, dz), from dstate = (dh, dc). The last, of all steps together, is what
    `lstm_weight_gradients` takes."""
    x, gates, h_previous, c_previous, c, w = cache
    dh, dc = dstate
    dz = empty(gates.shape, gates)
    dc_previous = gate_maps_backward((_cell(dh), _cell(dc)), (gates, _cell(c_previous), c, None), dz)
    dinputs = w @ dz[:, 0]                                  # (C_in + C, B)
    return dinputs[:x.shape[1]].T, (dinputs[x.shape[1]:], dc_previous[:, 0]), (x, h_previous, dz[:, 0])


def lstm_weight_gradients(x, h_previous, dz):
    """dw (C_in + C, 4C), dbias (4C,): one product and one sum over all steps, from x (T, B, C_in), h before every step
    (T, C, B) and dz (T, 4C, B)."""
    xp, (T, B, C_in), (_, C, _) = array_module(dz), x.shape, h_previous.shape
    rows = xp.concatenate([x, h_previous.swapaxes(1, 2)], 2).reshape(T * B, C_in + C)
    drows = turned(dz).reshape(T * B, 4 * C)
    return rows.T @ drows, drows.sum(0)


def turned(x):
    """Between rows and the layout inside: (T, B, C) -> (T, C, B), or the other way, contiguous."""
    return array_module(x).ascontiguousarray(x.swapaxes(1, 2))


def _cell(x):
    """(C, B) as a grid of a single cell, (C, 1, B), a view."""
    return x[:, None]
