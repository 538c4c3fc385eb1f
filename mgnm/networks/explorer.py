"""The network of an agent: a memory that is written by what is seen, and that says where to go (REFERENCE 9).

    observation -> writer: multigrid memory layers --- h of every layer and level ---.
        |                    | last layer, all its cells
        '--------------------+-> linear map -> tanh [ -> LSTM ] -> policy, value
    query       -> reader: multigrid convolutions, each given the writer's h of its own layer
                           -> narrowing -> map of logits: where has this been seen?

One memory serves both: what has to be remembered to answer the queries is what tells the agent where it has been. Ours: the
paper's way from memory to policy is not known. A linear map is free to look anywhere; and what is seen now goes straight
to it, so that the memory need not pass on what is before the agent's eyes. An LSTM behind it may keep what only the next
moves need, where the agent is heading for example, and what has no place on a map.
"""

from dataclasses import replace

from ..layers import PyramidToVectors
from .explorer_config import ExplorerConfig
from .heads import ActorCritic
from .layout import from_grid, to_grid
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
        self.recall = PyramidToVectors(range(levels), config.base, channels, config.head_units, rng)
        self.sight = PyramidToVectors([0], config.base, config.input_channels, config.head_units, rng)
        self.agent = ActorCritic(config.head_units, config.actions, rng, config.head_layers)
        self.memory_cells += self.agent.memory_cells
        return {"recall": self.recall, "sight": self.sight, "agent": self.agent}

    @property
    def exchange(self):
        """That of the reader/writer, and the choice of where to go."""
        return replace(super().exchange, actions=self.config.actions)

    def initial_state(self, batch):
        """Zeros for h and c of the writer, and of the agent's LSTM: {"agent.<layer>.h": (head_units, B)}."""
        return _joined(super().initial_state(batch), self.agent.initial_state(batch, self.dtype, self.xp))

    def grids(self, state):
        """Those of the writer: an LSTM has none."""
        return _parted(state)[0]

    def forward(self, inputs, state=None):
        """Write all observations; at every step decide, and answer the query, from what is remembered then."""
        observation = self.shown(inputs["observation"])
        keep = self.xp.asarray(inputs["keep"], self.dtype) if "keep" in inputs else None
        state = state or self.initial_state(observation[0].shape[-1])
        written, planned = _parted(state)
        memories, written, writer_cache = self.writer.forward(observation, written, keep=keep)
        recalled, recall_cache = self.recall.forward(memories[-1])
        seen, sight_cache = self.sight.forward(observation)
        policy, value, planned, agent_cache = self.agent.forward(recalled + seen, planned, keep)
        outputs, reader_cache = {"policy": policy, "value": value}, None
        if "query" in inputs:
            y, reader_cache = self.reader.forward(self.shown(inputs["query"]), memories)
            outputs["map"] = from_grid(y[self.finest])
        return outputs, _joined(written, planned), (writer_cache, recall_cache, sight_cache, agent_cache, reader_cache)

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The last memory layer is reached from the reader and from the agent."""
        writer_cache, recall_cache, sight_cache, agent_cache, reader_cache = cache
        dwritten, dplanned = _parted(dstate) if dstate else (None, None)
        dfeatures, dplanned = self.agent.backward(
            *(self.xp.asarray(doutputs[name], self.dtype) for name in ("policy", "value")), agent_cache, dplanned)
        dmemory = self.recall.backward(dfeatures, recall_cache)
        dseen = self.sight.backward(dfeatures, sight_cache)
        dinputs, dmemories = {}, {}
        if "map" in doutputs:
            dmap = {self.finest: to_grid(doutputs["map"], self.dtype, self.xp)}
            dquery, dmemories = self.reader.backward(dmap, reader_cache)
            dinputs["query"] = self.shown_backward(dquery)
        dmemories.setdefault(len(self.config.writer) - 1, []).append(dmemory)
        dobservation, dwritten = self.writer.backward(dmemories, writer_cache, dwritten)
        return ({**dinputs, "observation": self.shown_backward({0: dobservation[0] + dseen[0]})},
                _joined(dwritten, dplanned))


def _joined(written, planned):
    """One flat state, from that of the writer and that of the agent."""
    return written | {f"agent.{name}": x for name, x in planned.items()}


def _parted(state):
    """The inverse of `_joined`."""
    planned = {name: x for name, x in state.items() if name.startswith("agent.")}
    return ({name: x for name, x in state.items() if name not in planned},
            {name.removeprefix("agent."): x for name, x in planned.items()})
