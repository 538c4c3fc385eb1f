"""The pace of a network: the seconds of an update, measured alone, and how many updates it has time for.

So the clock of a comparison is this one measurement, and not that of hours of training beside other work. A run for a given
time is then one of a given number of updates, with a schedule that ends when the time does, and can be interrupted and gone
on with to the last bit.
"""

import json
import os
import time
from pathlib import Path
from statistics import median

from ...device.pool import pool
from ...errors import UserError
from ..run import Run, write_text
from ..team import Team
from ..trainer import Trainer
from .settings import read_file

NAME = "pace.json"
ROUNDS = 3              # every contestant's turns: a busy minute hits all of them
STRETCH, TIMED = 5, 4   # updates that are timed together; such stretches of a turn, after one that is not timed


def measure_pace(comparison, folder, device="cpu", say=print):
    """{"clock", "load", "busy", "contestants": {name: {"seconds_per_update", "fastest", "slowest", "stretches"}}}, kept as
    NAME in `folder`; what is there already is not measured again.

    An update is all that `mgnm train` does for one: data, forward and backward, scores, clipping, optimiser. One process,
    one BLAS thread. On the CPU the clock is the processor's time, which is what the wall's shows where nothing else runs
    on the core; on a GPU it is the wall's. seconds_per_update: the median over stretches of STRETCH updates; fastest,
    slowest: of them. busy: processor seconds for each second on the wall: where it is clearly less than 1 on a CPU, others
    used the core as well, and its caches. load: of the machine when it began.
    """
    kept = recall_pace(folder)
    if kept:
        return kept
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    stretches = {name: [] for name in comparison.contestants}           # {name: [(processor seconds, wall seconds)]}
    for number in range(1, ROUNDS + 1):
        for name in stretches:
            say(f"timing {name}, round {number} of {ROUNDS}: leave the machine alone")
            stretches[name] += time_updates(comparison.run_tables(name), STRETCH, TIMED, device)
    clock = 0 if device == "cpu" else 1
    processor, wall = (sum(each[k] for timed in stretches.values() for each in timed) for k in (0, 1))
    pace = {"clock": ("processor", "wall")[clock], "load": load, "busy": processor / wall,
            "contestants": {name: _summary([each[clock] / STRETCH for each in timed]) for name, timed in stretches.items()}}
    write_text(Path(folder) / NAME, json.dumps(pace, indent=1) + "\n")
    return pace


def recall_pace(folder):
    """What `measure_pace` has found for the comparison in this folder, None if it has not been there."""
    path = Path(folder) / NAME
    pace = read_file(path, json.loads) if path.exists() else None
    if pace is not None and not (isinstance(pace, dict) and isinstance(pace.get("contestants"), dict)):
        raise UserError(f"{path} holds no times of contestants: remove it, and they are measured again")
    return pace


def updates_in_time(comparison, pace):
    """(the seconds that everyone gets, {name: updates that it has time for})."""
    each = {name: timed["seconds_per_update"] for name, timed in pace["contestants"].items()}
    seconds = comparison.training.updates * each[comparison.plan.reference]
    return seconds, {name: max(1, round(seconds / own)) for name, own in each.items()}


def time_updates(tables, stretch, timed, device="cpu"):
    """[(processor seconds, wall seconds)] of `timed` stretches of updates, of a training with these settings that is written
    nowhere; a stretch before them warms up."""
    pool.clear()                                            # of what the network before this one left
    trainer = Trainer(Run("nowhere", tables), device)
    marks = []
    with Team(trainer.network, trainer.task, trainer.settings, tables) as team:
        for _ in range(1 + timed):
            for _ in range(stretch):
                trainer.step(team)
            float(trainer.loss_sum)                         # waits for a GPU
            marks.append((time.process_time(), time.perf_counter()))
    return [(p1 - p0, w1 - w0) for (p0, w0), (p1, w1) in zip(marks, marks[1:])]


def _summary(seconds):
    return {"seconds_per_update": median(seconds), "fastest": min(seconds), "slowest": max(seconds),
            "stretches": len(seconds)}
