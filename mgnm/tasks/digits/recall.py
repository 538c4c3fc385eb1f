"""Digit recall: pictures one after the other, then one of them again; which digit came after it? (REFERENCE 4)"""

from dataclasses import dataclass

import numpy as np

from ...settings import check_whole
from ..episodes import distinct
from .images import jitter
from .task import MOST_DIGITS, DigitEpisode, DigitTask


@dataclass
class DigitRecall(DigitTask):
    """See `digits` pictures, all different, then one of them again (not the last), and name the class of the one that
    followed it. For a network that writes observations and reads a query.

    digits      pictures of a sequence; the other settings are those of DigitTask
    queries     how many of them are asked for in training, each on its own: a sequence costs most, an answer little, so
                that several teach more in the same time. An evaluation asks for one, as the paper does

    inputs: {"observation": {j: float32 (digits, B, side, side, 1)}, "query": {j: (S, B, side, side, 1)}}, side =
    base 2^j; outputs: logits (S, B, 10), for the S queries after the last observation; targets: int64 (S, B).
    A bad setting raises UserError.
    """

    digits: int = 10
    queries: int = 1

    questions = "last"

    def __post_init__(self):
        super().__post_init__()
        check_whole("task.digits", self.digits, 2, MOST_DIGITS)
        check_whole("task.queries", self.queries, 1, self.digits - 1)

    def _draw(self, part, batch, rng, training):
        places, everyone = distinct(len(part.classes), self.digits, batch, rng), np.arange(batch)   # (digits, B), (B,)
        asked = distinct(self.digits - 1, self.queries if training else 1, batch, rng)              # (S, B)
        shown = jitter(part.images[places], self.shift * training, rng)                     # (digits, B, side, side)
        inputs = {"observation": self.pyramid(shown), "query": self.pyramid(shown[asked, everyone])}
        answers = part.classes[places[asked + 1, everyone]]                                         # (S, B)
        return DigitEpisode(inputs, answers, self.digits + len(asked), part.classes[places])

    def baseline(self):
        """The best guess without memory: the most frequent class."""
        return {"memoryless_accuracy": float(self.shares().max())}
