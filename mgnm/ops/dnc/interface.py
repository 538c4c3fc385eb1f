"""What the controller says to the memory at a step: one vector, cut into parts, each brought into its range (REFERENCE 6).

    part of the vector, in this order      length      what becomes of it
    read keys                              R W         as they are
    read strengths                         R           1 + softplus(x), above 1
    write key                              W           as it is
    write strength                         1           1 + softplus(x)
    erase vector                           W           sig(x)
    write vector                           W           as it is
    free gates                             R           sig(x)
    allocation gate, write gate            1 + 1       sig(x)
    read modes                             R 3         softmax over the three of a head
"""

from collections import namedtuple

from ...device import array_module
from ..activations import sigmoid, sigmoid_backward
from ..softmax import softmax, softmax_backward

Interface = namedtuple("Interface", "read_keys read_strengths write_key write_strength erase write_vector free_gates "
                       "allocation_gate write_gate read_modes")
MODES = 3


def interface_width(width, heads):
    """Length of the vector for slots of this width and this number of read heads: R W + 3 W + 5 R + 3."""
    return sum(_lengths(width, heads))


def memory_interface(x, width, heads):
    """The Interface that a vector x (B, interface_width) means, cache.

    read_keys (B, R, W), read_strengths (B, R), write_key (B, 1, W), write_strength (B, 1), erase and write_vector (B, W),
    free_gates (B, R), allocation_gate and write_gate (B, 1), read_modes (B, R, 3).
    """
    B = len(x)
    keys, strengths, key, strength, erase, vector, gates, modes = _cut(x, width, heads)
    erase, _ = sigmoid(erase)
    gates, _ = sigmoid(gates)                               # free gates, allocation gate, write gate
    modes, _ = softmax(modes.reshape(B, heads, MODES))
    y = Interface(keys.reshape(B, heads, width), _one_plus_softplus(strengths), key.reshape(B, 1, width),
                  _one_plus_softplus(strength), erase, vector, gates[:, :heads], gates[:, heads:-1], gates[:, -1:], modes)
    return y, (strengths, strength, erase, gates, modes)


def memory_interface_backward(dy, cache):
    """dx from a tuple of gradients in the order of Interface. d(1 + softplus(x))/dx = sig(x)."""
    dy, (strengths, strength, erase, gates, modes) = Interface(*dy), cache
    xp, B = array_module(gates), len(gates)
    dgates = xp.concatenate([dy.free_gates, dy.allocation_gate, dy.write_gate], axis=1)
    return xp.concatenate([
        dy.read_keys.reshape(B, -1), dy.read_strengths * sigmoid(strengths)[0], dy.write_key.reshape(B, -1),
        dy.write_strength * sigmoid(strength)[0], sigmoid_backward(dy.erase, erase), dy.write_vector,
        sigmoid_backward(dgates, gates), softmax_backward(dy.read_modes, modes).reshape(B, -1)], axis=1)


def _lengths(width, heads):
    """Of the parts that `memory_interface` cuts; the gates, which share a nonlinearity, are one."""
    return heads * width, heads, width, 1, width, width, heads + 2, heads * MODES


def _cut(x, width, heads):
    """The parts, as views."""
    parts, start = [], 0
    for length in _lengths(width, heads):
        parts.append(x[:, start:start + length])
        start += length
    return parts


def _one_plus_softplus(x):
    """1 + log(1 + exp(x)), with the exponential of -|x| only: finite for x of any size."""
    xp = array_module(x)
    y = xp.log1p(xp.exp(-abs(x)))
    y += xp.maximum(x, 0)
    y += 1
    return y
