"""Multigrid memory: a convolutional LSTM at every level, fed by the join of its neighbours (REFERENCE 2).

    z = W_x * (up(x_{j-1}) (+) x_j (+) down(x_{j+1})) + W_h * h'        (h, c) = gates(z + b, c')

Layer-major: a layer runs over the whole sequence before the next one starts (see `ops.memory`).
"""

import numpy as np

from .. import ops
from ..device import copy, zeros
from .parameter import Parameter, glorot_uniform
from .pyramid import joined_channels, neighbours, zeros_like


class MultigridMemory:
    """A conv-LSTM of C `channels` at each level; what it remembers is c.

    sources: {level: channels} of the pyramid below; levels: those that come out; peepholes: whether the gates see c;
    forget_bias: added to the forget gate at run time; rng: a NumPy Generator for the initial weights (Glorot uniform;
    biases and peepholes start at zero).
    parameters: "<level>.weight" (3, 3, C_in + C, 4C), the joined channels before the recurrent ones, gates in the order
    i, g, f, o; "<level>.bias" (4C,); "<level>.peephole" (3, C), in the order i, f, o.
    """

    def __init__(self, sources, levels, channels, rng, peepholes=False, forget_bias=1.0):
        self.levels, self.channels, self.forget_bias = tuple(levels), channels, forget_bias
        self.parameters = {}
        for j in self.levels:
            shape = (3, 3, joined_channels(sources, j) + channels, 4 * channels)
            weight = glorot_uniform(shape, 9 * shape[2], 9 * shape[3], rng)
            self.parameters[f"{j}.weight"] = Parameter(weight)
            self.parameters[f"{j}.bias"] = Parameter(np.zeros(4 * channels))
            if peepholes:
                self.parameters[f"{j}.peephole"] = Parameter(np.zeros((3, channels)))

    def forward(self, x, state, keep=None):
        """Pyramid x and state {level: (h, c)}, frames (H, C, W, B) -> h for all steps, final state, cache.

        keep (T, B): 0 where the state is set to zero before that step, else 1; None: nowhere.
        """
        y, final, caches = {}, {}, {}
        for j in self.levels:
            y[j], (h, c), caches[j] = ops.multigrid_memory(neighbours(x, j), state[j], *self._values(j), self.forget_bias,
                                                           keep)
            final[j] = copy(h), copy(c)                     # not a view: the sequence need not outlive its last step
        return y, final, (x, caches)

    @staticmethod
    def gates(cache):
        """{level: (T, H, 4C, W, B)}, the maps i, g, f, o that `forward` has kept in its cache."""
        return {j: kept[1] for j, kept in cache[1].items()}

    def backward(self, dy, cache, dstate=None):
        """dx, a pyramid like x, and the gradient {level: (dh, dc)} of the initial state.

        dstate: the gradient of the final state, in the same form; None for zero.
        """
        x, caches = cache
        dx, dinitial = zeros_like(x), {}
        for j in self.levels:
            frame = zeros(dy[j].shape[1:], dy[j])
            dinitial[j], dw, dbias, dpeephole = ops.multigrid_memory_backward(
                dy[j], dstate[j] if dstate else (frame, frame), caches[j], into=neighbours(dx, j))
            self.parameters[f"{j}.weight"].grad += dw
            self.parameters[f"{j}.bias"].grad += dbias
            if dpeephole is not None:
                self.parameters[f"{j}.peephole"].grad += dpeephole
        return dx, dinitial

    def _values(self, j):
        peephole = self.parameters.get(f"{j}.peephole")
        return (self.parameters[f"{j}.weight"].value, self.parameters[f"{j}.bias"].value,
                None if peephole is None else peephole.value)
