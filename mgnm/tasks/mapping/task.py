"""The mapping task and its settings (REFERENCE 3)."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from ... import ops
from ...device import array_module, place
from ...errors import UserError
from .episode import Episode
from .memoryless import memoryless_scores
from .score import Scores
from .walk import WALKS

# Streams of chance that belong to a seed, apart from each other and from a training run's with the same seed.
EVALUATION, MEMORYLESS = 1001, 1002


@dataclass
class Mapping:
    """Walk through a maze and mark on a map every place where the queried patch was seen.

    size          side of the maze, odd, 5 to 63
    complexity    length of its walls, 0 to 1               density  number of its walls, 0 to 1
    walk          "spiral" from the centre or "random"; walls do not stop the agent
    length        steps of an episode; 0: as many as there are inner cells, (size - 2)^2
    view          side of the patch that is seen, 3, 5, 7 or 9
    query         side of the patch that is asked for, odd, 3 to view
    positions     "raw": the row and the column in the frame; "normalised": (p - start) / (size // 2)
    frame         side of the map that is drawn, at least size; the start is drawn at row and column frame // 2 + 1
    shared_query  True: the whole batch is asked for the patch of the same step (as in the released code)

    A bad setting raises UserError.
    """

    size: int = 9
    complexity: float = 0.05
    density: float = 0.2
    walk: str = "spiral"
    length: int = 0
    view: int = 3
    query: int = 3
    positions: str = "normalised"
    frame: int = 12
    shared_query: bool = False

    input_channels = 4
    no_scores = Scores()

    def __post_init__(self):
        _check_whole("size", self.size, 5, 63, odd=True)
        _check_fraction("complexity", self.complexity)
        _check_fraction("density", self.density)
        _check_choice("walk", self.walk, WALKS)
        _check_whole("length", self.length, 0, 1_000_000, note="; 0 stands for (size - 2)^2")
        _check_whole("view", self.view, 3, 9, odd=True)
        _check_whole("query", self.query, 3, self.view, odd=True, note=" (the field of view)")
        _check_choice("positions", self.positions, ("raw", "normalised"))
        _check_whole("frame", self.frame, self.size, 1024, note=f": a walk through {self.size} x {self.size} must fit")
        if not isinstance(self.shared_query, bool):
            raise UserError(f"shared_query must be true or false, not {self.shared_query!r}")

    @property
    def steps(self):
        """T, the number of steps of an episode."""
        return self.length or (self.size - 2) ** 2

    @property
    def start(self):
        """Row and column of the start in the frame."""
        return self.frame // 2 + 1

    @property
    def offset(self):
        """A cell of the maze is drawn this many rows and columns further in the frame."""
        return self.start - self.size // 2

    @property
    def input_side(self):
        """Side of the observation and of the query array."""
        return self.view

    @property
    def output_side(self):
        """S, the side of the map."""
        return self.frame

    def positions_of(self, rows):
        """Rows (or columns) of the maze as the network sees them: any int array -> float32 of the same shape."""
        if self.positions == "raw":
            return (rows + self.offset).astype(np.float32)
        return (rows - self.size // 2).astype(np.float32) / (self.size // 2)

    def episode(self, batch, rng):
        """Draw an episode of `batch` mazes. rng: numpy Generator, the only source of chance."""
        _check_whole("batch", batch, 1, 1_000_000)
        return Episode(self, batch, rng)

    def loss(self, outputs, targets, reduction="mean"):
        """Sigmoid cross-entropy of logits (T, B, S, S, 1) against targets. Returns (loss, gradient of the logits)."""
        loss, cache = ops.sigmoid_cross_entropy(outputs, targets, reduction=reduction)
        return loss, ops.sigmoid_cross_entropy_backward(1.0, cache)

    def check(self, network):
        """UserError unless the network takes these inputs and draws a map of this size."""
        config = network.config
        for name, here, there in (("network.base and task.view", config.base, self.view),
                                  ("network.input_channels and the task's channels", config.input_channels, 4),
                                  ("the side of the network's output and task.frame", network.output_side, self.frame),
                                  ("the network's output channels and the task's", network.output_channels, 1)):
            if here != there:
                raise UserError(f"{name} differ ({here} and {there}): make them equal")

    def score(self, outputs, targets):
        """Scores of logits (T, B, S, S, 1) at threshold 0.5."""
        return Scores.of_logits(outputs, targets)

    def evaluate(self, network, mazes=96, seed=0, batch=32, chunk=20):
        """Scores of a network on fresh mazes, all steps, threshold 0.5. The state is carried from chunk to chunk.

        network: `forward(inputs, state) -> (logits, state, cache)`. seed: a whole number, or a list of some. The mazes
        depend on seed and batch, not on chunk, and are none of a training run's with that seed.
        """
        for name, number in (("mazes", mazes), ("batch", batch), ("chunk", chunk)):
            _check_whole(name, number, 1, 1_000_000)
        rng = _stream(seed, EVALUATION)
        scores = Scores()
        for done in range(0, mazes, batch):
            episode = self.episode(min(batch, mazes - done), rng)
            state = None
            for first in range(0, episode.length, chunk):
                inputs, targets = episode.chunk(first, min(first + chunk, episode.length))
                outputs, state, _ = network.forward(inputs, state)
                scores += self.score(outputs, place(targets, array_module(outputs)))
        return scores

    def memoryless(self, mazes=None, seed=0):
        """MemorylessScores: the best guess from the query and the time alone, which a network with memory must beat.

        mazes: how many are scored; None: up to 500, fewer where episodes are long.
        """
        if mazes is not None:
            _check_whole("mazes", mazes, 1, 1_000_000)
        return memoryless_scores(self, _stream(seed, MEMORYLESS), mazes)


def _stream(seed, key):
    """The Generator of one of the streams above; seed: a whole number, or a list of some."""
    numbers = seed if isinstance(seed, (list, tuple)) else [seed]
    for number in numbers:
        _check_whole("seed", number, 0, 2 ** 63 - 1)
    return np.random.default_rng(np.random.SeedSequence(numbers, spawn_key=(key,)))


def _check_whole(name, value, low, high, odd=False, note=""):
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not low <= value <= high or (odd and value % 2 == 0):
        kind = "an odd" if odd else "a"
        raise UserError(f"{name} must be {kind} whole number from {low} to {high}{note}, not {value!r}")


def _check_fraction(name, value):
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UserError(f"{name} must be a number from 0 to 1, not {value!r}")


def _check_choice(name, value, choices):
    if value not in choices:
        raise UserError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
