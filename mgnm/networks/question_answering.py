"""The question-answering network: one memory that is told a story and asked about it as it goes (REFERENCE 8).

    vectors, one a step -> linear map -> coarsest grid -> memory layers
                                                            -> last layer, all its cells, at the steps of the answers
                                                               -> linear map -> logits

The same memory reads and answers: a question is one more step, or some. No task id, no supporting lines, and nothing is
fed back. How the paper joined its memory with words is not known (REFERENCE 2); the linear ends are ours (`layers.vectors`).
"""

from ..layers import Dropout, PyramidToVectors, VectorsToGrid
from .exchange import Exchange
from .memory_stack import MemoryStack
from .network import Network
from .question_answering_config import QuestionAnsweringConfig
from .steps import put, take


class QuestionAnswering(Network):
    """See the page. inputs: "input", vectors (T, B, input_channels); "answer_steps", S numbers of steps in ascending
    order; and while training "chance", from which dropout draws. outputs: logits (S, B, output_channels)."""

    Config, questions = QuestionAnsweringConfig, ("asked",)

    def __init__(self, config, rng, dtype, xp):
        self.config, self.output_channels = config, config.output_channels
        self.entry = VectorsToGrid(config.input_channels, config.base, config.grid_channels, rng, active=1)     # by words
        self.memory = MemoryStack({0: config.grid_channels}, config.layers, config.base, config.residuals, rng,
                                  config.peepholes, config.forget_bias, dropout=config.dropout)
        levels, channels = config.layers[-1]
        self.exit = PyramidToVectors(range(levels), config.base, channels, config.output_channels, rng)
        self.input_dropout = Dropout(config.input_dropout, 0)
        self.output_dropout = Dropout(config.dropout, len(config.layers))
        self.memory_cells = self.memory.memory_cells
        self.pack({"entry": self.entry, "memory": self.memory, "exit": self.exit}, dtype, xp)

    @staticmethod
    def ends(exchange):
        """The settings that fit an exchange."""
        return {"input_channels": exchange.input[0], "output_channels": exchange.output[0]}

    @property
    def exchange(self):
        """What goes in and what comes out."""
        return Exchange("asked", (self.config.input_channels,), (self.output_channels,), "network.input_channels",
                        "network.output_channels")

    def initial_state(self, batch):
        """Zeros for h and c of every memory layer and level: {"<layer>.<level>.h": (H, C, W, B)}."""
        return self.memory.initial_state(batch, self.dtype, self.xp)

    def forward(self, inputs, state=None):
        """Take in all steps; answer at those that are asked for."""
        self.check_shown(inputs)
        steps, chance = inputs["answer_steps"], inputs.get("chance")
        x, dropped = self.input_dropout.forward(self.xp.asarray(inputs["input"], self.dtype), chance)
        grid, entry_cache = self.entry.forward(x)
        state = state or self.initial_state(grid.shape[-1])
        outputs, state, memory_cache = self.memory.forward({0: grid}, state, chance=chance)
        asked = {j: take(h, steps) for j, h in outputs[-1].items()}
        asked, asked_dropped = self.output_dropout.forward(asked, chance)
        logits, exit_cache = self.exit.forward(asked)       # (S, B, C)
        return logits, state, (len(grid), steps, dropped, entry_cache, memory_cache, asked_dropped, exit_cache)

    def gates(self, cache):
        """Those of the memory."""
        return self.memory.gates(cache[4])

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state."""
        T, steps, dropped, entry_cache, memory_cache, asked_dropped, exit_cache = cache
        dasked = self.exit.backward(self.xp.asarray(doutputs, self.dtype), exit_cache)
        dasked = self.output_dropout.backward(dasked, asked_dropped)
        dtop = {j: put(d, steps, T) for j, d in dasked.items()}
        dgrid, dstate = self.memory.backward({len(self.config.layers) - 1: [dtop]}, memory_cache, dstate)
        dx = self.entry.backward(dgrid[0], entry_cache)
        return {"input": self.input_dropout.backward(dx, dropped)}, dstate
