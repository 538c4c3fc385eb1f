"""The best guess without any memory: from the query and the time alone, nothing of what was seen.

An F-score of 0.6 says little by itself, because on small maps much can be guessed. The walk is of a known kind, so
some cells are likely to be visited by step t; and the mazes are of a known kind, so a query tells something about where
it was taken and where else it may occur. This page computes that guess from many mazes m of the same kind, with cells
c and c':

    p(c | q, t) = P(c looks like q and is visited by t | q is asked at t)

                  sum_c' n(c', t) sum_m [c' and c both look like q in m] P(c visited by t)
                = ------------------------------------------------------------------------
                                 sum_c' n(c', t) sum_m [c' looks like q in m]

with n(c', t) the expected number of steps spent at c' by t, for the query is drawn among these steps. The cells whose p
reaches a threshold are marked, and the marks are scored on other mazes.

A patch too rare to be counted (as most large ones are) is located instead: its cells taken as independent, every place
of the maze is weighed by how likely it looks like that (naive Bayes). This stands in for ONE observed occurrence.
"""

from typing import NamedTuple

import numpy as np

from .maze import generate_mazes
from .patches import patch_ids, patches
from .score import Scores
from .walk import draw_walks, first_visits

BINS = 2000             # of p, from 0 to 1
QUESTIONS = 4096        # scored together; bounds the memory


class MemorylessScores(NamedTuple):
    """half       cells with p >= 0.5 marked: the rule by which networks are scored
    best       cells with p >= threshold marked: the highest F-score that can be had without memory
    threshold  the one with the highest F-score on mazes of its own
    """

    half: Scores
    best: Scores
    threshold: float


