"""`python -m benchmarks.explorers PLAYER=WEIGHTS,WEIGHTS ...`: who explores fresh mazes fastest, over several trainings?

A player is one kind of network, and its weights are trainings with other seeds. All of them play in the same mazes, beside
a random walk, the nearest frontier, and one that knows the maze, which nobody who has yet to see it can be expected to
beat. Printed are every player's mean, and its worst and best training; drawn is coverage against moves, of all games of a
player together.
"""

import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.common import program
from mgnm.cli.options import check_file, check_json, report
from mgnm.cli.status import exit_status
from mgnm.errors import UserError
from mgnm.figures import coverage_figure
from mgnm.settings import check_whole
from mgnm.tasks import build_task
from mgnm.tasks.exploration import Agent, Clairvoyant, Curves, NearestFrontier, RandomWalk, evaluate
from mgnm.tasks.mapping import Scores
from mgnm.training import load_network

OTHERS = {"knows the maze": Clairvoyant(), "nearest frontier": NearestFrontier(), "random walk": RandomWalk()}

EXAMPLE = """\
example:
  python -m benchmarks.explorers multigrid=explore-9,runs/one,runs/two lstm=runs/three --picture explorers.png
"""


def main(argv=None):
    return exit_status("benchmarks.explorers", lambda: measure(parse(argv)))


def parse(argv):
    parser = program.parser_of(
        "explorers", "Compare trained explorers, several trainings of each, in the same fresh mazes.", EXAMPLE)
    parser.add_argument("players", nargs="+", metavar="PLAYER=WEIGHTS,WEIGHTS",
                        help="a name, and presets whose weights come with the package, runs' folders, or files")
    parser.add_argument("--mazes", metavar="N", type=int, default=192, help="fresh ones (default: 192)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of mazes and chance (default: 0)")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="draw coverage against moves into this PNG file")
    program.add_json(parser)
    options = parser.parse_args(argv)
    check_whole("--mazes", options.mazes, 1, 10_000)
    check_whole("--seed", options.seed, 0, 2 ** 63 - 1)
    check_json(options.json)
    check_file("--picture", options.picture, (".png",))
    options.players = by_name(options.players)
    return options


def by_name(players):
    """{name: [weights]} of the PLAYER=WEIGHTS,WEIGHTS"""
    found = {}
    for player in players:
        name, equals, weights = player.partition("=")
        if not name or not equals or not all(weights.split(",")):
            raise UserError(f"{player} is not of the form PLAYER=WEIGHTS,WEIGHTS, such as lstm=runs/one,runs/two")
        if name in found or name in OTHERS:
            raise UserError(f"{player}: there is a player {name} already: choose another name")
        found[name] = weights.split(",")
    return found


def measure(options):
    """Play with everyone, report all numbers, draw the picture."""
    trainings = {name: [load_network(path) for path in weights] for name, weights in options.players.items()}
    task = common_task(trainings, options.players)
    curves = {}
    with threadpool_limits(1):                              # small products do not thread well inside the BLAS
        for name, networks in trainings.items():
            program.progress(f"{name}: {len(networks)} trainings, {options.mazes} mazes each")
            curves[name] = [evaluate(task, Agent(network), options.mazes, [options.seed]) for network, _, _ in networks]
        for name, player in OTHERS.items():
            curves[name] = [evaluate(task, player, options.mazes, [options.seed])]
    report({"mazes": options.mazes, "seed": options.seed, **summary(curves)}, options.json)
    if options.picture:
        print(coverage_figure({name: joined(games) for name, games in curves.items()}, options.picture))


def common_task(trainings, players):
    """The task that all weights were trained on; UserError where it is none or not the same."""
    tasks = {path: tables["task"] for name, networks in trainings.items()
             for path, (_, tables, _) in zip(players[name], networks)}
    first = next(iter(tasks))
    for path, task in tasks.items():
        if task["kind"] != "exploration":
            raise UserError(f"{path} was trained on {task['kind']}: give weights of the task exploration")
        if task != tasks[first]:
            raise UserError(f"{path} was not trained on the mazes of {first}: {task} instead of {tasks[first]}")
    return build_task(tasks[first])


def summary(curves):
    """{"PLAYER.area", "PLAYER.area_lowest", ..., "PLAYER.times_random", ...}: the mean over a player's trainings, and the
    lowest and highest of them. The ratios are of the means."""
    area = {name: np.array([each.areas.mean() for each in games]) for name, games in curves.items()}
    numbers = {}
    for name, games in curves.items():
        measures = {"area": area[name]}
        if games[0].scores:
            measures["f_score"] = np.array([each.scores.f_score for each in games])
        for measure, values in measures.items():
            numbers |= {f"{name}.{measure}": float(values.mean()), f"{name}.{measure}_lowest": float(values.min()),
                        f"{name}.{measure}_highest": float(values.max())}
        numbers |= {f"{name}.times_random": float(area[name].mean() / area["random walk"].mean()),
                    f"{name}.times_frontier": float(area[name].mean() / area["nearest frontier"].mean()),
                    f"{name}.times_clairvoyant": float(area[name].mean() / area["knows the maze"].mean())}
    return numbers


def joined(games):
    """All games of a player, as if they were one training's."""
    scores = sum((each.scores for each in games), Scores()) if games[0].scores else None
    return Curves(np.concatenate([each.coverage for each in games]), scores)


if __name__ == "__main__":
    sys.exit(main())
