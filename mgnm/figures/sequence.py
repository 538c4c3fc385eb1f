"""What happened in one sequence of bits: what was shown, what was wanted, what the network answered, and its memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mgnm import ops
from mgnm.figures.episode import FIGURES
from mgnm.figures.memory import MemoryRecord, encode_and_decode, first, steady

BATCH = 32              # sequences are drawn as in an evaluation: a short one has company, and empty steps after its end


@dataclass(frozen=True)
class SequenceRecord:
    """One sequence of a SequenceTask.

    task           the task it was drawn from
    shown          float32 (T_in, C), the input, with empty steps at the end where others of its batch were longer
    truths         float32 (T_out, K), 0 or 1; T_out: the steps that are asked for
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
    return [_record(network, task, np.random.default_rng([FIGURES, seed, number])) for number in range(count)]


def _record(network, task, rng):
    """The first sequence of a batch."""
    episode = task.fresh_episode(BATCH, rng)
    inputs, targets = episode.chunk(0, episode.length)
    asked = int(targets.mask[:, 0].sum())
    logits, memory = encode_and_decode(steady(network, inputs), first(inputs) | {"steps": asked})
    return SequenceRecord(task, inputs["input"][:, 0], targets.bits[:asked, 0], ops.sigmoid(logits)[0], memory)
