"""The LSTM: vectors in, vectors out, and a memory c of as many numbers as it has units (Hochreiter and Schmidhuber, 1997;
forget gate of Gers et al., 2000). What a multigrid memory is compared with: every unit sees every other.

    z = W_x^T x + W_h^T h'          (h, c) = gates(z + b, c')

It is a vector memory, one of the cores of `networks.VectorMemory`, which all have this form:

    input_channels, output_channels, memory_cells, parameters
    state = core.initial_state(batch, dtype, xp)            a flat dict of arrays, which the core alone understands
    y, state, cache = core.forward(x, state)                x (T, B, input_channels) -> y (T, B, output_channels)
    dx, dstate = core.backward(dy, cache, dstate=None)      adds to every parameter's grad
    grids = core.grids(state)                               for figures: {"<layer>.<level>.<h or c>": (H, C, W, B)}
"""

from math import isqrt

import numpy as np

from .. import ops
from ..device import array_module, copy, zeros
from .parameter import Parameter, glorot_uniform


class LSTM:
    """A stack of layers of `units` each; the output is h of the last one.

    input_channels: length of an input vector; rng: a NumPy Generator for the initial weights (Glorot uniform; biases start
    at zero); layers: how many; forget_bias: added to the forget gates at run time.
    parameters: "<layer>.weight" (C_in + units, 4 units), the input's rows before the recurrent ones, gates in the order
    i, g, f, o; "<layer>.bias" (4 units,); layers are counted from 0.
    """

    def __init__(self, input_channels, units, rng, layers=1, forget_bias=1.0):
        self.input_channels, self.output_channels = input_channels, units
        self.layers, self.forget_bias, self.memory_cells = layers, forget_bias, layers * units
        self.parameters = {}
        for l in range(layers):
            shape = (units if l else input_channels) + units, 4 * units
            self.parameters[f"{l}.weight"] = Parameter(glorot_uniform(shape, *shape, rng))
            self.parameters[f"{l}.bias"] = Parameter(np.zeros(4 * units))

    def initial_state(self, batch, dtype, xp):
        """Zeros for h and c of every layer: {"<layer>.h": (units, B)}."""
        return {f"{l}.{name}": xp.zeros((self.output_channels, batch), dtype)
                for l in range(self.layers) for name in "hc"}

    def grids(self, state):
        """A state in the form of square grids, to look at: {"<layer>.0.<h or c>": (side, 1, side, B)}. Units stand in rows,
        in no order that means anything; what they leave free is zero."""
        found, side = {}, isqrt(self.output_channels - 1) + 1
        for key, x in state.items():
            l, name = key.split(".")
            square = zeros((side * side, x.shape[1]), x)
            square[:len(x)] = x
            found[f"{l}.0.{name}"] = square.reshape(side, 1, side, x.shape[1])
        return found

    def forward(self, x, state, keep=None):
        """x (T, B, input_channels) -> h of the last layer (T, B, units), final state, cache.

        Layer-major: a layer runs over the whole sequence before the next one starts. keep (T, B): 0 where the state is set
        to zero before that step, else 1; None: nowhere.
        """
        final, caches = {}, []
        for l in range(self.layers):
            x, (h, c), cache = ops.lstm_scan(x, _pair(state, l), *self._values(l), self.forget_bias, keep)
            final |= {f"{l}.h": copy(h), f"{l}.c": copy(c)}     # not a view: the sequence need not outlive its last step
            caches.append(cache)
        return x, final, caches

    def backward(self, dy, cache, dstate=None):
        """dx (T, B, input_channels), and the gradient of the initial state.

        dstate: the gradient of the final state, in the same form; None for zero.
        """
        dinitial = {}
        for l in reversed(range(self.layers)):
            dfinal = _pair(dstate, l) if dstate else (zeros((self.output_channels, dy.shape[1]), dy),) * 2
            dy, (dh, dc), dw, dbias = ops.lstm_scan_backward(dy, dfinal, cache[l])
            dinitial |= {f"{l}.h": dh, f"{l}.c": dc}
            self._add(l, dw, dbias)
        return dy, dinitial

    def step(self, x, state):
        """One step, for an input that depends on the step before: x (B, input_channels) -> y (B, units), state, cache."""
        after, caches = {}, []
        for l in range(self.layers):
            (h, c), cache = ops.lstm_step(x, _pair(state, l), *self._values(l), self.forget_bias)
            after |= {f"{l}.h": h, f"{l}.c": c}
            caches.append(cache)
            x = h.T
        return x, after, caches

    def step_backward(self, dy, cache, dstate):
        """dx (B, input_channels), the gradient of the state before, and what the weights' gradient is made of: keep that
        of every step, and hand all of them to `add_gradients`. dstate: the gradient of the state after the step."""
        dbefore, kept = {}, []
        for l in reversed(range(self.layers)):
            dh, dc = _pair(dstate, l)
            dy, (dh, dc), kept_here = ops.lstm_step_backward((dh + dy.T, dc), cache[l])
            dbefore |= {f"{l}.h": dh, f"{l}.c": dc}
            kept.insert(0, kept_here)
        return dy, dbefore, kept

    def add_gradients(self, steps):
        """Add what steps, in any order, give to the weights: one product for each layer. steps: a list of what
        `step_backward` kept."""
        for l in range(self.layers):
            x, h_previous, dz = (array_module(each[0]).stack(each) for each in zip(*(kept[l] for kept in steps)))
            self._add(l, *ops.lstm_weight_gradients(x, h_previous, dz))

    def _values(self, l):
        return self.parameters[f"{l}.weight"].value, self.parameters[f"{l}.bias"].value

    def _add(self, l, dw, dbias):
        self.parameters[f"{l}.weight"].grad += dw
        self.parameters[f"{l}.bias"].grad += dbias


def _pair(state, l):
    return state[f"{l}.h"], state[f"{l}.c"]