def memoryless_scores(task, rng, mazes=None, known=None):
    """Scores of the memoryless guess on fresh mazes: MemorylessScores.

    task: a Mapping. rng: numpy Generator. mazes: how many are scored, and as many again choose the threshold; None: up
    to 500, fewer where episodes are long. known: from how many mazes the guess is learned; None: up to 20,000, fewer
    where mazes are large.
    """
    if mazes is None:
        mazes = max(50, min(500, 20_000 // task.steps))
    if known is None:
        known = min(20_000, 4_000_000 // task.size ** 2)
    library = generate_mazes(known, task.size, task.complexity, task.density, rng)              # (M, size, size)
    episode = task.episode(2 * mazes, rng)
    cells = (task.size - 2) ** 2                                                                # C, the inner cells
    first = episode.first.reshape(2 * mazes, cells)                                             # (N, C)
    every = np.concatenate([library, episode.mazes])                                            # (M + N, size, size)
    ids = patch_ids(every, task.query)[:, 1:-1, 1:-1].reshape(len(every), cells)                # (M + N, C)
    known_ids, ids = ids[:known], ids[known:]                                                   # (M, C), (N, C)
    everyone = np.arange(2 * mazes)                                                             # (N,)
    query_cells = _cells(task, episode.rows, episode.columns)[episode.query_steps, everyone]    # (T, N)
    asked_ids = ids[everyone, query_cells]                                                      # (T, N)
    known_places = _places(known_ids, asked_ids)

    guess = _Guess(task, library, rng)
    around = patches(episode.mazes, task.query)                                     # (N, size, size, query, query)
    counts = np.zeros((2, 2, BINS + 1), dtype=np.int64)         # [chooses / is scored, false / true, p]
    for q, (times, sequences) in _places(asked_ids, asked_ids).items():
        row, column = divmod(query_cells[times[0], sequences[0]], task.size - 2)
        patch = around[sequences[0], row + 1, column + 1]                                       # (query, query)
        looks = _looks(*known_places.get(q, ((), ())), cells)                                   # (mazes with q, C)
        moments, which = np.unique(times, return_inverse=True)
        bins = (BINS * guess.probabilities(moments, patch, looks)).astype(np.int64)             # (moments, C)
        for start in range(0, len(times), QUESTIONS):
            part = slice(start, start + QUESTIONS)
            s = sequences[part]                                                                 # (n,)
            truth = (ids[s] == q) & (first[s] <= times[part, None])                             # (n, C)
            kind = 2 * (s >= mazes)[:, None] + truth                                            # (n, C)
            counted = np.bincount((kind * (BINS + 1) + bins[which[part]]).ravel(), minlength=counts.size)
            counts += counted.reshape(counts.shape)

    choosing, scored = (_scores_by_bin(*half) for half in counts)
    best = max(range(BINS + 1), key=lambda b: choosing[b].f_score)
    return MemorylessScores(scored[BINS // 2], scored[best], best / BINS)


class _Guess:
    """p(c | q, t) of the equation above, for one kind of walk and of mazes."""

    def __init__(self, task, library, rng):
        walks = max(20, min(2000, 4_000_000 // task.steps)) if task.walk == "random" else 1
        rows, columns = draw_walks(task.walk, walks, task.size, task.steps, rng)                # (T, walks)
        cells = (task.size - 2) ** 2
        new = first_visits(rows, columns, task.size).reshape(walks, cells).T                    # (C, walks)
        steps, everywhere = np.arange(task.steps)[:, None], np.arange(cells)[:, None]           # (T, 1), (C, 1)
        self.spent = _mean_until(steps, _cells(task, rows, columns), task.steps, cells)         # (T, C), n(c, t)
        self.visited = _mean_until(new, everywhere, task.steps, cells)                          # (T, C)

        wall = patches(library.mean(axis=0, keepdims=True), task.query)[0, 1:-1, 1:-1]          # (.., query, query)
        wall = np.clip(wall.reshape(cells, -1), 1e-6, 1 - 1e-6)                                 # (C, query^2)
        self.log_wall, self.log_free = np.log(wall), np.log(1 - wall)                           # (C, query^2)

    def probabilities(self, times, patch, looks):
        """p at some times: (n, C). patch: bool (query, query); looks: (m, C), 1 where a known maze looks like it."""
        spent, visited = self.spent[times], self.visited[times]                                 # (n, C)
        alone = spent * looks.sum(axis=0)                                                       # (n, C), c' = c
        both = np.linalg.multi_dot([spent, looks.T, looks])                                     # (n, C), any c'
        found = visited * (both - alone) + alone                                                # (n, C)

        wall = patch.ravel()                                                                    # (query^2,)
        likely = self.log_wall @ wall + self.log_free @ ~wall                                   # (C,)
        located = spent * np.exp(likely - likely.max()) + 1e-30 * spent                         # (n, C)
        located /= located.sum(axis=1, keepdims=True)
        return (found + located) / (alone.sum(axis=1, keepdims=True) + 1)


def _cells(task, rows, columns):
    """Inner cells of a maze as one number: 0 .. C-1."""
    return (task.size - 2) * (rows - 1) + columns - 1


def _mean_until(times, cells, steps, count):
    """How many of the events at (times, cells) (both broadcast to events x walks) happened by t: float32 (T, C)."""
    times, cells = np.broadcast_arrays(times, cells)
    events = np.bincount((times * count + cells).ravel(), minlength=(steps + 1) * count)
    events = events.reshape(-1, count)[:steps]                                                  # (T, C)
    return (events.cumsum(axis=0) / times.shape[1]).astype(np.float32)


def _places(ids, asked):
    """Where the numbers that are asked for occur in a two-dimensional array: {number: (rows, columns)}."""
    rows, columns = np.nonzero(np.isin(ids, asked))
    found = ids[rows, columns]
    order = np.argsort(found, kind="stable")
    numbers, starts = np.unique(found[order], return_index=True)
    return dict(zip(numbers.tolist(), zip(np.split(rows[order], starts[1:]), np.split(columns[order], starts[1:]))))


def _looks(mazes, at, cells):
    """The mazes in which a patch occurs, 1 at the cells that look like it: float32 (mazes, C)."""
    different, which = np.unique(mazes, return_inverse=True)
    looks = np.zeros((len(different), cells), dtype=np.float32)                                 # (mazes, C)
    looks[which, np.asarray(at, dtype=np.int64)] = 1
    return looks


def _scores_by_bin(false, true):
    """Scores when every p from bin b on is marked, for all b. false, true: counts of cells by the bin of their p."""
    false_positives, true_positives = (np.cumsum(c[::-1])[::-1].tolist() for c in (false, true))
    return [Scores(tp, fp, true_positives[0] - tp) for tp, fp in zip(true_positives, false_positives)]
