"""`python -m benchmarks.data`: the share of a training iteration that goes into making its data.

One iteration of one shard, on one core: drawing episodes and cutting chunks, against forward and backward.
"""

import argparse
import statistics
import sys
import time

from threadpoolctl import threadpool_limits

import mgnm
from mgnm.cli.status import exit_status
from mgnm.presets import load_preset, preset_names
from mgnm.settings import check_whole, read_table
from mgnm.tasks import build_task
from mgnm.training import Shard, TrainingSettings


def timed(owner, name, seconds):
    """Replace a method of one object by itself, adding the time that it takes to `seconds`."""
    method = getattr(owner, name)

    def wrapper(*arguments):
        start = time.perf_counter()
        try:
            return method(*arguments)
        finally:
            seconds.append(time.perf_counter() - start)

    vars(owner)[name] = wrapper                             # setattr is closed on episodes that are frozen


def share(preset, iterations):
    """(share of the data, median milliseconds of an iteration) over this many iterations, an episode at least."""
    tables = load_preset(preset)
    settings = read_table(TrainingSettings, tables["training"], "training")
    shard = Shard(mgnm.build(tables["network"]), build_task(tables["task"]), settings, 0)
    shard.step()
    drawing, cutting, steps = [], [], []
    timed(shard, "_begin_episode", drawing)
    shard.chunk = len(shard.chunks)                         # begin with a new episode, which is then counted
    for _ in range(max(iterations, len(shard.chunks))):
        start = time.perf_counter()
        step(shard, cutting)
        steps.append(time.perf_counter() - start)
    return (sum(drawing) + sum(cutting)) / sum(steps), 1e3 * statistics.median(steps)


def step(shard, cutting):
    """One step of a shard whose episode, perhaps a new one, is timed."""
    if shard.chunk == len(shard.chunks):
        shard._begin_episode()
    if "chunk" not in vars(shard.episode):
        timed(shard.episode, "chunk", cutting)
    shard.step()


def measured():
    """The presets whose data are drawn: not those that need files, nor those whose data are what an agent does."""
    tasks = {preset: load_preset(preset)["task"] for preset in preset_names()}
    return [preset for preset, task in tasks.items() if "source" not in task and task["kind"] != "exploration"]


def measure(options):
    """Print a line for each of these presets."""
    check_whole("--iterations", options.iterations, 1, 1_000_000)
    with threadpool_limits(1):
        for preset in measured():
            part, milliseconds = share(preset, options.iterations)
            print(f"{preset:16s} data {100 * part:5.2f} % of an iteration of {milliseconds:.0f} ms")


def main(argv=None):
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=__doc__.split("\n")[0])
    parser.add_argument("--iterations", metavar="N", type=int, default=30, help="timed, of every preset (default: 30)")
    return exit_status("benchmarks.data", lambda: measure(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
