"""`mgnm evaluate`: score trained weights on data they never saw."""

from functools import partial

from threadpoolctl import threadpool_limits

from ..errors import UserError
from ..tasks import build_task
from ..training import load_network
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "evaluate", run, "Score trained weights on data they never saw.",
                                 "mgnm evaluate tiny --sequences 96 --json scores.json")
    command.add_argument("weights", help="a preset whose weights come with the package, a run's folder, or a file")
    command.add_argument("--sequences", type=int, default=96, metavar="N",
                         help="how many (default: 96); of stories, as many as there are at most")
    command.add_argument("--seed", type=int, default=0, help="of the data (default: 0)")
    shared.add_set(command, "task.size=11")
    shared.add_json(command)
    shared.add_device(command)


def run(options):
    """Score, and print the numbers."""
    if options.sequences < 1 or options.seed < 0:
        raise UserError("--sequences has to be at least 1, and --seed not negative")
    shared.check_json(options.json)
    override = partial(shared.override_trained, assignments=options.set)
    network, tables, update = load_network(options.weights, shared.device(options), override)
    shared.report(scores(network, tables, update, options.sequences, options.seed), options.json)


def scores(network, tables, update, sequences=96, seed=0):
    """All numbers of an evaluation: the network's, and those to read them by, of a guess without memory mostly."""
    task = build_task(tables["task"])
    task.check(network)
    with threadpool_limits(1):                              # small products do not thread well inside the BLAS
        found = task.evaluate(network, sequences, seed).summary()
    if hasattr(task, "scored"):                             # stories that there are, not made as they are needed
        sequences = min(sequences, len(task.scored))
    return {"parameters": network.parameter_count, "memory_cells": network.memory_cells, "updates": update,
            "sequences": sequences, "seed": seed, **task.baseline(), **found}
