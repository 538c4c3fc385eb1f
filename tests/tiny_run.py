"""The smallest training that has everything: two levels, two shards, several chunks. For the tests of runs."""

import copy
import json

import numpy as np

from mgnm.cli import main
from mgnm.training import Run, Trainer, checkpoint

TABLES = {
    "network": {"kind": "reader_writer", "writer": [[1, 2], [2, 2]], "reader": [2, 2], "narrowing": [[1, 1]]},
    "task": {"kind": "mapping", "size": 5, "density": 0.8, "walk": "random", "frame": 6},       # episodes of 9 steps
    "training": {"updates": 8, "learning_rate": 0.01, "batch": 4, "bptt": 4, "shards": 2,
                 "log_every": 3, "evaluate_every": 6, "evaluate_sequences": 2, "checkpoint_every": 2},
}


def tables(**training):
    """The settings, with some of [training] changed."""
    changed = copy.deepcopy(TABLES)
    changed["training"] |= training
    return changed


def train(folder, workers=1, **training):
    """Train to the end in this process; returns the trainer."""
    trainer = Trainer(Run.create(folder, tables(**training)), workers=workers)
    assert trainer.train(progress=False)
    return trainer


def assignments(**training):
    """The settings as --set options, for the command line."""
    return [text for name, table in tables(**training).items() for key, value in table.items()
            for text in ("--set", f"{name}.{key}={json.dumps(value)}")]


def command(*arguments):
    """The exit status of a command line, run in this process."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code


def refusal(capsys, *arguments):
    """What a command line says that must end in one line and exit status 2."""
    capsys.readouterr()
    assert command(*arguments) == 2
    line = capsys.readouterr().err
    assert line.startswith("mgnm") and line.count("\n") == 1 and line.endswith("\n"), line
    return line


def assert_goes_on(folder, tables, updates, **options):
    """A training that is stopped after so many updates, as Ctrl-C does, and resumed, is the same as one that is not."""
    whole, cut = (Run.create(folder / name, tables) for name in ("whole", "cut"))
    assert Trainer(whole, **options).train(progress=False)
    stopped = Trainer(cut, **options)
    one_update = stopped._one_update

    def stop_in_time(*arguments):
        one_update(*arguments)
        stopped.interrupted = stopped.update == updates

    stopped._one_update = stop_in_time
    assert not stopped.train(progress=False)
    assert Trainer(Run.open(cut.folder), **options).train(resume=True, progress=False)
    assert_same_run(whole.folder, cut.folder)


def assert_same_run(folder, other):
    """Weights, checkpoint and metrics of two runs are equal to the last bit, but for the seconds they took."""
    for name in ("weights.npz", "checkpoint.npz"):
        (arrays, _, update), (arrays2, _, update2) = (checkpoint.load(path / name) for path in (folder, other))
        assert update == update2 and arrays.keys() == arrays2.keys()
        progress = [json.loads(str(a.pop("progress"))) if name == "checkpoint.npz" else {} for a in (arrays, arrays2)]
        assert without_seconds(progress[0]) == without_seconds(progress[1])
        for key in arrays:
            assert arrays[key].dtype == arrays2[key].dtype and np.array_equal(arrays[key], arrays2[key]), key
    assert metrics(folder) == metrics(other)


def metrics(folder):
    """The metrics of a run, without the seconds."""
    return [without_seconds(line) for line in Run.open(folder).metrics()]


def without_seconds(line):
    return {name: value for name, value in line.items() if name != "seconds"}
