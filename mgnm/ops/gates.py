"""The conv-LSTM cell after its convolutions: from the four gate maps to the new state (REFERENCE 2).

    i = sig(z_i + b_i + p_i o c')        g = tanh(z_g + b_g)        f = sig(z_f + b_f + forget_bias + p_f o c')
    c = f o c' + i o g                   o = sig(z_o + b_o + p_o o c)                       h = o o tanh(c)

z = W_x * H + W_h * h' holds all four along its channel axis, in the order i, g, f, o. The peepholes p (3, C), in the
order i, f, o, let the gates see the cell; without them the terms p o c are left out. Everything here is pointwise in
space, so it serves a grid (..., 4C, W, B) and, with W = 1, a plain LSTM.
"""

from ..device import array_module, empty
from .activations import sigmoid, sigmoid_backward, tanh, tanh_backward


def split(z):
    """The four gate maps i, g, f, o of z (..., 4C, W, B), as views (..., C, W, B)."""
    C = z.shape[-3] // 4
    return tuple(z[..., k * C:(k + 1) * C, :, :] for k in range(4))


def lstm_gates(z, c_previous, bias, peephole=None, forget_bias=1.0, out=None):
    """(h, c), cache from gate maps z (..., 4C, W, B), the previous cell (..., C, W, B) and bias (4C,).

    `out` = (gates, h, c) takes the results; gates, of the shape of z or z itself, are the maps i, g, f, o after their
    nonlinearities, which the way back needs.
    """
    xp = array_module(z)
    C = c_previous.shape[-3]
    shift = bias.copy()
    shift[2 * C:3 * C] += forget_bias
    gates, h, c = out or (empty(z.shape, z), empty(c_previous.shape, z), empty(c_previous.shape, z))
    xp.add(z, shift[:, None, None], out=gates)
    i, g, f, o = split(gates)
    if peephole is not None:
        p_i, p_f, p_o = peephole[:, :, None, None]          # (C, 1, 1) each
        i += p_i * c_previous
        f += p_f * c_previous
    sigmoid(i, out=i)
    tanh(g, out=g)
    sigmoid(f, out=f)
    xp.multiply(f, c_previous, out=c)
    c += i * g
    if peephole is not None:
        o += p_o * c
    sigmoid(o, out=o)
    tanh(c, out=h)
    h *= o
    return (h, c), (gates, c_previous, c, peephole)


def lstm_gates_backward(dstate, cache, out=None):
    """dz, dc_previous, dbias, dpeephole (None without peepholes) from dstate = (dh, dc); `out` takes dz."""
    dh, dc = dstate
    gates, c_previous, c, peephole = cache
    dz = empty(gates.shape, gates) if out is None else out
    i, g, f, o = split(gates)
    dz_i, dz_g, dz_f, dz_o = split(dz)
    tanh_c, _ = tanh(c)

    dz_o[...] = sigmoid_backward(dh * tanh_c, o)            # h = o tanh(c)
    dc = dc + tanh_backward(dh * o, tanh_c)
    if peephole is not None:
        p_i, p_f, p_o = peephole[:, :, None, None]
        dc += p_o * dz_o                                    # o saw the new cell
    dz_i[...] = sigmoid_backward(dc * g, i)                 # c = f c' + i g
    dz_g[...] = tanh_backward(dc * i, g)
    dz_f[...] = sigmoid_backward(dc * c_previous, f)
    dc_previous = dc * f
    dpeephole = None
    if peephole is not None:
        dc_previous += p_i * dz_i + p_f * dz_f              # i and f saw the previous one
        dpeephole = array_module(gates).stack([
            _per_channel(dz_i * c_previous), _per_channel(dz_f * c_previous), _per_channel(dz_o * c)])  # (3, C)
    return dz, dc_previous, _per_channel(dz), dpeephole


def _per_channel(x):
    """The sum over space and batch: (..., C, W, B) -> (C,)."""
    return x.sum((-2, -1)).reshape(-1, x.shape[-3]).sum(0)
