"""The rounds: every network in a process of its own, one at a time, in turn, so that a busy minute hits all of them."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.cpu import machine
from mgnm.errors import UserError

from .contestants import FAMILIES

ROOT = Path(__file__).parents[2]


def play(names, sizes, rounds, most_bytes, progress):
    """{name: [record of every size]} of these families' smallest `sizes` networks, see `join`.

    What has not fitted into most_bytes is not tried again, nor is a larger network of its family.
    """
    printed = {name: {cells: [] for cells in list(FAMILIES[name].networks)[:sizes]} for name in names}
    for number in range(1, rounds + 1):
        for name, by_cells in printed.items():
            for cells, results in by_cells.items():
                if not results or "failure" not in results[-1]:
                    progress(f"round {number} of {rounds}: {FAMILIES[name].title}, {cells:,} memory cells")
                    results.append(run_worker(FAMILIES[name].networks[cells], most_bytes))
                if "failure" in results[-1]:
                    break
    return {name: [join(cells, results) for cells, results in by_cells.items() if results]
            for name, by_cells in printed.items()}


def run_worker(network, most_bytes):
    """What the worker prints. UserError if it fails; its own words are on the screen by then."""
    command = [sys.executable, "-m", "benchmarks.memory_cost.worker", json.dumps(network), str(most_bytes)]
    environment = machine.environment({"OPENBLAS_NUM_THREADS": "1"})
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise UserError(f"the worker of {json.dumps(network)} failed with exit status {done.returncode}: see its own words "
                        "above")
    return json.loads(done.stdout)


def join(cells, results):
    """One record of all rounds of a network: {"memory_cells", "parameters", "bytes", "ms", "fastest_ms", "slowest_ms",
    "updates"}, the times per update (ms: the median), or {"memory_cells", "failure"}."""
    if "failure" in results[-1]:
        return {"memory_cells": cells, **results[-1]}
    ms = [1000 * seconds for result in results for seconds in result["seconds"]]
    return {"memory_cells": cells, "parameters": results[0]["parameters"],
            "bytes": max(result["bytes"] for result in results), "ms": median(ms), "fastest_ms": min(ms),
            "slowest_ms": max(ms), "updates": len(ms)}
