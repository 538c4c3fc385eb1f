"""The mapping task and its settings (REFERENCE 3)."""

from dataclasses import dataclass

import numpy as np

from ... import ops
from ...settings import check_choice, check_fraction, check_switch, check_whole
from ..episodes import MEMORYLESS, MOST, check_equal, check_kind, evaluate, stream
from ..headline import Headline
from .episode import Episode
from .memoryless import memoryless_scores
from .score import Scores
from .walk import WALKS


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

    networks = ("reader_writer",)
    input_channels = 4
    no_scores = Scores()
    headlines = (Headline("f_score", "F-score (1 = every map right)", top=1),)

    def __post_init__(self):
        check_whole("task.size", self.size, 5, 63, odd=True)
        check_fraction("task.complexity", self.complexity)
        check_fraction("task.density", self.density)
        check_choice("task.walk", self.walk, WALKS)
        check_whole("task.length", self.length, 0, MOST, note="; 0 stands for (size - 2)^2")
        check_whole("task.view", self.view, 3, 9, odd=True)
        check_whole("task.query", self.query, 3, self.view, odd=True, note=" (the field of view)")
        check_choice("task.positions", self.positions, ("raw", "normalised"))
        check_whole("task.frame", self.frame, self.size, 1024, note=f": a walk through {self.size} x {self.size} must fit")
        check_switch("task.shared_query", self.shared_query)

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
        check_whole("batch", batch, 1, MOST)
        return Episode(self, batch, rng)

    def loss(self, outputs, targets, reduction="mean"):
        """Sigmoid cross-entropy of logits (T, B, S, S, 1) against targets. Returns (loss, gradient of the logits)."""
        loss, cache = ops.sigmoid_cross_entropy(outputs, targets, reduction=reduction)
        return loss, ops.sigmoid_cross_entropy_backward(1.0, cache)

    def check(self, network):
        """UserError unless the network takes these inputs and draws a map of this size."""
        check_kind(network, self.networks)
        check_equal(("network.base and task.view", network.config.base, self.view),
                    ("network.input_channels and the task's channels", network.config.input_channels, 4),
                    ("the side of the network's output and task.frame", network.output_side, self.frame),
                    ("the network's output channels and the task's", network.output_channels, 1))

    def score(self, outputs, targets):
        """Scores of logits (T, B, S, S, 1) at threshold 0.5."""
        return Scores.of_logits(outputs, targets)

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """Scores of a network on fresh mazes, all steps, threshold 0.5. The state is carried from chunk to chunk.

        network: `forward(inputs, state) -> (logits, state, cache)`. seed: a whole number, or a list of some. The mazes
        depend on seed and batch, not on chunk, and are none of a training run's with that seed.
        """
        return evaluate(self, network, self.episode, sequences, seed, batch, chunk)

    def memoryless(self, mazes=None, seed=0):
        """MemorylessScores: the best guess from the query and the time alone, which a network with memory must beat.

        mazes: how many are scored; None: up to 500, fewer where episodes are long.
        """
        if mazes is not None:
            check_whole("mazes", mazes, 1, MOST)
        return memoryless_scores(self, stream(seed, MEMORYLESS), mazes)

    def baseline(self):
        """What every F-score is read by: {"memoryless_f_score"}, the best that can be had without memory."""
        return {"memoryless_f_score": self.memoryless().best.f_score}
