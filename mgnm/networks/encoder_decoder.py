"""The encoder/decoder network: one memory takes in a whole sequence, a second one brings out the answer (REFERENCE 2).

    vectors -> linear map -> coarsest grid -.
    or images, one for every level ---------+-> encoder: memory layers
                                                   | its final state, of every layer and level
    a learned constant, at every step ------+-> decoder: memory layers of its own weights
                                                   '-> last layer, all its cells -> linear map -> one vector a step

The paper says that there are these two parts and that the state is handed over. The rest is ours: the linear ends (see
`layers.vectors`); a decoder that is fed nothing of the input, and not its own answers either, but the same learned
grids at every step, so that all it knows has come through the memory; and the output from the last layer alone,
which is cheapest where that layer has the coarsest level only.
"""

from ..layers import ConstantPyramid, PyramidToVectors, VectorsToGrid
from .encoder_decoder_config import EncoderDecoderConfig
from .exchange import Exchange, finest, images
from .layout import from_grid, to_grid
from .memory_stack import MemoryStack
from .network import Network


class EncoderDecoder(Network):
    """See the page. inputs: "input", vectors (T_in, B, input_channels) or images {level: (T_in, B, side, side,
    input_channels)}, and "steps", T_out; outputs: (T_out, B, output_channels). And, if wanted, "queries", like "input" but
    for S B sequences, S for each of B: query s of sequence b is number s B + b. The encoder takes in each of them on its
    own, after the input, which costs it only once; outputs are then (T_out, S B, output_channels).

    The state of both parts has the same form. Handed on, it lets a sequence be taken in and an answer be brought out
    in portions: with steps = 0 the encoder goes on where it was, with an input of no steps (T_in = 0) the decoder does.
    """

    Config, questions = EncoderDecoderConfig, ("none",)

    def __init__(self, config, rng, dtype, xp):
        self.config, self.output_channels = config, config.output_channels
        self.entry, sources = None, dict.fromkeys(config.entry, config.input_channels)
        if config.input == "vector":
            sources = {0: config.grid_channels}
            self.entry = VectorsToGrid(config.input_channels, config.base, config.grid_channels, rng, config.input_layer)
        normalised = len(config.layers) if config.batch_norm != "none" else 0
        shape = sources, config.layers, config.base, config.residuals, rng, config.peepholes, config.forget_bias
        self.encoder = MemoryStack(*shape, max(normalised - 1, 0))      # nobody reads the output of its last layer
        self.decoder = MemoryStack(*shape, normalised)
        self.start = ConstantPyramid(sources, config.base)
        levels, channels = config.layers[-1]
        self.exit = PyramidToVectors(range(levels), config.base, channels, config.output_channels, rng)
        self.memory_cells = self.encoder.memory_cells

        parts = {"entry": self.entry, "encoder": self.encoder, "start": self.start, "decoder": self.decoder,
                 "exit": self.exit}
        self.pack({name: part for name, part in parts.items() if part}, dtype, xp)

    @property
    def several_queries(self):
        """True without batch norm, which would have two sets of statistics: of the input, and of the queries."""
        return self.config.batch_norm == "none"

    @property
    def exchange(self):
        """What goes in and what comes out."""
        config, settings = self.config, "network.input, network.input_channels"
        shown = (config.input_channels,)
        if config.input == "images":
            shown = images(config.entry, config.base, config.input_channels)
            settings += ", network.base, network.layers"
        return Exchange("none", shown, (self.output_channels,), settings, "network.output_channels")

    def initial_state(self, batch):
        """Zeros for h and c of every layer and level of the encoder: {"<layer>.<level>.h": (H, C, W, B)}."""
        return self.encoder.initial_state(batch, self.dtype, self.xp)

    def forward(self, inputs, state=None):
        """Take in the whole input, and then each of the queries if there are any; bring out `steps` vectors."""
        self.check_shown(inputs)
        own_statistics = self.training or self.config.batch_norm == "batch"
        state, taken_in = self._encode(inputs["input"], state, own_statistics)
        asked, S = None, 1
        if "queries" in inputs:
            S = finest(inputs["queries"]).shape[1] // finest(inputs["input"]).shape[1]
            state = {name: self.xp.concatenate([x] * S, axis=-1) for name, x in state.items()}      # (H, C, W, S B)
            state, asked = self._encode(inputs["queries"], state, own_statistics)
        batch = next(iter(state.values())).shape[-1]
        outputs, state, decoder_cache = self.decoder.forward(self.start.forward(inputs["steps"], batch), state,
                                                             own_statistics)
        y, exit_cache = self.exit.forward(outputs[-1])      # (T_out, B, C)
        return y, state, (taken_in, asked, decoder_cache, exit_cache, S)

    def _encode(self, x, state, own_statistics):
        """The encoder's state after x, and the cache."""
        entry_cache = None
        if self.entry:
            grid, entry_cache = self.entry.forward(self.xp.asarray(x, self.dtype))
            pyramid = {0: grid}
        else:
            pyramid = {j: to_grid(x[j], self.dtype, self.xp) for j in self.config.entry}
        state = state or self.initial_state(pyramid[0].shape[-1])
        _, state, encoder_cache = self.encoder.forward(pyramid, state, own_statistics)
        return state, (entry_cache, encoder_cache)

    def gates(self, cache):
        """Those of the encoder, while something comes in (queries not counted), and after them those of the decoder."""
        (_, encoder_cache), _, decoder_cache, *_ = cache
        encoded, decoded = self.encoder.gates(encoder_cache), self.decoder.gates(decoder_cache)
        return {name: self.xp.concatenate([encoded[name], decoded[name]]) for name in encoded}

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of the input, of the queries and of the initial state: from the decoder's outputs to its initial state,
        which is the encoder's final one, and through the encoder to what it took in. The memory of a sequence collects
        what its S queries send back."""
        taken_in, asked, decoder_cache, exit_cache, S = cache
        dtop = self.exit.backward(self.xp.asarray(doutputs, self.dtype), exit_cache)
        dstart, dstate = self.decoder.backward({len(self.config.layers) - 1: [dtop]}, decoder_cache, dstate)
        self.start.backward(dstart)
        dinputs = {}
        if asked:
            dinputs["queries"], dstate = self._encode_backward(dstate, asked)
            dstate = {name: _gathered(d, S) for name, d in dstate.items()}
        dinputs["input"], dstate = self._encode_backward(dstate, taken_in)
        return dinputs, dstate

    def _encode_backward(self, dstate, cache):
        """The gradients of x and of the state before it."""
        entry_cache, encoder_cache = cache
        dpyramid, dstate = self.encoder.backward({}, encoder_cache, dstate)
        if self.entry:
            return self.entry.backward(dpyramid[0], entry_cache), dstate
        return {j: from_grid(dgrid) for j, dgrid in dpyramid.items()}, dstate


def _gathered(d, S):
    """(H, C, W, S B), from all queries to the memory that they share, summed there: (H, C, W, B)."""
    return d.reshape(*d.shape[:-1], S, -1).sum(axis=-2)
