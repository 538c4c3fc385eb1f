"""The conv-LSTM cell after its convolutions: from the four gate maps to the new state (REFERENCE 2).

    i = sig(z_i + b_i + p_i o c')        g = tanh(z_g + b_g)        f = sig(z_f + b_f + forget_bias + p_f o c')
    c = f o c' + i o g                   o = sig(z_o + b_o + p_o o c)                       h = o o tanh(c)

z = W_x * H + W_h * h' holds all four along its channel axis, in the order i, g, f, o. The peepholes p (3, C), in the
order i, f, o, let the gates see the cell; without them the terms p o c are left out. Everything here is pointwise in
space, so it serves a grid (..., 4C, W, B) and, with W = 1, a plain LSTM.
"""

from ..device import array_module, empty
from ..kernels import launch
from ..kernels.gates import (LSTM_GATES, LSTM_GATES_BACKWARD, LSTM_GATES_PEEPHOLE, LSTM_GATES_PEEPHOLE_BACKWARD,
                             split)


def lstm_gates(z, c_previous, bias, peephole=None, forget_bias=1.0, out=None):
    """(h, c), cache from gate maps z (..., 4C, W, B), the previous cell (..., C, W, B) and bias (4C,).

    `out` = (gates, h, c) takes the results; gates, of the shape of z or z itself, are the maps i, g, f, o after their
    nonlinearities, which the way back needs.
    """
    gates, h, c = out or (empty(z.shape, z), empty(c_previous.shape, z), empty(c_previous.shape, z))
    if peephole is None:
        launch(LSTM_GATES, z, bias, c_previous, forget_bias, gates, h, c)
    else:
        launch(LSTM_GATES_PEEPHOLE, z, bias, peephole, c_previous, forget_bias, gates, h, c)
    return (h, c), (gates, c_previous, c, peephole)


def lstm_gates_backward(dstate, cache, out=None):
    """dz, dc_previous, dbias, dpeephole (None without peepholes) from dstate = (dh, dc); `out` takes dz."""
    dh, dc = dstate
    gates, c_previous, c, peephole = cache
    dz = empty(gates.shape, gates) if out is None else out
    dc_previous = empty(c.shape, gates)
    if peephole is None:
        launch(LSTM_GATES_BACKWARD, gates, c_previous, c, dh, dc, dz, dc_previous)
        return dz, dc_previous, _per_channel(dz), None
    launch(LSTM_GATES_PEEPHOLE_BACKWARD, gates, peephole, c_previous, c, dh, dc, dz, dc_previous)
    dz_i, _, dz_f, dz_o = split(dz)
    dpeephole = array_module(gates).stack([
        _per_channel(dz_i * c_previous), _per_channel(dz_f * c_previous), _per_channel(dz_o * c)])      # (3, C)
    return dz, dc_previous, _per_channel(dz), dpeephole


def _per_channel(x):
    """The sum over space and batch: (..., C, W, B) -> (C,)."""
    return x.sum((-2, -1)).reshape(-1, x.shape[-3]).sum(0)
