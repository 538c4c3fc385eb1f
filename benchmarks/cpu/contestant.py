"""One contestant in a process of its own: `python -m benchmarks.cpu.contestant mgnm S`, which prints one line of JSON.

All contestants start from the same weights, see the same chunks of the same episode and carry the memory from chunk to
chunk, so they must report the same losses: that shows that what is timed is the same work. mgnm is timed as it trains,
which includes drawing the chunk, scoring the answers and adding up the gradients; PyTorch gets its chunk ready-made.
"""

import json
import os
import sys
import time

from benchmarks.common.nets import BATCH, DATA_SEED, NETS, SHARDS, STEPS
from benchmarks.cpu import machine
from mgnm.tasks import build_task
from mgnm.training import Team, TrainingSettings

CORES = 2
TURNS = {"S": (5, 20), "M": (3, 8), "L": (2, 3)}        # net: iterations of one process, untimed and timed


class Mgnm:
    """The team that trains in `mgnm train`: two processes, each with half of the batch and one BLAS thread."""

    def __init__(self, net):
        settings = TrainingSettings(
            updates=1, learning_rate=1.0, batch=BATCH, bptt=STEPS, shards=SHARDS, seed=DATA_SEED)
        tables = {"network": net.network, "task": net.task}
        self.team = Team(net.build(), build_task(net.task), settings, tables, workers=CORES)
        self.software = machine.numpy_software()

    def prepare(self):
        """Nothing to do: its chunk is drawn while the clock runs."""

    def iterate(self):
        """Forward and backward; the loss."""
        loss, _ = self.team.step()
        return loss

    def finish(self):
        """The peak memory of all its processes, in bytes; then they end."""
        with self.team:
            return machine.peak_bytes([os.getpid(), *(process.pid for process in self.team.processes)])


def contestant(name, net):
    """mgnm, plain or best. PyTorch is imported for those who use it only."""
    if name == "mgnm":
        return Mgnm(net)
    from benchmarks.cpu.torch_contestant import Torch
    return Torch(name, net, CORES)


def measure(name, net, warm_up, iterations):
    """{"seconds" of every timed iteration, "losses" of all, "peak_bytes", "software"}."""
    player = contestant(name, net)
    seconds, losses = [], []
    for _ in range(warm_up + iterations):
        player.prepare()
        started = time.perf_counter()
        losses.append(player.iterate())
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds[warm_up:], "losses": losses, "peak_bytes": player.finish(), "software": player.software}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], NETS[sys.argv[2]], *TURNS[sys.argv[2]])))
