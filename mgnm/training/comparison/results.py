"""What came of a comparison: one dict of plain numbers, fit for JSON, from which table and pictures are made."""

from statistics import mean

from ..run import Run
from .contest import KINDS, entries
from .pace import updates_in_time
from .runs import outcome


def gather(comparison, folder, pace, names):
    """The results of all runs that are done: {"updates" and "seconds" that everyone got, ..., "contestants": {name: {its
    sizes, rates and pace, "equal_updates": budget, "equal_seconds": budget}}}.

    A budget has its "updates" and "seconds"; the "seeds" that ended, and those that "diverged"; the "trained_seconds" that
    went by in each; for every headline of the task {"mean", "lowest", "highest", "values"} in "scores"; and in "curves" the
    evaluations on the way. Lists have one entry for each of "seeds".
    """
    seconds, _ = updates_in_time(comparison, pace)
    runs = entries(comparison, pace, names)
    contestants = {}
    for name in names:
        parameters, cells = comparison.sizes[name]
        contestants[name] = {"title": comparison.title(name), "parameters": parameters, "memory_cells": cells,
                             **comparison.rates(name), "start_from": comparison.start(name),
                             **pace["contestants"][name]}
        for kind in KINDS:
            own = [entry for entry in runs if (entry.name, entry.kind) == (name, kind)]
            contestants[name][kind] = {"updates": own[0].updates,
                                       "seconds": own[0].updates * contestants[name]["seconds_per_update"],
                                       **_of_runs(comparison.task, [(e.seed, e.folder(folder)) for e in own])}
    return {"updates": comparison.training.updates, "seconds": seconds, "reference": comparison.plan.reference,
            "seeds": list(comparison.seeds), "sequences": comparison.plan.sequences,
            "timing": {key: pace[key] for key in ("clock", "load", "busy")},
            "baseline": comparison.task.baseline(), "contestants": contestants}


def _of_runs(task, runs):
    done = [(seed, folder, result) for seed, folder in runs if (result := outcome(folder))]
    ended = [(seed, folder, result) for seed, folder, result in done if "scores" in result]
    scores = {}
    for headline in task.headlines if ended else ():
        values = [result["scores"][headline.key] for *_, result in ended]
        scores[headline.key] = {"mean": mean(values), "lowest": min(values), "highest": max(values), "values": values}
    return {"seeds": [seed for seed, *_ in ended], "diverged": [seed for seed, _, result in done if "diverged" in result],
            "trained_seconds": [round(result["seconds"], 1) for *_, result in ended], "scores": scores,
            "curves": [_curve(folder, task.headlines) for _, folder, _ in ended]}


def _curve(folder, headlines):
    lines = [line for line in Run.open(folder).metrics() if "evaluation" in line]
    return {"updates": [line["update"] for line in lines],
            **{headline.key: [line["evaluation"][headline.key] for line in lines] for headline in headlines}}
