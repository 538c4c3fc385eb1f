"""The network of digit recall: a reader/writer memory of images that is asked at the end (REFERENCE 4).

    images, one for every level -> writer: memory layers --- h of every layer and level, after the LAST image ---.
    an image as a query         -> reader: convolutions, each given the writer's h of its own layer
                                           -> narrowing to the coarsest level -> linear map -> one logit for each class

Not a setting of `ReaderWriter`, which answers every step with a map of the finest level: what the two have in common is
`MemoryStack` and `ReaderStack`, and what they do with them differs at both ends and in time. Ours, where REFERENCE 4 says
only "after every layer": batch norm comes after a layer's relu, and what the reader is given is the normalised h.
"""

from ..device import zeros
from ..layers import PyramidToVectors
from .digit_reader_config import DigitReaderConfig
from .exchange import Exchange, images
from .layout import from_grid, to_grid
from .memory_stack import MemoryStack
from .network import Network
from .reader_stack import ReaderStack


class DigitReader(Network):
    """See the page. inputs: "observation" {level: (T, B, side, side, input_channels)} and "query" {level: (S, B, side,
    side, input_channels)}, for every level of the writer's first layer; outputs: logits (S, B, output_channels). Of
    several queries each is answered from the same memory, and leaves it as it is."""

    Config, questions = DigitReaderConfig, ("last",)

    def __init__(self, config, rng, dtype, xp):
        self.config, self.output_channels = config, config.output_channels
        reading, narrowing = len(config.reader), [channels for _, channels in config.narrowing]
        normalised = config.batch_norm != "none"
        sources = dict.fromkeys(config.entry, config.input_channels)
        self.writer = MemoryStack(sources, config.writer, config.base, config.writer_residuals, rng, config.peepholes,
                                  config.forget_bias, reading * normalised)
        self.reader = ReaderStack(sources, self.writer.layers, config.reader,
                                  list(zip(config.levels[reading:], narrowing)), config.reader_residuals, rng, "relu",
                                  (reading + len(narrowing)) * normalised)
        self.exit = PyramidToVectors([0], config.base, narrowing[-1], config.output_channels, rng)
        self.memory_cells = self.writer.memory_cells
        self.pack({"writer": self.writer, "reader": self.reader, "exit": self.exit}, dtype, xp)

    @property
    def exchange(self):
        """What goes in and what comes out."""
        config = self.config
        return Exchange("last", images(config.entry, config.base, config.input_channels), (self.output_channels,),
                        "network.base, network.writer, network.input_channels", "network.output_channels")

    def initial_state(self, batch):
        """Zeros for h and c of every memory layer and level: {"<layer>.<level>.h": (H, C, W, B)}."""
        return self.writer.initial_state(batch, self.dtype, self.xp)

    def forward(self, inputs, state=None):
        """Write all images, one after another, then answer the queries from what is remembered."""
        self.check_shown(inputs)
        observation, query = ({j: to_grid(inputs[name][j], self.dtype, self.xp) for j in self.config.entry}
                              for name in ("observation", "query"))
        own_statistics = self.training or self.config.batch_norm == "batch"
        T, *_, B = observation[0].shape
        memories, state, writer_cache = self.writer.forward(observation, state or self.initial_state(B), own_statistics)
        S = len(query[0])
        last = [{j: self.xp.repeat(h[-1:], S, axis=0) for j, h in memory.items()} for memory in memories]
        y, reader_cache = self.reader.forward(query, last, own_statistics)
        logits, exit_cache = self.exit.forward(y)           # (S, B, classes)
        return logits, state, (T, writer_cache, reader_cache, exit_cache)

    def gates(self, cache):
        """Those of the writer."""
        return self.writer.gates(cache[1])

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The reader's gradient reaches the memory at its last step alone; the
        steps before get theirs through the state, and through the batch norm's statistics."""
        T, writer_cache, reader_cache, exit_cache = cache
        dy = self.exit.backward(self.xp.asarray(doutputs, self.dtype), exit_cache)
        dquery, dlast = self.reader.backward(dy, reader_cache)
        dmemories = {l: [{j: _at_the_end(d, T) for j, d in pyramid.items()} for pyramid in pyramids]
                     for l, pyramids in dlast.items()}
        dobservation, dstate = self.writer.backward(dmemories, writer_cache, dstate)
        return {name: {j: from_grid(d) for j, d in pyramid.items()}
                for name, pyramid in (("observation", dobservation), ("query", dquery))}, dstate


def _at_the_end(d, T):
    """(S, H, C, W, B), from all queries to the last of T steps, summed there after zeros for the others: (T, H, C, W, B)."""
    whole = zeros((T, *d.shape[1:]), d)
    whole[-1] = d.sum(axis=0)
    return whole
