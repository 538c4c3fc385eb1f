"""What a network is fed that is fed nothing: grids that are learned, and else always the same."""

import numpy as np

from ..device import empty
from .parameter import Parameter


class ConstantPyramid:
    """The same pyramid at every step and for every sequence.

    sources: {level: channels} of what is to come out; base: side of level 0. parameters: "<level>" (H, C, W), zeros at
    first.
    """

    def __init__(self, sources, base):
        self.parameters = {str(j): Parameter(np.zeros((base * 2 ** j, channels, base * 2 ** j)))
                           for j, channels in sources.items()}

    def forward(self, steps, batch):
        """{level: grid (steps, H, C, W, batch)}. There is no input, so nothing has to be kept for the way back."""
        y = {}
        for name, p in self.parameters.items():
            y[int(name)] = empty((steps, *p.value.shape, batch), p.value)
            y[int(name)][...] = p.value[..., None]
        return y

    def backward(self, dy):
        """Every step and sequence was given the same numbers, which collect from all of them."""
        for name, p in self.parameters.items():
            p.grad += dy[int(name)].sum((0, -1))
