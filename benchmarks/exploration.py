"""python -m benchmarks.exploration: time the world of exploration, and play the players that networks are compared with."""

import os
import sys
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.common import program
from benchmarks.cpu import machine
from mgnm.cli.options import check_json, report
from mgnm.cli.status import exit_status
from mgnm.errors import UserError
from mgnm.settings import check_whole
from mgnm.tasks import exploration

EXAMPLE = """\
example:
  python -m benchmarks.exploration --sizes 9,13 --batch 256 --json exploration.json
"""


def main(argv=None):
    return exit_status("benchmarks.exploration", lambda: measure(parse(argv)))


def measure(options):
    """Time and play every size, and report all numbers."""
    numbers = {"processor": machine.cpu_model(), "load": os.getloadavg()[0]}
    for size in options.sizes:
        program.progress(f"mazes of {size}x{size} cells")
        task = exploration.Exploration(size=size, frame=size)
        results = times(task, options.batch) | areas(task, options.mazes, options.seeds)
        numbers |= {f"{size}.{name}": value for name, value in results.items()}
    report(numbers, options.json)


def parse(argv):
    parser = program.parser_of(
        "exploration",
        "Milliseconds of a step of the exploration environment, and areas of the random walk and the frontier.", EXAMPLE)
    parser.add_argument("--sizes", metavar="9,13", default="9,13", help="sides of the mazes (default: 9,13)")
    parser.add_argument("--batch", metavar="N", type=int, default=256, help="environments that are timed (default: 256)")
    parser.add_argument("--mazes", metavar="N", type=int, default=256, help="played for every seed (default: 256)")
    parser.add_argument("--seeds", metavar="N", type=int, default=5, help="how many (default: 5)")
    program.add_json(parser)
    options = parser.parse_args(argv)
    check_json(options.json)
    for name in ("batch", "mazes", "seeds"):
        check_whole(f"--{name}", getattr(options, name), 1, 1_000_000)
    try:
        options.sizes = [int(size) for size in options.sizes.split(",")]
    except ValueError:
        raise UserError(f"--sizes {options.sizes} is not a list of numbers: give such as 9,13") from None
    return options


def times(task, batch):
    """Milliseconds for the whole batch on one core: of a step, of making the targets, and of a step with all that training
    adds, where environments are out of phase and those that are done are reset at once."""
    world, rng = task.environment(batch), np.random.default_rng(0)
    world.reset(rng)
    steps, targets, training = [], [], []
    for t in range(task.steps):
        actions = rng.integers(exploration.ACTIONS, size=batch)
        steps.append(milliseconds(lambda actions=actions: world.step(actions)))
        targets.append(milliseconds(world.targets))
    world.reset(rng)
    for t in range(3 * task.steps):
        actions = rng.integers(exploration.ACTIONS, size=batch)
        now = milliseconds(lambda actions=actions: train_step(world, actions, rng))
        if t < task.steps:                                      # the first episodes end early, one after the other
            world.reset(rng, world.batch % task.steps == t)
        else:
            training.append(now)
    return {"step_ms": median(steps), "fastest_step_ms": min(steps), "targets_ms": median(targets),
            "training_step_ms": median(training)}


def train_step(world, actions, rng):
    """A step as training takes it."""
    _, _, done = world.step(actions)
    if done.any():
        world.reset(rng, done)
    world.targets()


def milliseconds(work):
    """How long it takes."""
    start = perf_counter()
    work()
    return 1e3 * (perf_counter() - start)


def areas(task, mazes, seeds):
    """The summaries of both players, in the same mazes."""
    players = {"random": exploration.RandomWalk(), "frontier": exploration.NearestFrontier()}
    return {f"{name}_{key}": value for name, player in players.items()
            for key, value in exploration.evaluate(task, player, mazes, range(seeds)).summary().items()}


if __name__ == "__main__":
    sys.exit(main())
