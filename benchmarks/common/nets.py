"""What is timed: the nets S, M and L, and the data that an iteration goes over.

M and L are the published 15x15 and 25x25 configurations (REFERENCE 3), S is smaller and of the same kind.
"""

from dataclasses import dataclass

import numpy as np

import mgnm
from mgnm.presets import load_preset
from mgnm.tasks import build_task

STEPS, BATCH, SHARDS = 20, 32, 2        # T and B of an iteration; the batch is drawn in two halves, as in mgnm.training
CHUNKS = 50                             # of one episode; no process times more
WEIGHT_SEED, DATA_SEED = 1, 2

S = {"kind": "reader_writer", "writer": [[2, 8], [3, 8], [3, 8]], "reader": [8, 8, 8], "narrowing": [[2, 16], [1, 1]]}


@dataclass(frozen=True)
class Net:
    """A network and its mapping task. size, frame: sides of maze and map; parameters: how many it must have."""

    network: dict
    size: int
    frame: int
    parameters: int

    @property
    def task(self):
        """The [task] table: normalised positions, a query of its own for every sequence."""
        return {"kind": "mapping", "size": self.size, "frame": self.frame, "length": STEPS * CHUNKS}

    def build(self, dtype="float32", device="cpu"):
        """The network of mgnm with the weights that every contestant starts from."""
        network = mgnm.build(self.network, WEIGHT_SEED, dtype, device)
        self.check_count(network.parameter_count)
        return network

    def check_count(self, count):
        """Nobody times a net of another size: RuntimeError if `count` is not this net's number of parameters."""
        if count != self.parameters:
            raise RuntimeError(f"{count:,} parameters instead of {self.parameters:,}: this is another network")

    def chunks(self, batch=BATCH):
        """inputs, targets of one chunk after the other: the data that mgnm.training.Team draws from DATA_SEED."""
        task = build_task(self.task)
        episodes = [task.episode(batch // SHARDS, np.random.default_rng([DATA_SEED, k])) for k in range(SHARDS)]
        for start in range(0, STEPS * CHUNKS, STEPS):
            (inputs, targets), *others = [episode.chunk(start, start + STEPS) for episode in episodes]
            for more_inputs, more_targets in others:
                inputs = {name: np.concatenate([x, more_inputs[name]], 1) for name, x in inputs.items()}
                targets = np.concatenate([targets, more_targets], 1)
            yield inputs, targets


NETS = {
    "S": Net(S, 9, 12, 74_945),
    "M": Net(load_preset("small")["network"], 15, 24, 115_721),
    "L": Net(load_preset("paper")["network"], 25, 48, 650_225),
}
