"""How an agent does: while it learns, and beside others in the same mazes."""

from dataclasses import dataclass
from operator import add

from ..mapping.score import Scores
from .play import Curves


@dataclass(frozen=True)
class RolloutScores:
    """Sums over the moves of roll-outs; those of different ones are joined by `+`, and `RolloutScores()` is the neutral one.

    moves      how many
    coverage   of the shares of the free cells that were seen, after each move. In environments of all ages their mean is
               the area under the curve of coverage against steps
    entropy    of the policy, in nats
    true_positives, false_positives, false_negatives   of the maps, as in `mapping.Scores`

    What was counted on a GPU stays there, as arrays without axes, until somebody reads it.
    """

    moves: int = 0
    coverage: float = 0.0
    entropy: float = 0.0
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def __add__(self, other):
        return RolloutScores(*map(add, self._sums(), other._sums()))

    def _sums(self):
        return [getattr(self, name) for name in self.__dataclass_fields__]

    @property
    def marks(self):
        """Scores of the maps."""
        return Scores(self.true_positives, self.false_positives, self.false_negatives)

    def counts(self):
        """What `RolloutScores(*counts)` makes the same scores from: plain numbers, fit for JSON."""
        return [int(self.moves), float(self.coverage), float(self.entropy), *self.marks.counts()]

    def summary(self):
        """{"area", "entropy", "precision", "recall", "f_score"}: the numbers for a table or a file."""
        moves, coverage, entropy, *_ = self.counts()
        return {"area": coverage / max(moves, 1), "entropy": entropy / max(moves, 1), **self.marks.summary()}

    def __str__(self):
        return f"area {self.summary()['area']:.3f}, {self.marks}"


@dataclass(frozen=True)
class Comparison:
    """Curves of an agent, of a random walk and of the nearest frontier, in the same mazes."""

    agent: Curves
    random: Curves
    frontier: Curves

    def summary(self):
        """The agent's numbers (see `Curves`), the areas of the other two, and how many times theirs the agent's is."""
        area, random, frontier = (curves.areas.mean() for curves in (self.agent, self.random, self.frontier))
        others = {"random_area": random, "frontier_area": frontier, "times_random": area / random,
                  "times_frontier": area / frontier}
        return {**self.agent.summary(), **{name: float(number) for name, number in others.items()}}

    def __str__(self):
        return f"area {self.agent.areas.mean():.3f}, {self.agent.scores}"
