"""`python -m benchmarks.retention WEIGHTS ...`: how long does a memory last, on walks longer than any it was trained on?

The agent walks at random, and is asked at every step for a patch that it has seen, now or long ago. A cell of the true map
has an age: the steps since the agent was there last. Recall by age says what is still known after so long; the F-score by
the number of the step says whether a memory that is never emptied stays in order.
"""

import sys

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.common import program
from mgnm.cli.options import check_json, report
from mgnm.cli.status import exit_status
from mgnm.errors import UserError
from mgnm.settings import check_whole
from mgnm.tasks import Mapping, build_task
from mgnm.tasks.episodes import EVALUATION, stream
from mgnm.tasks.mapping import Scores
from mgnm.training import load_network

EDGES = 0, 10, 30, 100, 300, 1000, 3000, 10_000     # steps, of an age and of a walk: from one to below the next
CHUNK = 20                                          # steps at once; the state is carried on

EXAMPLE = """\
example:
  python -m benchmarks.retention wander --steps 3000 --json retention.json
"""


def main(argv=None):
    return exit_status("benchmarks.retention", lambda: measure(parse(argv)))


def parse(argv):
    parser = program.parser_of(
        "retention", "Measure what networks that were trained on mapping still know after long random walks.", EXAMPLE)
    parser.add_argument("weights", nargs="+", help="presets whose weights come with the package, runs' folders, or files")
    parser.add_argument("--steps", metavar="N", type=int, default=3000, help="of every walk (default: 3000)")
    parser.add_argument("--mazes", metavar="N", type=int, default=32, help="fresh ones (default: 32)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of mazes and walks (default: 0)")
    program.add_json(parser)
    options = parser.parse_args(argv)
    check_whole("--steps", options.steps, 2, EDGES[-1])
    check_whole("--mazes", options.mazes, 1, 10_000)
    check_whole("--seed", options.seed, 0, 2 ** 63 - 1)
    check_json(options.json)
    return options


def measure(options):
    """Walk with every network through the same mazes, and report all numbers."""
    numbers = {"steps": options.steps, "mazes": options.mazes, "seed": options.seed}
    for weights in options.weights:
        network, tables, _ = load_network(weights)
        if tables["task"]["kind"] != "mapping":
            raise UserError(f"{weights} was trained on {tables['task']['kind']}: give weights of the task mapping")
        task = build_task(tables["task"] | {"walk": "random", "length": options.steps})
        program.progress(f"{weights}: {options.mazes} walks of {options.steps} steps, trained on {tables['task']}")
        episode = task.episode(options.mazes, stream(options.seed, EVALUATION))         # none that a training had
        with threadpool_limits(1):                          # small products do not thread well inside the BLAS
            results = retention(task, network, episode)
        numbers |= {f"{weights}.{name}": value for name, value in results.items()}
    report(numbers, options.json)


def retention(task: Mapping, network, episode):
    """{"f_score", "f_score_step_<from>", "recall_age_<from>"}: of the whole walk, by the number of the step, and by the
    age of what was asked for; each number from one of EDGES to below the next, where there was anything to find."""
    bins = len(EDGES) - 1
    by_step, found, there, state = [Scores()] * bins, np.zeros(bins), np.zeros(bins), None
    ages = ages_of(episode, task)
    for start, stop in episode.chunks(CHUNK):
        inputs, targets = episode.chunk(start, stop)
        logits, state, _ = network.forward(inputs, state)
        true = targets[..., 0] > 0                                                              # (T, B, S, S)
        marked = logits[..., 0] > 0
        for t in range(stop - start):
            step = np.searchsorted(EDGES, start + t, "right") - 1
            by_step[step] += task.score(logits[t:t + 1], targets[t:t + 1])
            age = np.searchsorted(EDGES, next(ages)[true[t]], "right") - 1
            there += np.bincount(age, minlength=bins)
            found += np.bincount(age, marked[t][true[t]], minlength=bins)
    numbers = {"f_score": sum(by_step, Scores()).f_score}
    numbers |= {f"f_score_step_{edge}": scores.f_score for edge, scores in zip(EDGES, by_step) if any(scores.counts())}
    return numbers | {f"recall_age_{edge}": hits / cells for edge, hits, cells in zip(EDGES, found, there) if cells}


def ages_of(episode, task):
    """At every step, for every cell of the map, how long ago the agent was there: int (B, S, S); where it never was, what
    stands there means nothing."""
    batch = np.arange(len(episode.mazes))
    last = np.zeros((len(batch), task.frame, task.frame), dtype=np.int64)
    for t, (rows, columns) in enumerate(zip(episode.rows, episode.columns)):
        last[batch, rows + task.offset, columns + task.offset] = t
        yield t - last


if __name__ == "__main__":
    sys.exit(main())
