"""The reader/writer network: a memory that is written by what is seen and read by a question (REFERENCE 2 and 3).

    observation -> writer: multigrid memory layers --- h of every layer and level ---.
    query       -> reader: multigrid convolutions, each given the writer's h of its own layer
                           -> narrowing: multigrid convolutions on fewer and fewer of the finest levels -> map of logits
"""

from .. import ops
from ..layers import MultigridConvolution, MultigridMemory
from . import stack
from .layout import from_grid, to_grid
from .network import Network
from .reader_writer_config import ReaderWriterConfig


class ReaderWriter(Network):
    """See the page. inputs: "observation" and "query", each (T, B, base, base, input_channels);
    outputs: logits (T, B, S, S, channels of the last layer), S = base * 2**(levels - 1)."""

    Config = ReaderWriterConfig

    def __init__(self, config, rng, dtype, xp):
        self.config = config
        self.finest = config.finest
        self.output_side, self.output_channels = config.base * 2 ** config.finest, config.narrowing[-1][1]
        self.writer_residuals = _residuals(config.writer_residuals)
        self.reader_residuals = _residuals(config.reader_residuals)

        self.writer, self.reader = [], []
        sources = {0: config.input_channels}
        for levels, (_, channels) in zip(config.levels, config.writer):
            self.writer.append(MultigridMemory(sources, levels, channels, rng, config.peepholes, config.forget_bias))
            sources = {j: channels for j in levels}
        sources = {0: config.input_channels}
        for memory, channels in zip(self.writer, config.reader):
            self.reader.append(MultigridConvolution(sources, memory.levels, channels, rng))
            sources = {j: channels + memory.channels for j in memory.levels}
        for number, (_, channels) in enumerate(config.narrowing, 1):
            activation = "relu" if number < len(config.narrowing) else "linear"
            levels = config.levels[len(self.reader)]
            self.reader.append(MultigridConvolution(sources, levels, channels, rng, activation))
            sources = {j: channels for j in levels}
        self.memory_cells = sum(m.channels * (config.base * 2 ** j) ** 2 for m in self.writer for j in m.levels)
        self.pack({f"{part}.{number}.{name}": p
                   for part, layers in (("writer", self.writer), ("reader", self.reader))
                   for number, layer in enumerate(layers) for name, p in layer.parameters.items()}, dtype, xp)

    def initial_state(self, batch):
        """Zeros for h and c of every memory layer and level: {"<layer>.<level>.h": (H, C, W, B)}."""
        state = {}
        for l, memory in enumerate(self.writer):
            for j in memory.levels:
                side = self.config.base * 2 ** j
                for name in "hc":
                    state[f"{l}.{j}.{name}"] = self.xp.zeros((side, memory.channels, side, batch), self.dtype)
        return state

    def forward(self, inputs, state=None):
        """Write all observations; answer every step's query from what is remembered at that step."""
        observation, query = ({0: to_grid(inputs[name], self.dtype, self.xp)} for name in ("observation", "query"))
        state = _nested(state or self.initial_state(observation[0].shape[-1]))
        finals, writer_caches, reader_caches = {}, {}, {}

        def write(l, x):
            h, finals[l], writer_caches[l] = self.writer[l].forward(x, state[l])
            return h

        def read(l, x):
            y, reader_caches[l] = self.reader[l].forward(x)
            return y

        def beside_memory(l, y):
            return {j: ops.concatenate(y[j], memories[l][j])[0] for j in y} if l < len(memories) else y

        memories, writer_stack = stack.run(len(self.writer), self.writer_residuals, observation, write)
        outputs, reader_stack = stack.run(len(self.reader), self.reader_residuals, query, read, beside_memory)
        logits = from_grid(outputs[-1][self.finest])        # (T, B, S, S, C)
        return logits, _flat(finals), (writer_stack, reader_stack, writer_caches, reader_caches)

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The memory is reached from two sides: from the reader, layer by layer,
        and from the writer's own next layer."""
        writer_stack, reader_stack, writer_caches, reader_caches = cache
        dfinal = _nested(dstate) if dstate else {}
        dmemories, dinitial = {}, {}

        def write(l, dy):
            dx, dinitial[l] = self.writer[l].backward(dy, writer_caches[l], dfinal.get(l))
            return dx

        def read(l, dy):
            return self.reader[l].backward(dy, reader_caches[l])

        def beside_memory(l, dy):
            if l >= len(self.writer):
                return dy
            parts = {j: ops.concatenate_backward(dy[j], self.config.reader[l]) for j in dy}
            dmemories[l] = [{j: dmemory for j, (_, dmemory) in parts.items()}]
            return {j: dfeatures for j, (dfeatures, _) in parts.items()}

        dlogits = {self.finest: to_grid(doutputs, self.dtype, self.xp)}
        dquery = stack.run_backward({len(self.reader) - 1: [dlogits]}, reader_stack, read, beside_memory)
        dobservation = stack.run_backward(dmemories, writer_stack, write)
        return {"observation": from_grid(dobservation[0]), "query": from_grid(dquery[0])}, _flat(dinitial)


def _residuals(pairs):
    """{to: source}, counted from 0, from 1-based [from, to] pairs."""
    return {to - 1: source - 1 for source, to in pairs}


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
