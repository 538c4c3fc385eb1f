"""What happened in one sequence of bits: what was shown, what was wanted, what the network answered, and its memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mgnm import ops
from mgnm.figures.episode import FIGURES
from mgnm.figures.memory import MemoryRecord, encode_and_decode, steady

OTHERS = 32             # sequences that lend their statistics to a network that normalises by those of a batch


@dataclass(frozen=True)
class SequenceRecord:
    """One sequence of a SequenceTask.

    task           the task it was drawn from
    shown          float32 (T_in, C), the input
    truths         float32 (T_out, K), 0 or 1
    predictions    float32 (T_out, K), probabilities of a 1
    memory         MemoryRecord of T_in + T_out steps
    """

    task: Any
    shown: np.ndarray
    truths: np.ndarray
    predictions: np.ndarray
    memory: MemoryRecord

    @property
    def wrong(self):
        """bool (T_out, K), where the answer is wrong when p > 1/2 is read as a 1."""
        return (self.predictions > 0.5) != (self.truths > 0.5)


def record_sequences(network, task, seed, count=3):
    """Draw `count` fresh sequences and let the network answer each: [SequenceRecord].

    seed: of the sequences; the answers have no say in which are drawn. Raises UserError where network and task do not
    fit together.
    """
    task.check(network)
    network = steady(network, _draw(task, OTHERS, [FIGURES, seed])[0])
    records = []
    for number in range(1, count + 1):
        inputs, targets = _draw(task, 1, [FIGURES, seed, number])
        logits, memory = encode_and_decode(network, inputs)
        records.append(SequenceRecord(task, inputs["input"][:, 0], targets.bits[:, 0], ops.sigmoid(logits)[0], memory))
    return records


def _draw(task, batch, seed):
    """(inputs, targets) of a batch of fresh sequences."""
    episode = task.episode(batch, np.random.default_rng(seed))
    return episode.chunk(0, episode.length)
