"""`mgnm train`: train a preset on its task, or go on with a run."""

import shlex

from ..errors import UserError
from ..presets import load_preset, preset_names
from ..settings import nearest
from ..tasks import KINDS
from ..training import Run, Trainer
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "train", run, "Train a network on a task; Ctrl-C saves and stops.",
                                 "mgnm train mapping --preset tiny --out runs/a --set training.updates=500")
    shared.add_task(command, nargs="?", help=f"one of {', '.join(KINDS)} (default: that of the preset)")
    command.add_argument("--preset", help=f"one of {', '.join(preset_names())} (default: tiny)")
    command.add_argument("--out", metavar="FOLDER", help="folder for the new run")
    command.add_argument("--resume", metavar="FOLDER", help="go on with the run in this folder, with its own settings")
    shared.add_set(command)
    shared.add_device(command)
    shared.add_workers(command)


def run(options):
    """Train, and say what came of it."""
    if bool(options.out) == bool(options.resume):
        raise UserError("give either --out FOLDER for a new run, or --resume FOLDER to go on with one")
    if options.resume:
        for name, given in (("TASK", options.task), ("--preset", options.preset), ("--set", options.set)):
            if given:
                raise UserError(f"{name} does not go with --resume: a run keeps the settings in its config.toml")
        return train(Run.open(options.resume), options, resume=True)
    if options.task not in (None, *KINDS):
        raise UserError(f"task {options.task!r} is unknown: {nearest(options.task, list(KINDS))}")
    preset = options.preset or "tiny"
    tables = shared.override(load_preset(preset), options.set)
    if options.task not in (None, tables["task"]["kind"]):
        fitting = [name for name in preset_names() if load_preset(name)["task"]["kind"] == options.task]
        raise UserError(f"preset {preset} is for the task {tables['task']['kind']}: leave {options.task} away, or take "
                        f"--preset {' or '.join(fitting)}")
    return train(Run(options.out, tables), options)


def train(run, options, resume=False):
    """Train a run; exit status 0 at its end, 130 after Ctrl-C."""
    device = shared.device(options)
    trainer = Trainer(run, device, shared.workers(options, device))
    finished = trainer.train(resume)
    if not finished:
        saved = ", and saved" if run.has_checkpoint else ""
        print(f"stopped after update {trainer.update} of {trainer.settings.updates}{saved}; "
              f"go on with: mgnm train --resume {shlex.quote(str(run.folder))}")
        return 130
    shared.report({"updates": trainer.update, "seconds": round(trainer.seconds, 1), "run": str(run.folder)})
    return 0
