"""The network of an agent: a memory that is written by what is seen, and that says where to go (REFERENCE 9).

    observation -> writer: multigrid memory layers --- h of every layer and level ---.
        |                    | last layer, all its cells;
        |                    | or: guide: multigrid convolutions, each given h of its own layer, and the last h beside them
        '--------------------+-> linear map -> tanh -> policy, value
    query       -> reader: multigrid convolutions, each given the writer's h of its own layer
                           -> narrowing -> map of logits: where has this been seen?

One memory serves both: what has to be remembered to answer the queries is what tells the agent where it has been. Ours: the
paper's way from memory to policy is not known. A linear map is free to look anywhere; and what is seen now goes straight
to it, so that the memory need not pass on what is before the agent's eyes. Where to go depends on the place and on what is
around it, which a linear map of all places cannot relate; the guide can: it reads the memory as a query does, but asks with
what is seen, and where.
"""

from dataclasses import replace

from ..layers import PyramidToVectors
from .explorer_config import ExplorerConfig
from .heads import ActorCritic
from .layout import from_grid, to_grid
from .reader_stack import ReaderStack
from .reader_writer import ReaderWriter


class Explorer(ReaderWriter):
    """See the page. inputs: "observation" and "query", each (T, B, view, view, input_channels), and "keep" (T, B), 0 where
    the memory is emptied before that step because another episode begins, else 1;
    outputs: a dict of "policy", logits (T, B, actions), "value" (T, B), and "map", logits (T, B, S, S, channels of the last
    layer), S = base * 2**(levels - 1).

    Without a "query" there is no "map", and what it would cost is saved; without "keep" all is one episode.
    """

    Config, questions = ExplorerConfig, ("where",)

    def heads(self, rng):
        """Policy and value, and what leads to them from the memory and from what is seen."""
        config = self.config
        levels, channels = config.writer[-1]
        self.guide = LastLayer(len(config.writer) - 1)
        if config.guide:
            self.guide = ReaderStack({0: config.input_channels}, self.writer.layers, config.guide, [], [], rng, "relu")
            channels += config.guide[-1]
        self.recall = PyramidToVectors(range(levels), config.base, channels, config.head_units, rng)
        self.sight = PyramidToVectors([0], config.base, config.input_channels, config.head_units, rng)
        self.agent = ActorCritic(config.head_units, config.actions, rng)
        return {"guide": self.guide, "recall": self.recall, "sight": self.sight, "agent": self.agent}

    @property
    def exchange(self):
        """That of the reader/writer, and the choice of where to go."""
        return replace(super().exchange, actions=self.config.actions)

    def forward(self, inputs, state=None):
        """Write all observations; at every step decide, and answer the query, from what is remembered then."""
        self.check_shown(inputs)
        observation = self.shown(inputs["observation"])
        keep = self.xp.asarray(inputs["keep"], self.dtype) if "keep" in inputs else None
        state = state or self.initial_state(observation[0].shape[-1])
        memories, state, writer_cache = self.writer.forward(observation, state, keep=keep)
        found, guide_cache = self.guide.forward(observation, memories)
        recalled, recall_cache = self.recall.forward(found)
        seen, sight_cache = self.sight.forward(observation)
        policy, value, agent_cache = self.agent.forward(recalled + seen)
        outputs, reader_cache = {"policy": policy, "value": value}, None
        if "query" in inputs:
            y, reader_cache = self.reader.forward(self.shown(inputs["query"]), memories)
            outputs["map"] = from_grid(y[self.finest])
        return outputs, state, (writer_cache, guide_cache, recall_cache, sight_cache, agent_cache, reader_cache)

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The memory is reached from the reader and from the agent."""
        writer_cache, guide_cache, recall_cache, sight_cache, agent_cache, reader_cache = cache
        dfeatures = self.agent.backward(*(self.xp.asarray(doutputs[name], self.dtype) for name in ("policy", "value")),
                                        agent_cache)
        dlooked, dmemories = self.guide.backward(self.recall.backward(dfeatures, recall_cache), guide_cache)
        dseen, dinputs = self.sight.backward(dfeatures, sight_cache), {}
        if "map" in doutputs:
            dmap = {self.finest: to_grid(doutputs["map"], self.dtype, self.xp)}
            dquery, dasked = self.reader.backward(dmap, reader_cache)
            dinputs["query"] = self.shown_backward(dquery)
            dmemories = {l: dmemories.get(l, []) + pyramids for l, pyramids in dasked.items()}
        dobservation, dstate = self.writer.backward(dmemories, writer_cache, dstate)
        dobservation = {0: dobservation[0] + dseen[0] + dlooked.get(0, 0)}
        return {**dinputs, "observation": self.shown_backward(dobservation)}, dstate


class LastLayer:
    """The plain way from the memory to the agent, in the form of a ReaderStack: the last layer as it is."""

    parameters = {}

    def __init__(self, last):
        self.last = last

    def forward(self, observation, memories):
        """The last layer's pyramid, cache."""
        return memories[self.last], None

    def backward(self, dmemory, cache):
        """The gradient of what is seen, which has none, and {layer: [pyramid]} of the memories."""
        return {}, {self.last: [dmemory]}
