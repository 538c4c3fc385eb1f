"""The reading part of a network: convolutions that ask a memory, then ones that narrow the answer down (REFERENCE 2)."""

from .. import ops
from ..layers import MultigridConvolution
from .layer_stack import LayerStack


class ReaderStack(LayerStack):
    """Reading layers, each with the memory of its own number beside its output, then narrowing ones.

    sources: {level: channels} of the query; writer: the memory layers that are read, which give the reading layers their
    levels; channels: of each reading layer; narrowing: [(levels, channels)]; last: activation of the very last layer.
    Residuals are taken from outputs with the memory beside them, so that their widths count both.
    """

    def __init__(self, sources, writer, channels, narrowing, residuals, rng, last, normalised=0):
        layers = []
        for memory, own in zip(writer, channels, strict=True):
            layers.append(MultigridConvolution(sources, memory.levels, own, rng))
            sources = {j: own + memory.channels for j in memory.levels}
        for number, (levels, own) in enumerate(narrowing, 1):
            activation = last if number == len(narrowing) else "relu"
            layers.append(MultigridConvolution(sources, levels, own, rng, activation))
            sources = {j: own for j in levels}
        super().__init__(layers, residuals, normalised)

    def forward(self, query, memories, own_statistics=False):
        """The pyramid of the last layer, cache; from the query and the memories, pyramids of as many steps."""
        caches = {}

        def step(l, x):
            y, caches[l] = self.layers[l].forward(x)
            return y

        def beside_memory(l, y):
            return {j: ops.concatenate(y[j], memories[l][j])[0] for j in y} if l < len(memories) else y

        outputs, cache = self.run(query, step, own_statistics, beside_memory)
        return outputs[-1], (cache, caches, len(memories))

    def backward(self, dy, cache):
        """The gradient of the query, and {layer: [pyramid]} of the memories."""
        cache, caches, reading = cache
        dmemories = {}

        def step(l, dy):
            return self.layers[l].backward(dy, caches[l])

        def beside_memory(l, dy):
            if l >= reading:
                return dy
            parts = {j: ops.concatenate_backward(dy[j], self.layers[l].channels) for j in dy}
            dmemories[l] = [{j: dmemory for j, (_, dmemory) in parts.items()}]
            return {j: dfeatures for j, (dfeatures, _) in parts.items()}

        return self.run_backward({len(self.layers) - 1: [dy]}, cache, step, beside_memory), dmemories
