"""All runs of a comparison: every contestant, every seed, for the same updates and for the same time."""

from dataclasses import dataclass
from pathlib import Path

from .pace import updates_in_time
from .runs import play

SEED = 0                # of the evaluation at the end of every run: that of `mgnm evaluate`
KINDS = ("equal_updates", "equal_seconds")


@dataclass(frozen=True)
class Entry:
    """One run: a contestant, the kind of budget, its number of updates, a seed."""

    name: str
    kind: str
    updates: int
    seed: int

    def folder(self, root):
        """Where the run is: one run may serve both kinds, where they give it the same number of updates."""
        return Path(root) / "runs" / self.name / f"{self.updates}-updates-seed-{self.seed}"


def entries(comparison, pace, names):
    """All runs, in an order in which a part of them is a comparison already: seed by seed."""
    total = comparison.training.updates
    in_time = updates_in_time(comparison, pace)[1]
    return [Entry(name, kind, total if kind == "equal_updates" else in_time[name], seed)
            for seed in comparison.seeds for kind in KINDS for name in names]


def compete(comparison, folder, pace, names, device="cpu", progress=True, say=print):
    """Train and score all runs that are not done yet. UserError and Stopped as `play` has them."""
    runs = entries(comparison, pace, names)
    for number, entry in enumerate(runs, 1):
        say(f"run {number} of {len(runs)}: {entry.name}, seed {entry.seed}, {entry.updates} updates "
            f"({entry.kind.replace('_', ' ')})")
        play(entry.folder(folder), run_tables(comparison, entry), comparison.plan.sequences, SEED, device, progress)


def run_tables(comparison, entry):
    """The settings of a run; it is evaluated on the way as often as all others, however many its updates are."""
    every = comparison.training.evaluate_every * entry.updates / comparison.training.updates
    return comparison.run_tables(entry.name, seed=entry.seed, updates=entry.updates, evaluate_every=max(1, round(every)))
