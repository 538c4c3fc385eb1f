"""One network in a process of its own: `python -m benchmarks.memory_cost.worker NETWORK MOST_BYTES`, both JSON.

Prints {"parameters", "memory_cells", "bytes", "seconds"} as one line of JSON: the largest sum of all arrays that were alive
at once, from before the network is built to the end of its second update, and the processor seconds of some updates
after that. {"failure"} where MOST_BYTES, the limit of its address space, are not enough.
"""

import json
import resource
import sys
import tracemalloc

from benchmarks.memory_cost.contestants import tables
from mgnm.device.pool import pool
from mgnm.training import Run, Team, Trainer
from mgnm.training.comparison import time_updates

TIMED = 4


def measure(network):
    """What the worker prints, for the settings of a network."""
    settings = tables(network)
    numbers = peak(settings)
    pool.clear()
    return numbers | {"seconds": [processor for processor, _ in time_updates(settings, 1, TIMED)]}


def peak(settings):
    """Sizes, and the bytes of two updates: the second finds all that the first one keeps."""
    pool.clear()                                            # what another network left there is not counted
    tracemalloc.start()
    trainer = Trainer(Run("nowhere", settings))
    with Team(trainer.network, trainer.task, trainer.settings, settings) as team:
        for _ in range(2):
            trainer.step(team)
    _, most = tracemalloc.get_traced_memory()               # NumPy reports its arrays to it
    tracemalloc.stop()
    return {"parameters": trainer.network.parameter_count, "memory_cells": trainer.network.memory_cells, "bytes": most}


def main(network, most_bytes):
    """Measure, within the limit."""
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    try:
        return measure(network)
    except MemoryError:
        return {"failure": f"more than {most_bytes / 2 ** 30:g} GB"}


if __name__ == "__main__":
    print(json.dumps(main(*map(json.loads, sys.argv[1:]))))
