"""What mapping and exploration share: the settings of the mazes, the frame of the map, the loss and score of drawn maps."""

from dataclasses import dataclass

import numpy as np

from ... import ops
from ...networks.exchange import Exchange
from ...settings import check_choice, check_fraction, check_whole
from ..episodes import MOST
from .score import Scores


@dataclass
class MazeTask:
    """Settings of a task in a maze; its subclasses say who walks there. A bad setting raises UserError.

    size          side of the maze, odd, 5 to 63
    complexity    length of its walls, 0 to 1               density  number of its walls, 0 to 1
    length        steps of an episode; 0: as many as there are inner cells, (size - 2)^2
    view          side of the patch that is seen, 3, 5, 7 or 9
    query         side of the patch that is asked for, odd, 3 to view
    positions     "raw": the row and the column in the frame; "normalised": (p - start) / (size // 2), from -1 to 1;
                  "centred": (p - (frame // 2 + 1)) / 4, which belongs to a place of the map in mazes of every size, so that
                  what was learned in small ones holds in large ones; in 9x9 mazes the same as normalised
    frame         side of the map that is drawn, at least size - 2, the cells inside the border: the agent is nowhere else.
                  The centre is drawn at row and column frame // 2 + 1, or as much further up and left as it takes to fit
    """

    size: int = 9
    complexity: float = 0.05
    density: float = 0.2
    length: int = 0
    view: int = 3
    query: int = 3
    positions: str = "normalised"
    frame: int = 12

    input_channels = 4

    def __post_init__(self):
        check_whole("task.size", self.size, 5, 63, odd=True)
        check_fraction("task.complexity", self.complexity)
        check_fraction("task.density", self.density)
        check_whole("task.length", self.length, 0, MOST, note="; 0 stands for (size - 2)^2")
        check_whole("task.view", self.view, 3, 9, odd=True)
        check_whole("task.query", self.query, 3, self.view, odd=True, note=" (the field of view)")
        check_choice("task.positions", self.positions, ("raw", "normalised", "centred"))
        check_whole("task.frame", self.frame, self.size - 2, 1024,
                    note=f": the inside of a maze of {self.size} x {self.size} must fit")

    @property
    def steps(self):
        """T, the number of steps of an episode."""
        return self.length or (self.size - 2) ** 2

    @property
    def start(self):
        """Row and column of the centre of the maze in the frame."""
        return min(self.frame // 2, self.frame - (self.size + 1) // 2) + 1

    @property
    def offset(self):
        """A cell of the maze is drawn this many rows and columns further in the frame."""
        return self.start - self.size // 2

    @property
    def exchange(self):
        """What a network is given and has to answer: at every step a patch, a query, and a map."""
        return Exchange("every", (self.view, self.view, self.input_channels), (self.frame, self.frame, 1), "task.view",
                        "task.frame")

    def positions_of(self, rows):
        """Rows (or columns) of the maze as the network sees them: any int array -> float32 of the same shape."""
        origin, unit = {"raw": (0, 1), "normalised": (self.start, self.size // 2),
                        "centred": (self.frame // 2 + 1, 4)}[self.positions]
        return (rows + self.offset - origin).astype(np.float32) / np.float32(unit)

    def loss(self, outputs, targets, reduction="mean"):
        """Sigmoid cross-entropy of logits (T, B, S, S, 1) against targets. Returns (loss, gradient of the logits)."""
        loss, cache = ops.sigmoid_cross_entropy(outputs, targets, reduction=reduction)
        return loss, ops.sigmoid_cross_entropy_backward(1.0, cache)

    def score(self, outputs, targets):
        """Scores of logits (T, B, S, S, 1) at threshold 0.5."""
        return Scores.of_logits(outputs, targets)
