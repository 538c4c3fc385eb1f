"""The exploration task and its settings (REFERENCE 9)."""

from dataclasses import dataclass

from ...settings import check_whole
from ..episodes import MOST
from ..mapping.maze_task import MazeTask
from .environment import Environment


@dataclass
class Exploration(MazeTask):
    """Explore a maze where walls stop the agent, and mark on a map every place where a queried patch was seen.

    The settings are those of a MazeTask; `length` is the number of moves. A bad setting raises UserError.
    """

    def environment(self, batch):
        """An Environment of `batch` mazes, to be reset before its first step."""
        check_whole("batch", batch, 1, MOST)
        return Environment(self, batch)
