"""The baseline of the explorer: an LSTM in the place of the multigrid memory, with the same heads.

    observation -> LSTM -> h -> linear map -> tanh -> policy, value
    query ---------------- + -> perceptron -> map of logits: where has this been seen?

A vector has no places: patches and map are the lists of their numbers.
"""

from dataclasses import dataclass

from ..layers import LSTM, Linear, Perceptron
from ..settings import check_whole
from .checks import MOST_CHANNELS
from .exchange import Exchange
from .heads import ActorCritic
from .network import Network
from .vector_memory_config import MOST_LAYERS, MOST_SIDE, MOST_UNITS


@dataclass(frozen=True)
class LSTMExplorerConfig:
    """Settings of the network. units: of every layer; layers: how many; forget_bias: added to the forget gates at run time;
    base: side of observation and query, of input_channels; side: of the map; reader: widths of the relu layers before it;
    head_units: width of the tanh layer through which policy and value see the memory; actions: the number of choices.
    A setting that makes no network raises UserError.
    """

    units: int
    side: int
    reader: list = ()
    layers: int = 1
    forget_bias: float = 1.0
    base: int = 3
    input_channels: int = 4
    head_units: int = 64
    actions: int = 4

    def __post_init__(self):
        for name, least, most in (("units", 1, MOST_UNITS), ("side", 1, MOST_SIDE), ("layers", 1, MOST_LAYERS),
                                  ("base", 1, MOST_SIDE), ("input_channels", 1, MOST_CHANNELS),
                                  ("head_units", 1, MOST_CHANNELS), ("actions", 2, MOST_CHANNELS)):
            check_whole(f"network.{name}", getattr(self, name), least, most)
        for width in self.reader:
            check_whole("a width in network.reader", width, 1, MOST_CHANNELS)


class LSTMExplorer(Network):
    """See the page. Inputs and outputs are those of `Explorer`, S is config.side."""

    Config, questions = LSTMExplorerConfig, ("where",)

    def __init__(self, config, rng, dtype, xp):
        self.config, self.width = config, config.base ** 2 * config.input_channels
        self.memory = LSTM(self.width, config.units, rng, config.layers, config.forget_bias)
        self.reader = Perceptron([config.units + self.width, *config.reader, config.side ** 2], rng)
        self.recall = Linear(config.units, config.head_units, rng)
        self.agent = ActorCritic(config.head_units, config.actions, rng)
        self.memory_cells = self.memory.memory_cells
        self.pack({"memory": self.memory, "reader": self.reader, "recall": self.recall, "agent": self.agent}, dtype, xp)

    @property
    def exchange(self):
        """What goes in and what comes out."""
        config = self.config
        return Exchange("where", (config.base, config.base, config.input_channels), (config.side, config.side, 1),
                        "network.base, network.input_channels", "network.side", config.actions)

    def initial_state(self, batch):
        """Zeros for h and c of every layer: {"<layer>.h": (units, B)}."""
        return self.memory.initial_state(batch, self.dtype, self.xp)

    def forward(self, inputs, state=None):
        """Remember all observations; at every step decide, and answer the query, from what is remembered then."""
        self.check_shown(inputs)
        observation = self._vectors(inputs["observation"])
        keep = self.xp.asarray(inputs["keep"], self.dtype) if "keep" in inputs else None
        h, state, memory_cache = self.memory.forward(observation, state or self.initial_state(observation.shape[1]), keep)
        features, recall_cache = self.recall.forward(h)
        policy, value, agent_cache = self.agent.forward(features)
        outputs, reader_cache = {"policy": policy, "value": value}, None
        if "query" in inputs:
            told = self.xp.concatenate([h, self._vectors(inputs["query"])], -1)
            y, reader_cache = self.reader.forward(told)
            outputs["map"] = y.reshape(*y.shape[:2], self.config.side, self.config.side, 1)
        return outputs, state, (memory_cache, recall_cache, agent_cache, reader_cache)

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs and initial state. The memory is reached from the agent and from the reader."""
        memory_cache, recall_cache, agent_cache, reader_cache = cache
        dpolicy, dvalue = (self.xp.asarray(doutputs[name], self.dtype) for name in ("policy", "value"))
        dh = self.recall.backward(self.agent.backward(dpolicy, dvalue, agent_cache), recall_cache)
        dinputs, entry = {}, self.exchange.input
        if "map" in doutputs:
            dmap = self.xp.asarray(doutputs["map"], self.dtype)
            dtold = self.reader.backward(dmap.reshape(*dh.shape[:2], self.config.side ** 2), reader_cache)
            dh += dtold[..., :self.config.units]
            dinputs["query"] = dtold[..., self.config.units:].reshape(*dh.shape[:2], *entry)
        dobservation, dstate = self.memory.backward(dh, memory_cache, dstate)
        return {**dinputs, "observation": dobservation.reshape(*dh.shape[:2], *entry)}, dstate

    def _vectors(self, x):
        """Patches as vectors (T, B, width) on the network's device."""
        x = self.xp.asarray(x, self.dtype)
        return x.reshape(*x.shape[:2], self.width)
