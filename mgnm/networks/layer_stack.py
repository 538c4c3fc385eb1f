"""Layers one after another, with what may stand after each: batch norm, then a residual connection (see `stack`)."""

from ..layers import BatchNorm
from . import stack


class LayerStack:
    """Layers that are run by `stack`, under names: what the memory and the reading part of a network have in common.

    layers: those of `mgnm.layers`, from pyramid to pyramid; residuals: [from, to] pairs, counted from 1; normalised:
    after how many of them, from the first on, there is batch norm. It comes before the residual is added, so that the
    way past a layer stays free. parameters and buffers: "<layer>.<level>.<name>", layers counted from 0.
    """

    def __init__(self, layers, residuals, normalised):
        self.layers = layers
        self.residuals = {to - 1: source - 1 for source, to in residuals}
        self.norms = [BatchNorm(layer.levels, layer.channels) for layer in layers[:normalised]]
        self.parameters = {f"{number}.{name}": p for group in (layers, self.norms)
                           for number, layer in enumerate(group) for name, p in layer.parameters.items()}
        self.buffers = {f"{number}.{name}": b for number, norm in enumerate(self.norms)
                        for name, b in norm.buffers.items()}

    def run(self, x, step, own_statistics, finish=stack.unchanged):
        """As `stack.run`, with the batch norm after each step: all outputs, and the cache."""
        caches = {}

        def normalised_step(l, x):
            y = step(l, x)
            if l < len(self.norms):
                y, caches[l] = self.norms[l].forward(y, own_statistics)
            return y

        outputs, cache = stack.run(len(self.layers), self.residuals, x, normalised_step, finish)
        return outputs, (cache, caches)

    def run_backward(self, doutputs, cache, step, finish=stack.unchanged):
        """As `stack.run_backward`: the gradient of x."""
        stack_cache, caches = cache

        def normalised_step(l, dy):
            return step(l, self.norms[l].backward(dy, caches[l]) if l in caches else dy)

        return stack.run_backward(doutputs, stack_cache, normalised_step, finish)
