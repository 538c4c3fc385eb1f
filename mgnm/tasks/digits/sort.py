"""Digit sort: a list of pictures in, their classes in order out (REFERENCE 7, "joins them with images")."""

from dataclasses import dataclass
from math import comb

import numpy as np

from ...settings import check_whole
from .images import jitter
from .task import MOST_DIGITS, DigitEpisode, DigitTask


@dataclass
class DigitSort(DigitTask):
    """See `digits` pictures, then give their classes in ascending order. For a network with an encoder and a decoder.

    digits      pictures of a sequence; the other settings are those of DigitTask

    inputs: {"input": {j: float32 (digits, B, side, side, 1)}, "steps": digits}, side = base 2^j; outputs: logits
    (digits, B, 10); targets: int64 (digits, B). A bad setting raises UserError.
    """

    digits: int = 6

    questions = "none"

    def __post_init__(self):
        super().__post_init__()
        check_whole("task.digits", self.digits, 1, MOST_DIGITS)

    def _draw(self, part, batch, rng, training):
        places = rng.integers(len(part.classes), size=(self.digits, batch))                     # (digits, B)
        inputs = {"input": self.pyramid(jitter(part.images[places], self.shift * training, rng)), "steps": self.digits}
        classes = part.classes[places]                                                          # (digits, B)
        return DigitEpisode(inputs, np.sort(classes, axis=0), 2 * self.digits, classes)

    def baseline(self):
        """The best guesses without memory: for every position its most likely class, and the most likely sequence.

        The i-th of n classes in order is at most d if at least i of them are; their number is binomial. The most likely
        multiset of classes grows one by one, each time by the class d with the largest share_d / (m_d + 1), m_d of them
        being there already; its probability is n! prod_d share_d^m_d / m_d!.
        """
        n, shares = self.digits, self.shares()
        counts = np.arange(n + 1)
        ways = np.array([comb(n, k) for k in counts], dtype=float)                              # (n + 1,)
        below = shares.cumsum().clip(0, 1)[:, None]                                             # (10, 1)
        binomial = ways * below ** counts * (1 - below) ** (n - counts)                         # (10, n + 1)
        at_least = binomial[:, ::-1].cumsum(axis=1)[:, -2::-1]                                  # (10, n), 1 .. n
        likely = np.diff(at_least, axis=0, prepend=0).max(axis=0)                               # (n,)

        chosen, probability = np.zeros(len(shares)), 1.0
        for k in range(1, n + 1):
            ratios = shares / (chosen + 1)
            probability *= k * ratios.max()
            chosen[ratios.argmax()] += 1
        return {"memoryless_accuracy": float(likely.mean()), "memoryless_sequence_accuracy": float(probability)}
