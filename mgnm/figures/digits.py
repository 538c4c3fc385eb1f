"""What happened in one sequence of digits: the pictures, what was asked, what the network answered, and its memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mgnm import ops
from mgnm.figures.episode import FIGURES
from mgnm.figures.memory import MemoryRecord, encode_and_decode, first, steady, write_and_ask
from mgnm.figures.sequence import BATCH
from mgnm.tasks import DigitRecall, DigitSort

RUNS = {DigitRecall: write_and_ask, DigitSort: encode_and_decode}


@dataclass(frozen=True)
class DigitRecord:
    """One sequence of a DigitTask.

    task           the task it was drawn from
    images         float32 (T_in, S, S), the pictures at the finest level, from 0, paper, to 1, ink
    classes        int (T_in,), what they are; the network is not told
    asked          the place of the picture that is shown again as the query; None where there is no query
    truths         int (T_out,), the classes that are wanted
    predictions    float32 (T_out, 10), the probability of every class
    memory         MemoryRecord
    """

    task: Any
    images: np.ndarray
    classes: np.ndarray
    asked: int | None
    truths: np.ndarray
    predictions: np.ndarray
    memory: MemoryRecord

    @property
    def answers(self):
        """int (T_out,), the most likely classes."""
        return self.predictions.argmax(axis=1)

    @property
    def wrong(self):
        """bool (T_out,)"""
        return self.answers != self.truths

    @property
    def sources(self):
        """int (T_out,): the picture that an answer names; of equal classes, the earlier one first."""
        return np.argsort(self.classes, kind="stable") if self.asked is None else np.array([self.asked + 1])


def record_digits(network, task, seed, count=3):
    """Draw `count` sequences of pictures that no training sees, and let the network answer each: [DigitRecord].

    seed: of the sequences; the answers have no say in which are drawn. Raises UserError where network and task do not
    fit together, or the pictures cannot be had.
    """
    task.check(network)
    return [_record(network, task, np.random.default_rng([FIGURES, seed, number])) for number in range(count)]


def _record(network, task, rng):
    """The first sequence of a batch."""
    episode = task.fresh_episode(BATCH, rng)
    inputs, targets = episode.chunk(0, episode.length)
    logits, memory = RUNS[type(task)](steady(network, inputs), first(inputs))
    odds, _ = ops.softmax(logits)                                                               # (T_out, 10)
    finest = task.levels - 1
    images = inputs["observation" if "query" in inputs else "input"][finest][:, 0, ..., 0]      # (T_in, S, S)
    asked = None
    if "query" in inputs:
        asked = int((images[:-1] == inputs["query"][finest][0, 0, ..., 0]).all(axis=(1, 2)).argmax())
    return DigitRecord(task, images, episode.classes[:, 0], asked, targets[:, 0], odds, memory)
