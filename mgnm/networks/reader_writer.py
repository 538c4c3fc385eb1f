"""The reader/writer network: a memory that is written by what is seen and read by a question (REFERENCE 2 and 3).

    observation -> writer: multigrid memory layers --- h of every layer and level ---.
    query       -> reader: multigrid convolutions, each given the writer's h of its own layer
                           -> narrowing: multigrid convolutions on fewer and fewer of the finest levels -> map of logits
"""

from .exchange import Exchange
from .layout import from_grid, to_grid
from .memory_stack import MemoryStack
from .network import Network
from .reader_stack import ReaderStack
from .reader_writer_config import ReaderWriterConfig


class ReaderWriter(Network):
    """See the page. inputs: "observation" and "query", each (T, B, view, view, input_channels);
    outputs: logits (T, B, S, S, channels of the last layer), S = base * 2**(levels - 1)."""

    Config, questions = ReaderWriterConfig, ("every",)

    def __init__(self, config, rng, dtype, xp):
        self.config = config
        self.finest = config.finest
        reading, narrowing = len(config.reader), [channels for _, channels in config.narrowing]
        self.output_side, self.output_channels = config.base * 2 ** config.finest, narrowing[-1]
        sources = {0: config.input_channels}
        self.writer = MemoryStack(sources, config.writer, config.base, config.writer_residuals, rng, config.peepholes,
                                  config.forget_bias)
        self.reader = ReaderStack(sources, self.writer.layers, config.reader,
                                  list(zip(config.levels[reading:], narrowing)), config.reader_residuals, rng, "linear")
        self.memory_cells = self.writer.memory_cells
        self.pack({"writer": self.writer, "reader": self.reader, **self.heads(rng)}, dtype, xp)

    def heads(self, rng):
        """What a network has beside writer and reader, by name; made after them."""
        return {}

    @property
    def exchange(self):
        """What goes in and what comes out."""
        side, entry = self.output_side, self.config.entry_side
        return Exchange(self.questions[0], (entry, entry, self.config.input_channels), (side, side, self.output_channels),
                        "network.base, network.view, network.input_channels",
                        "network.base, network.writer, network.narrowing")

    def initial_state(self, batch):
        """Zeros for h and c of every memory layer and level: {"<layer>.<level>.h": (H, C, W, B)}."""
        return self.writer.initial_state(batch, self.dtype, self.xp)

    def shown(self, x):
        """An observation or a query as the coarsest level of a pyramid, of which it may fill a part."""
        return {0: to_grid(x, self.dtype, self.xp, self.config.base)}

    def shown_backward(self, dx):
        """The gradient of what was shown: of the part that it fills."""
        return from_grid(dx[0], self.config.entry_side)

    def forward(self, inputs, state=None):
        """Write all observations; answer every step's query from what is remembered at that step."""
        self.check_shown(inputs)
        observation, query = (self.shown(inputs[name]) for name in ("observation", "query"))
        state = state or self.initial_state(observation[0].shape[-1])
        memories, state, writer_cache = self.writer.forward(observation, state)
        y, reader_cache = self.reader.forward(query, memories)
        return from_grid(y[self.finest]), state, (writer_cache, reader_cache)        # logits (T, B, S, S, C)

    def gates(self, cache):
        """Those of the writer."""
        return self.writer.gates(cache[0])

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The memory is reached from two sides: from the reader, layer by layer,
        and from the writer's own next layer."""
        writer_cache, reader_cache = cache
        dlogits = {self.finest: to_grid(doutputs, self.dtype, self.xp)}
        dquery, dmemories = self.reader.backward(dlogits, reader_cache)
        dobservation, dstate = self.writer.backward(dmemories, writer_cache, dstate)
        return {"observation": self.shown_backward(dobservation), "query": self.shown_backward(dquery)}, dstate
