"""What happened in one episode: the world, what was seen and asked, what the network answered, and its memory.

The network takes one step at a time and is handed its own state, as it would be in use.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mgnm import ops
from mgnm.device import to_numpy
from mgnm.figures.memory import MemoryTrace
from mgnm.tasks.mapping import Scores

FIGURES = 1003                  # mixed into the seed, so that a training run with the same seed never saw this maze


@dataclass(frozen=True)
class WalkRecord:
    """One maze, T steps. Map positions are those of the task's frame of side S.

    task              the Mapping or Exploration it was drawn from
    maze              bool (size, size), True = wall
    rows, columns     int (T,), the cell of the maze where the agent is
    query_steps       int (T,), the step at which the queried patch was seen (now or earlier)
    observations, queries   float32 (T, view, view, 4)
    predictions       float32 (T, S, S), probabilities; None of an explorer that draws no maps
    truths            float32 (T, S, S), 0 or 1
    """

    task: Any
    maze: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    query_steps: np.ndarray
    observations: np.ndarray
    queries: np.ndarray
    predictions: np.ndarray
    truths: np.ndarray

    @property
    def length(self):
        """T, the number of steps."""
        return len(self.rows)

    def scores(self, steps=slice(None)):
        """Scores at threshold 0.5 of one step, or of several, over the whole map."""
        return Scores.of_probabilities(self.predictions[steps], self.truths[steps])

    def cropped(self, maps):
        """The part of maps (T, S, S) where the maze is: (T, size, size). A border that the frame leaves out is 0."""
        maze = slice(self.task.offset + 1, self.task.offset + 1 + self.task.size)
        return np.pad(maps, ((0, 0), (1, 1), (1, 1)))[:, maze, maze]


@dataclass(frozen=True)
class EpisodeRecord(WalkRecord):
    """A walk of the mapping task, and the memory of the network that took it.

    hidden, cells     {(layer, level): float32 (T, side, side)}, mean |h| and |c| of the channels after each step
    """

    hidden: dict
    cells: dict


def record_episode(network, task, seed):
    """Draw a fresh maze and let the network walk through it: EpisodeRecord.

    task: a Mapping; seed: of the maze, the path and the questions.
    Raises UserError where network and task do not fit together.
    """
    task.check(network)
    episode = task.episode(1, np.random.default_rng([FIGURES, seed]))
    state, steps, trace = None, [], MemoryTrace(network)
    for t in range(episode.length):
        inputs, targets = episode.chunk(t, t + 1)
        outputs, state, _ = network.forward(inputs, state)
        answer = ops.sigmoid(to_numpy(outputs))[0]                              # (1, 1, S, S, 1)
        steps.append((inputs["observation"][0, 0], inputs["query"][0, 0], answer[0, 0, ..., 0], targets[0, 0, ..., 0]))
        trace.add(state)
    observations, queries, predictions, truths = map(np.stack, zip(*steps))
    memory = trace.record(episode.length)
    return EpisodeRecord(task, episode.mazes[0], episode.rows[:, 0], episode.columns[:, 0], episode.query_steps[:, 0],
                         observations, queries, predictions, truths, memory.hidden, memory.cells)
