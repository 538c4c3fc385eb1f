"""The conv-LSTM cell after its convolutions, in one pass over the cells: gate maps -> h, c, and back (REFERENCE 2).

    i = sig(z_i + b_i + p_i o c')        g = tanh(z_g + b_g)        f = sig(z_f + b_f + forget_bias + p_f o c')
    c = f o c' + i o g                   o = sig(z_o + b_o + p_o o c)                       h = o o tanh(c)

z = z_x + z_h comes as two arrays, which are added here: one pass less over the largest maps there are. They, gates and dz
are (..., 4C, W, B), in the order i, g, f, o; c', c, h and their gradients (..., C, W, B); bias (4C,); peephole (3, C), in
the order i, f, o. One thread makes one cell: it reads four gate maps, C W B entries apart, and its neighbours in the warp
read the neighbouring sequences of the batch. The sums for dbias and dpeephole are those of `sums`.
"""

import numpy as np

from mgnm.device import empty
from mgnm.kernels.activations import SIGMOID_TEXT, sigmoid
from mgnm.kernels.kernel import Elementwise


def split(z):
    """The four maps i, g, f, o of z (..., 4C, W, B), as views (..., C, W, B)."""
    C = z.shape[-3] // 4
    return tuple(z[..., k * C:(k + 1) * C, :, :] for k in range(4))


def lstm_gates(z_x, z_h, bias, c_previous, forget_bias, out=None):
    """gates, h, c without peepholes."""
    return forward(z_x, z_h, bias, None, c_previous, forget_bias, out)


def lstm_gates_peephole(z_x, z_h, bias, peephole, c_previous, forget_bias, out=None):
    """gates, h, c with peepholes."""
    return forward(z_x, z_h, bias, peephole, c_previous, forget_bias, out)


def forward(z_x, z_h, bias, peephole, c_previous, forget_bias, out):
    """gates (..., 4C, W, B), h, c (..., C, W, B); written into the three arrays `out`, if they are given."""
    C = c_previous.shape[-3]
    shift = bias.copy()
    shift[2 * C:3 * C] += forget_bias
    gates, h, c = out or (empty(z_x.shape, z_x), empty(c_previous.shape, z_x), empty(c_previous.shape, z_x))
    np.add(z_x, z_h, out=gates)
    gates += shift[:, None, None]
    i, g, f, o = split(gates)
    if peephole is not None:
        p_i, p_f, p_o = peephole[:, :, None, None]                      # (C, 1, 1) each
        i += p_i * c_previous
        f += p_f * c_previous
    sigmoid(i, out=(i,))
    np.tanh(g, out=g)
    sigmoid(f, out=(f,))
    np.multiply(f, c_previous, out=c)
    c += i * g
    if peephole is not None:
        o += p_o * c
    sigmoid(o, out=(o,))
    np.tanh(c, out=h)
    h *= o
    return gates, h, c


def lstm_gates_backward(gates, c_previous, c, dh, dc, out=None):
    """dz, dc_previous without peepholes."""
    return backward(gates, None, c_previous, c, dh, dc, out)


def lstm_gates_peephole_backward(gates, peephole, c_previous, c, dh, dc, out=None):
    """dz, dc_previous with peepholes."""
    return backward(gates, peephole, c_previous, c, dh, dc, out)


def backward(gates, peephole, c_previous, c, dh, dc, out):
    """dz (..., 4C, W, B), dc_previous (..., C, W, B); written into the two arrays `out`, if they are given."""
    dz, dc_previous = out or (empty(gates.shape, gates), empty(c.shape, gates))
    i, g, f, o = split(gates)
    dz_i, dz_g, dz_f, dz_o = split(dz)
    tanh_c = np.tanh(c, out=empty(c.shape, c))
    dz_o[...] = dh * tanh_c * (o - o * o)                               # h = o tanh(c)
    dcell = dc + dh * o * (1 - tanh_c * tanh_c)
    if peephole is not None:
        p_i, p_f, p_o = peephole[:, :, None, None]
        dcell += p_o * dz_o                                             # o saw the new cell
    dz_i[...] = dcell * g * (i - i * i)                                 # c = f c' + i g
    dz_g[...] = dcell * i * (1 - g * g)
    dz_f[...] = dcell * c_previous * (f - f * f)
    np.multiply(dcell, f, out=dc_previous)
    if peephole is not None:
        dc_previous += p_i * dz_i + p_f * dz_f                          # i and f saw the previous one
    return dz, dc_previous


