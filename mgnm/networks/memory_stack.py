"""A stack of multigrid memory layers with its state: the writer, the encoder, the decoder (REFERENCE 2)."""

from ..layers import Dropout, MultigridMemory
from ..layers.pyramid import zeros_like
from .layer_stack import LayerStack


class MemoryStack(LayerStack):
    """Memory layers, each fed by the outputs of the one before; residuals are added to outputs, not to the state.

    sources: {level: channels} of what goes into the first; sizes: [levels, channels] of every layer; base: side of the
    coarsest level; dropout: of what goes into every layer but the first. The state is flat, {"<layer>.<level>.h" and
    ".c": frame (H, C, W, B)}.
    """

    def __init__(self, sources, sizes, base, residuals, rng, peepholes, forget_bias, normalised=0, dropout=0.0):
        layers = []
        for levels, channels in sizes:
            layers.append(MultigridMemory(sources, range(levels), channels, rng, peepholes, forget_bias))
            sources = {j: channels for j in range(levels)}
        super().__init__(layers, residuals, normalised)
        self.base = base
        self.dropouts = [Dropout(dropout if l else 0.0, l) for l in range(len(layers))]
        self.memory_cells = sum(layer.channels * (base * 2 ** j) ** 2 for layer in layers for j in layer.levels)

    def initial_state(self, batch, dtype, xp):
        """Zeros for h and c of every layer and level."""
        return {f"{l}.{j}.{name}": xp.zeros((self.base * 2 ** j, layer.channels, self.base * 2 ** j, batch), dtype)
                for l, layer in enumerate(self.layers) for j in layer.levels for name in "hc"}

    def forward(self, x, state, own_statistics=False, chance=None, keep=None):
        """Pyramid x over time -> the outputs (pyramids) of all layers, the final state, cache. chance: see `Dropout`; keep:
        see `MultigridMemory`."""
        state, finals, caches = _nested(state), {}, {}

        def step(l, x):
            x, dropped = self.dropouts[l].forward(x, chance)
            h, finals[l], cache = self.layers[l].forward(x, state[l], keep)
            caches[l] = dropped, cache
            return h

        outputs, cache = self.run(x, step, own_statistics)
        return outputs, _flat(finals), (cache, caches, outputs[-1])

    def gates(self, cache):
        """{"<layer>.<level>": (T, H, 4C, W, B)}, see `Network.gates`."""
        return {f"{l}.{j}": maps for l, (_, kept) in cache[1].items() for j, maps in self.layers[l].gates(kept).items()}

    def backward(self, doutputs, cache, dstate=None):
        """dx, and the gradient of the initial state, from {layer: [pyramids]} of the outputs that were used, which may
        be none, and from the gradient of the final state (None for zero)."""
        cache, caches, top = cache
        dfinals, dinitials = _nested(dstate) if dstate else {}, {}

        def step(l, dy):
            dropped, cache = caches[l]
            dx, dinitials[l] = self.layers[l].backward(dy, cache, dfinals.get(l))
            return self.dropouts[l].backward(dx, dropped)

        last = len(self.layers) - 1
        if last not in doutputs:                            # its output was not used, but its state may have been
            doutputs = {**doutputs, last: [zeros_like(top)]}
        return self.run_backward(doutputs, cache, step), _flat(dinitials)


def _nested(state):
    """{layer: {level: (h, c)}} from the flat state."""
    nested = {}
    for key in state:
        l, j, name = key.split(".")
        if name == "h":
            nested.setdefault(int(l), {})[int(j)] = state[key], state[f"{l}.{j}.c"]
    return nested


def _flat(nested):
    return {f"{l}.{j}.{name}": array for l, levels in nested.items() for j, pair in levels.items()
            for name, array in zip("hc", pair)}
