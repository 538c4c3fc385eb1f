"""The conv-LSTM cell after its convolutions: from the four gate maps to the new state (REFERENCE 2).

    i = sig(z_i + b_i + p_i o c')        g = tanh(z_g + b_g)        f = sig(z_f + b_f + forget_bias + p_f o c')
    c = f o c' + i o g                   o = sig(z_o + b_o + p_o o c)                       h = o o tanh(c)

z = z_x + z_h = W_x * H + W_h * h' holds all four along its channel axis, in the order i, g, f, o. The peepholes p (3, C),
in the order i, f, o, let the gates see the cell; without them the terms p o c are left out. Everything here is pointwise
in space, so it serves a grid (..., 4C, W, B) and, with W = 1, a plain LSTM.
"""

from ..device import array_module, empty
from ..kernels import launch
from ..kernels.gates import LSTM_GATES, LSTM_GATES_BACKWARD, LSTM_GATES_PEEPHOLE, LSTM_GATES_PEEPHOLE_BACKWARD
from ..kernels.sums import CHANNEL_DOT, CHANNEL_SUM


def lstm_gates(z_x, z_h, c_previous, bias, peephole=None, forget_bias=1.0, out=None):
    """(h, c), cache from gate maps z_x and z_h (..., 4C, W, B), the previous cell (..., C, W, B) and bias (4C,).

    `out` = (gates, h, c) takes the results; gates (..., 4C, W, B) are the maps i, g, f, o after their nonlinearities,
    which the way back needs.
    """
    gates, h, c = out or (empty(z_x.shape, z_x), empty(c_previous.shape, z_x), empty(c_previous.shape, z_x))
    if peephole is None:
        launch(LSTM_GATES, z_x, z_h, bias, c_previous, forget_bias, gates, h, c)
    else:
        launch(LSTM_GATES_PEEPHOLE, z_x, z_h, bias, peephole, c_previous, forget_bias, gates, h, c)
    return (h, c), (gates, c_previous, c, peephole)


def lstm_gates_backward(dstate, cache):
    """dz_x, dz_h (the same array: both were added), dc_previous, dbias, dpeephole (None without) from dstate = (dh, dc)."""
    gates, c_previous, c, peephole = cache
    dz = empty(gates.shape, gates)
    dc_previous = gate_maps_backward(dstate, cache, dz)
    return dz, dz, dc_previous, *gate_parameters_backward(dz, c_previous, c, peephole)


def gate_maps_backward(dstate, cache, dz):
    """dc_previous, and dz filled: what one step of a sequence has to know before the step before it."""
    dh, dc = dstate
    gates, c_previous, c, peephole = cache
    dc_previous = empty(c.shape, gates)
    if peephole is None:
        launch(LSTM_GATES_BACKWARD, gates, c_previous, c, dh, dc, dz, dc_previous)
    else:
        launch(LSTM_GATES_PEEPHOLE_BACKWARD, gates, peephole, c_previous, c, dh, dc, dz, dc_previous)
    return dc_previous


def gate_parameters_backward(dz, c_previous, c, peephole):
    """dbias (4C,), dpeephole (3, C) or None: sums that can wait until all steps are done."""
    dbias = launch(CHANNEL_SUM, dz)
    if peephole is None:
        return dbias, None
    seen = ((c_previous, 0), (c_previous, 2), (c, 3))       # i and f saw the cell before, o the new one
    return dbias, array_module(dz).stack([launch(CHANNEL_DOT, dz, cell, gate) for cell, gate in seen])