# Frame n of h begins at entry n C run, frame n of z at 4 n C run: three more maps lie before every frame.
PLACE = """
    const int width = gates.shape()[gates.ndim - 2], run = width * (int)gates.shape()[gates.ndim - 1];
    const int map = gates.shape()[gates.ndim - 3] / 4 * run, channels = run ? map / run : 0"""
CELL = """
    const int at = i, channel = at / run % channels;        // 32 bits: divisions in 64 cost more than all the rest
    const int at_i = at + 3 * map * (at / map), at_g = at_i + map, at_f = at_g + map, at_o = at_f + map;"""

PEEPHOLE = "#define SEEN(gate, cell) (peephole[(gate) * channels + channel] * (cell))"      # p o cell
BLIND = "#define SEEN(gate, cell) T(0)"

FORWARD = CELL + """
    const T in = sigmoid(z_x[at_i] + z_h[at_i] + bias[channel] + SEEN(0, c_previous));
    const T candidate = tanh(z_x[at_g] + z_h[at_g] + bias[channels + channel]);
    const T forget = sigmoid(z_x[at_f] + z_h[at_f] + bias[2 * channels + channel] + forget_bias + SEEN(1, c_previous));
    const T cell = forget * c_previous + in * candidate;
    const T out = sigmoid(z_x[at_o] + z_h[at_o] + bias[3 * channels + channel] + SEEN(2, cell));
    gates[at_i] = in;
    gates[at_g] = candidate;
    gates[at_f] = forget;
    gates[at_o] = out;
    h = out * tanh(cell);
    c = cell;"""

BACKWARD = CELL + """
    const T in = gates[at_i], candidate = gates[at_g], forget = gates[at_f], out = gates[at_o];
    const T tanh_c = tanh(c);
    const T dz_out = dh * tanh_c * out * (T(1) - out);
    const T dcell = dc + dh * out * (T(1) - tanh_c * tanh_c) + SEEN(2, dz_out);
    const T dz_in = dcell * candidate * in * (T(1) - in);
    const T dz_forget = dcell * c_previous * forget * (T(1) - forget);
    dz[at_i] = dz_in;
    dz[at_g] = dcell * in * (T(1) - candidate * candidate);
    dz[at_f] = dz_forget;
    dz[at_o] = dz_out;
    dc_previous = dcell * forget + SEEN(0, dz_in) + SEEN(1, dz_forget);"""

LSTM_GATES = Elementwise(
    "lstm_gates", "raw T z_x, raw T z_h, raw T bias, T c_previous, T forget_bias", "raw T gates, T h, T c", FORWARD,
    twin=lstm_gates, preamble=SIGMOID_TEXT + BLIND, loop_prep=PLACE)

LSTM_GATES_PEEPHOLE = Elementwise(
    "lstm_gates_peephole", "raw T z_x, raw T z_h, raw T bias, raw T peephole, T c_previous, T forget_bias",
    "raw T gates, T h, T c", FORWARD, twin=lstm_gates_peephole, preamble=SIGMOID_TEXT + PEEPHOLE, loop_prep=PLACE)

LSTM_GATES_BACKWARD = Elementwise(
    "lstm_gates_backward", "raw T gates, T c_previous, T c, T dh, T dc", "raw T dz, T dc_previous", BACKWARD,
    twin=lstm_gates_backward, preamble=BLIND, loop_prep=PLACE)

LSTM_GATES_PEEPHOLE_BACKWARD = Elementwise(
    "lstm_gates_peephole_backward", "raw T gates, raw T peephole, T c_previous, T c, T dh, T dc",
    "raw T dz, T dc_previous", BACKWARD,
    twin=lstm_gates_peephole_backward, preamble=PEEPHOLE, loop_prep=PLACE)
