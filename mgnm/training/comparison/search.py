"""Learning rate and clip, searched for every contestant with the same budget: none loses by neglect.

Every contestant has one short training for each pair of the grid, all of them of the same length, from the same seed, which
no run of the comparison has, with the whole schedule in it. The pair with the lowest loss at the end is chosen: of data
that was never seen before, as the tasks draw it anew for every update. Scores are written down as well, but short
trainings often end before the scores say anything.
"""

import json
from itertools import product
from pathlib import Path
from statistics import mean

from ...errors import UserError
from ..run import Run, write_text
from .runs import play
from .settings import read_file

LINES, LAST = 20, 4     # logged lines of a short training, and those at its end whose loss counts
SEED = 1                # of the evaluation; the comparison's own has another


def search(comparison, folder, names, command, device="cpu", progress=True, say=print):
    """Try the grid for these contestants; returns what it writes into search.json in `folder`, where others stay.

    {"command", "task", "updates", "seed", "contestants": {name: {"network", "learning_rate", "clip" (the choice), "at_edge",
    "tried": [{"learning_rate", "clip", "loss", "scores"} or {..., "diverged"}]}}}. at_edge: which of the two are the
    smallest or the largest of three or more that were tried, so that others may be better. UserError where all diverge, and
    where the folder holds a search of another task or budget.
    """
    folder, grid = Path(folder), comparison.grid
    pairs = list(product(grid.learning_rate, grid.clip))
    updates, seed = grid.updates, comparison.seeds.stop
    same = {"task": comparison.tables["task"], "updates": updates, "seed": seed}
    before = _before(folder / "search.json", same, pairs)
    settings = {"updates": updates, "seed": seed, "log_every": max(1, updates // LINES), "evaluate_every": updates + 1}
    tried = {name: [] for name in names}
    for rate, clip in pairs:
        for name in names:
            say(f"search: {name}, learning rate {rate:g}, clip {clip:g}, {updates} updates")
            run = folder / "search" / name / f"rate-{rate:g}-clip-{clip:g}"
            done = play(run, comparison.run_tables(name, learning_rate=rate, clip=clip, **settings),
                        comparison.plan.sequences, SEED, device, progress)
            tried[name].append({"learning_rate": rate, "clip": clip} | _result(run, done))
    chosen = {name: {"network": comparison.contestants[name].network, **_choose(name, tried[name])} for name in names}
    found = {"command": command, **same,
             "contestants": {name: (before | chosen)[name] for name in comparison.contestants if name in before | chosen}}
    write_text(folder / "search.json", json.dumps(found, indent=1) + "\n")
    return found


def _before(path, same, pairs):
    """What an earlier search with the same task and budget has found already, of other contestants perhaps: {name: ...}."""
    if not path.exists():
        return {}
    found = read_file(path, json.loads)
    try:
        if {key: found.get(key) for key in same} != same:
            raise UserError(f"{path} is a search of another task or budget: remove it, or choose another --out")
        return {name: result for name, result in found["contestants"].items()
                if [(each["learning_rate"], each["clip"]) for each in result["tried"]] == pairs}
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path} is not the result of a search: remove it, or choose another --out") from None


def _result(run, done):
    if "diverged" in done:
        return done
    return {"loss": mean(line["loss"] for line in Run.open(run).metrics()[-LAST:]), "scores": done["scores"]}


def _choose(name, tried):
    ended = [each for each in tried if "loss" in each]
    if not ended:
        raise UserError(f"contestant {name} diverged with every choice: give search.learning_rate smaller ones as well")
    best = min(ended, key=lambda each: each["loss"])
    chosen = {key: best[key] for key in ("learning_rate", "clip")}
    values = {key: {each[key] for each in tried} for key in chosen}
    edge = [key for key, value in chosen.items() if len(values[key]) > 2 and value in (min(values[key]), max(values[key]))]
    return {**chosen, "at_edge": edge, "tried": tried}
