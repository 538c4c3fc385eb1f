"""One run of a comparison, in a folder as `mgnm train` makes it, and its outcome beside: outcome.json.

A run that has an outcome is not run again; one that was interrupted goes on from its checkpoint, to the same last bit.
"""

import json

from threadpoolctl import threadpool_limits

from ...device.pool import pool
from ...errors import UserError
from ..run import Run, write_text
from ..trainer import NotFinite, Trainer
from .settings import read_file

OUTCOME = "outcome.json"


class Stopped(Exception):
    """Ctrl-C: the run is saved, and the same command goes on with it."""


def outcome(folder):
    """What came of the run in this folder, None before its end. Either {"updates", "seconds", "scores"}, with the seconds
    that went by in training, or {"diverged": what was not finite}."""
    path = folder / OUTCOME
    return read_file(path, json.loads) if path.exists() else None


def play(folder, tables, sequences, seed, device="cpu", progress=True):
    """Train a run to its end, or go on with it, and score it on `sequences` fresh sequences of this seed; its outcome.

    UserError where the folder holds a run with other settings; Stopped after Ctrl-C.
    """
    run = Run(folder, tables)
    resume = run.config.exists()
    if resume and Run.open(folder).tables != tables:
        raise UserError(f"{folder} holds a run with other settings: give the same as then, or choose another --out")
    done = outcome(folder)
    if done:
        return done
    pool.clear()                                            # of what the network before this one left
    trainer = Trainer(run, device)
    try:
        if not trainer.train(resume, progress):
            raise Stopped
        with threadpool_limits(1):                          # small products do not thread well inside the BLAS
            scores = trainer.task.evaluate(trainer.network, sequences, seed).summary()
        done = {"updates": trainer.update, "seconds": trainer.seconds, "scores": scores}
    except NotFinite as error:
        done = {"diverged": str(error)}
    write_text(folder / OUTCOME, json.dumps(done, indent=1) + "\n")
    return done
