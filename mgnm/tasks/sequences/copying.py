"""Copy and repeat copy: keep a sequence of random vectors, and reproduce it (NTM paper; REFERENCE 6 and 7)."""

from dataclasses import dataclass

import numpy as np

from ...settings import check_switch, check_whole
from ..episodes import MOST
from .task import MOST_BITS, MOST_ITEMS, BitTargets, SequenceTask, check_range, memoryless, whole_episode


@dataclass
class Copy(SequenceTask):
    """See L random vectors of bits, then reproduce them.

    bits                K, the length of a vector
    shortest, longest   L is drawn uniformly from this range
    shared_length       True: the whole batch has the same L

    Input channels: the K bits, then a flag for the end, which is 1 at the step after the last vector (where all bits are
    0). Of a batch with L up to T, input is (T + 1, B, K + 1) and the answer (T, B, K); a shorter sequence is followed by
    zeros, and not asked for more than its L vectors. A bad setting raises UserError.
    """

    bits: int = 8
    shortest: int = 1
    longest: int = 20
    shared_length: bool = False

    def __post_init__(self):
        check_whole("task.bits", self.bits, 1, MOST_BITS)
        check_range("task.shortest", self.shortest, "task.longest", self.longest, 1, MOST_ITEMS)
        check_switch("task.shared_length", self.shared_length)

    @property
    def input_channels(self):
        """The bits and the flag."""
        return self.bits + 1

    def episode(self, batch, rng):
        """Draw `batch` sequences. rng: numpy Generator, the only source of chance."""
        check_whole("batch", batch, 1, MOST)
        lengths = _draw(self.shortest, self.longest, batch, self.shared_length, rng)            # (B,)
        vectors, mask = _vectors(lengths, self.bits, rng)                                       # (T, B, K), (T, B)
        shown = np.zeros((len(vectors) + 1, batch, self.input_channels), np.float32)            # (T + 1, B, K + 1)
        shown[:-1, :, :self.bits] = vectors
        shown[lengths, np.arange(batch), self.bits] = 1
        return whole_episode({"input": shown}, BitTargets(vectors, mask[..., None]))

    def baseline(self):
        """The best guess without memory: 1 bit for every bit."""
        return memoryless(self.bits * (self.shortest + self.longest) / 2)


@dataclass
class RepeatCopy(SequenceTask):
    """See L random vectors of bits and a number R, then reproduce the sequence R times, and say that this was the end.

    bits                            K, the length of a vector
    shortest, longest               L is drawn uniformly from this range
    fewest_repeats, most_repeats    R is drawn uniformly from this range
    shared_length                   True: the whole batch has the same L and the same R

    Input channels: the K bits, a flag for the start, and the repeats. Step 0 has the start flag, steps 1 .. L have the
    vectors, and step L + 1 has R / most_repeats on the last channel, which is 0 elsewhere and so marks the end as well.
    The answer has K + 1 channels: R times the vectors, and after them one step with the last channel, the end marker, 1
    and all bits 0. Of a batch with L up to T, input is (T + 2, B, K + 2); the answer has as many steps as the longest
    of the batch, and no sequence is asked for anything after its end marker. A bad setting raises UserError.
    """

    bits: int = 4
    shortest: int = 1
    longest: int = 5
    fewest_repeats: int = 1
    most_repeats: int = 4
    shared_length: bool = False

    def __post_init__(self):
        check_whole("task.bits", self.bits, 1, MOST_BITS)
        check_range("task.shortest", self.shortest, "task.longest", self.longest, 1, MOST_ITEMS)
        check_range("task.fewest_repeats", self.fewest_repeats, "task.most_repeats", self.most_repeats, 1,
                    MOST_ITEMS)
        check_switch("task.shared_length", self.shared_length)

    @property
    def input_channels(self):
        """The bits, the start flag and the repeats."""
        return self.bits + 2

    @property
    def output_channels(self):
        """The bits and the end marker."""
        return self.bits + 1

    def episode(self, batch, rng):
        """Draw `batch` sequences. rng: numpy Generator, the only source of chance."""
        check_whole("batch", batch, 1, MOST)
        lengths = _draw(self.shortest, self.longest, batch, self.shared_length, rng)            # (B,)
        repeats = _draw(self.fewest_repeats, self.most_repeats, batch, self.shared_length, rng)     # (B,)
        vectors, _ = _vectors(lengths, self.bits, rng)                                          # (T, B, K)
        everyone = np.arange(batch)                                                             # (B,)
        shown = np.zeros((len(vectors) + 2, batch, self.input_channels), np.float32)            # (T + 2, B, K + 2)
        shown[0, :, self.bits] = 1
        shown[1:-1, :, :self.bits] = vectors
        shown[lengths + 1, everyone, self.bits + 1] = repeats / self.most_repeats

        ends = lengths * repeats                                                                # (B,)
        steps = np.arange(ends.max() + 1)[:, None]                                              # (T_out, 1)
        answer = np.zeros((len(steps), batch, self.output_channels), np.float32)                # (T_out, B, K + 1)
        answer[..., :self.bits] = vectors[steps % lengths, everyone] * (steps < ends)[..., None]
        answer[ends, everyone, self.bits] = 1
        return whole_episode({"input": shown}, BitTargets(answer, (steps <= ends)[..., None]))

    def baseline(self):
        """The best guess without memory: how likely the end is at every step that is reached is all it knows.

        With h_t = P(the end is at t | it is not before t), the end marker is 1 with h_t and every bit with (1 - h_t) / 2.
        """
        lengths = np.arange(self.shortest, self.longest + 1)[:, None]
        ends = (lengths * np.arange(self.fewest_repeats, self.most_repeats + 1)).ravel()        # all are equally likely
        at = np.bincount(ends) / len(ends)                                                      # (T,), P(end at t)
        reached = at[::-1].cumsum()[::-1]                                                       # (T,), P(end at t or later)
        h = at / reached                                                                        # (T,)
        bits = _entropy(h) + self.bits * _entropy((1 - h) / 2)                                  # (T,)
        wrong = np.minimum(h, 1 - h) + self.bits * (1 - h) / 2                                  # (T,)
        return memoryless(reached @ bits, reached @ wrong / (reached.sum() * self.output_channels))


def _draw(low, high, batch, shared, rng):
    """A whole number for every sequence: int (B,)."""
    return np.broadcast_to(rng.integers(low, high + 1, size=1 if shared else batch), (batch,))


def _vectors(lengths, bits, rng):
    """Random vectors float32 (T, B, K), zeros after the end of a sequence, and which are there, bool (T, B)."""
    mask = np.arange(lengths.max())[:, None] < lengths                                          # (T, B)
    vectors = rng.integers(2, size=(*mask.shape, bits), dtype=np.int8) * mask[..., None]        # (T, B, K)
    return vectors.astype(np.float32), mask


def _entropy(p):
    """Of a yes/no answer, in bits: -p log2 p - (1 - p) log2 (1 - p), 0 where there is no doubt."""
    q = np.stack([p, 1 - p])
    return -(q * np.log2(np.where(q > 0, q, 1))).sum(axis=0)
