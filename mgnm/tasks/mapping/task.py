"""The mapping task and its settings (REFERENCE 3)."""

from dataclasses import dataclass

from ...settings import check_choice, check_switch, check_whole
from ..episodes import MEMORYLESS, MOST, evaluate, stream
from ..fit import check_fits
from ..headline import Headline
from .episode import Episode
from .maze_task import MazeTask
from .memoryless import memoryless_scores
from .score import Scores
from .walk import WALKS


@dataclass
class Mapping(MazeTask):
    """Walk through a maze and mark on a map every place where the queried patch was seen.

    walk          "spiral" from the centre or "random"; walls do not stop the agent
    shared_query  True: the whole batch is asked for the patch of the same step (as in the released code)

    and the settings of a MazeTask. A bad setting raises UserError.
    """

    walk: str = "spiral"
    shared_query: bool = False

    no_scores = Scores()
    headlines = (Headline("f_score", "F-score (1 = every map right)", top=1),)

    def __post_init__(self):
        super().__post_init__()
        check_choice("task.walk", self.walk, WALKS)
        check_switch("task.shared_query", self.shared_query)

    def episode(self, batch, rng):
        """Draw an episode of `batch` mazes. rng: numpy Generator, the only source of chance."""
        check_whole("batch", batch, 1, MOST)
        return Episode(self, batch, rng)

    def check(self, network):
        """UserError unless the network takes these inputs and draws a map of this size."""
        check_fits(network, self.exchange)

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
