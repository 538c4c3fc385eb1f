"""What a memory holds, step by step: a network is run one step at a time and handed its own state, as it would be in use."""

from dataclasses import dataclass, replace

import numpy as np

from mgnm.device import to_numpy
from mgnm.networks.exchange import finest


@dataclass(frozen=True)
class MemoryRecord:
    """The memory after each of T steps of one sequence: first something comes in at every step, then answers go out.

    steps_in                 of the T steps, those at which something comes in
    hidden, cells, changes   {(layer, level): float32 (T, side, side)}: mean over the channels of |h|, of |c|, and of
                             |c - c one step before|
    """

    steps_in: int
    hidden: dict
    cells: dict
    changes: dict

    @property
    def length(self):
        """T, the number of steps."""
        return len(next(iter(self.cells.values())))


class MemoryTrace:
    """Collects the states of a network that runs through one sequence: {(layer, level): [grid of each step]}."""

    def __init__(self, network):
        self.hidden, self.cells, self.changes = {}, {}, {}
        self._grids, self._before = network.grids, network.grids(network.initial_state(1))

    def add(self, state):
        """Look at the state after a step, as grids (H, C, W, 1)."""
        grids = self._grids(state)
        for name, array in grids.items():
            layer, level, kind = name.split(".")
            place = int(layer), int(level)
            (self.hidden if kind == "h" else self.cells).setdefault(place, []).append(_magnitude(array))
            if kind == "c":
                self.changes.setdefault(place, []).append(_magnitude(array - self._before[name]))
        self._before = grids

    def record(self, steps_in):
        """All that was seen, as a MemoryRecord."""
        return MemoryRecord(steps_in, *({place: np.stack(frames) for place, frames in kind.items()}
                                        for kind in (self.hidden, self.cells, self.changes)))


def encode_and_decode(network, inputs):
    """An encoder/decoder takes in one sequence ("input"), then brings out "steps" answers: logits (steps, K) and
    MemoryRecord."""
    trace, answers, state = MemoryTrace(network), [], None
    steps_in = len(finest(inputs["input"]))
    for t in range(steps_in):
        _, state, _ = network.forward({"input": _cut(inputs["input"], t, t + 1), "steps": 0}, state)
        trace.add(state)
    for _ in range(inputs["steps"]):
        logits, state, _ = network.forward({"input": _cut(inputs["input"], 0, 0), "steps": 1}, state)
        trace.add(state)
        answers.append(to_numpy(logits)[0, 0])
    return np.stack(answers), trace.record(steps_in)


def write_and_ask(network, inputs):
    """A digit reader writes one sequence ("observation") and is asked ("query"): logits (1, K) and MemoryRecord.

    It is asked after every step, and only the last answer counts.
    """
    trace, logits, state = MemoryTrace(network), None, None
    steps_in = len(finest(inputs["observation"]))
    for t in range(steps_in):
        logits, state, _ = network.forward(inputs | {"observation": _cut(inputs["observation"], t, t + 1)}, state)
        trace.add(state)
    return to_numpy(logits)[:, 0], trace.record(steps_in)


def steady(network, inputs):
    """A network that treats one step of one sequence of a batch as it would treat the batch `inputs`: the network itself,
    or, where it normalises by the statistics of whatever it is given, a twin that takes those of the batch as constants."""
    if getattr(network.config, "batch_norm", "none") != "batch":
        return network
    network.forward(inputs)
    twin = type(network)(replace(network.config, batch_norm="running"), np.random.default_rng(0), network.dtype, network.xp)
    twin.load_state_dict(network.state_dict())
    twin.running[...] = network.observed
    return twin


def first(inputs):
    """The first sequence of a batch of inputs, as a batch of one; numbers stay as they are."""
    def cut(x):
        return {j: cut(grid) for j, grid in x.items()} if isinstance(x, dict) else x[:, :1]

    return {name: x if isinstance(x, int) else cut(x) for name, x in inputs.items()}


def _magnitude(array):
    """The mean over the channels of |array|: (H, C, W, 1) -> float32 (H, W)."""
    return np.abs(to_numpy(array)[..., 0]).mean(axis=1)


def _cut(x, start, stop):
    """These steps of a sequence of vectors, or of pyramids of images."""
    return {j: grid[start:stop] for j, grid in x.items()} if isinstance(x, dict) else x[start:stop]
