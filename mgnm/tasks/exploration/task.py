"""The exploration task and its settings (REFERENCE 9)."""

from dataclasses import dataclass, replace

from ...settings import check_whole
from ..episodes import MOST
from ..fit import check_fits
from ..headline import Headline
from ..mapping.maze_task import MazeTask
from .agent import Agent
from .environment import ACTIONS, Environment
from .play import evaluate
from .players import NearestFrontier, RandomWalk
from .score import Comparison, RolloutScores


@dataclass
class Exploration(MazeTask):
    """Explore a maze where walls stop the agent, and mark on a map every place where a queried patch was seen.

    The settings are those of a MazeTask; `length` is the number of moves. A bad setting raises UserError.
    """

    no_scores = RolloutScores()
    headlines = (Headline("area", "coverage, mean over an episode", 1, "frontier_area", "nearest frontier, shown the map"),
                 Headline("f_score", "F-score (1 = every map right)", top=1))

    def environment(self, batch):
        """An Environment of `batch` mazes, to be reset before its first step."""
        check_whole("batch", batch, 1, MOST)
        return Environment(self, batch)

    @property
    def exchange(self):
        """What a network is given and has to answer: as in a MazeTask, and where to go."""
        return replace(super().exchange, questions="where", actions=ACTIONS)

    def check(self, network):
        """UserError unless the network takes these inputs, draws a map of this size and chooses among these moves."""
        check_fits(network, self.exchange)

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """Comparison of a network with a random walk and the nearest frontier in `sequences` fresh mazes, all at once.

        seed: a whole number, or a list of some. The mazes are none of a training run's with that seed. batch and chunk, by
        which other tasks cut their data, change nothing here.
        """
        return Comparison(*(evaluate(self, player, sequences, [seed])
                            for player in (Agent(network), RandomWalk(), NearestFrontier())))

    def baseline(self):
        """What every area is read by: {"random_area", "frontier_area"}. (An evaluation gives those of its own mazes.)"""
        return {name: float(evaluate(self, player).areas.mean())
                for name, player in (("random_area", RandomWalk()), ("frontier_area", NearestFrontier()))}
