"""Digit recall: pictures one after the other, then one of them again; which digit came after it? (REFERENCE 4)"""

from dataclasses import dataclass

import numpy as np

from ...settings import check_whole
from .images import jitter
from .task import MOST_DIGITS, DigitEpisode, DigitTask


@dataclass
class DigitRecall(DigitTask):
    """See `digits` pictures, all different, then one of them again (not the last), and name the class of the one that
    followed it. For a network that writes observations and reads a query.

    digits      pictures of a sequence; the other settings are those of DigitTask

    inputs: {"observation": {j: float32 (digits, B, side, side, 1)}, "query": {j: (1, B, side, side, 1)}}, side =
    base 2^j; outputs: logits (1, B, 10), for the one query after the last observation; targets: int64 (1, B).
    A bad setting raises UserError.
    """

    digits: int = 10

    questions = "last"

    def __post_init__(self):
        super().__post_init__()
        check_whole("task.digits", self.digits, 2, MOST_DIGITS)

    def _draw(self, part, batch, rng, shift):
        places = distinct(len(part.classes), self.digits, batch, rng)                           # (digits, B)
        asked, everyone = rng.integers(self.digits - 1, size=batch), np.arange(batch)           # (B,), (B,)
        shown = jitter(part.images[places], shift, rng)                                         # (digits, B, S, S)
        inputs = {"observation": self.pyramid(shown), "query": self.pyramid(shown[asked, everyone][None])}
        answer = part.classes[places[asked + 1, everyone]][None]                                # (1, B)
        return DigitEpisode(inputs, answer, self.digits + 1, part.classes[places])

    def baseline(self):
        """The best guess without memory: the most frequent class."""
        return {"memoryless_accuracy": float(self.shares().max())}


def distinct(count, size, batch, rng):
    """For each of B sequences `size` different numbers below `count`, in random order: int (size, B)."""
    chosen = np.empty((size, batch), dtype=np.int64)                                            # (size, B)
    for k in range(size):
        number = rng.integers(count - k, size=batch)        # counted among those not chosen yet
        for taken in np.sort(chosen[:k], axis=0):
            number += number >= taken
        chosen[k] = number
    return chosen
