"""Priority sort: bring vectors into the order of their priorities (NTM paper; REFERENCE 7)."""

from dataclasses import dataclass

import numpy as np

from ...settings import check_choice, check_fraction, check_whole
from ..episodes import MOST
from .task import MOST_BITS, MOST_ITEMS, BitTargets, SequenceTask, memoryless, whole_episode

PRIORITIES = ("number", "thermometer")
CLOSE = 0.08            # priorities that differ by no more are nearly a tie


@dataclass
class Sort(SequenceTask):
    """See random vectors of bits, each with a priority from U[-1, 1], then give those of the highest priorities, the
    highest first.

    items, bits         how many vectors are shown, and the length of each
    top                 how many of them are asked for
    priority            "number": one channel, the priority itself, as published; "thermometer": a code, see below
    thermometer_steps   channels of that code
    near_ties           the share of items that, in training, get a priority next to that of an item before them; see below

    The input is (items, B, bits + 1) or (items, B, bits + thermometer_steps), the answer (top, B, bits).

    A thermometer of S steps cuts [-1, 1] into S pieces of width w = 2 / S, one for each channel. A channel is 1 where the
    priority lies above its piece, 0 where it lies below, and (priority - lower edge) / w in between: no information is
    lost, but small differences become large ones. It makes another, easier task than the published one.

    Most errors are near-ties, a matter of resolution and not of memory. So the bit error is also given for the items
    whose priority is more than 0.08 from those of all other items, as "bit_error_apart". And evenly drawn priorities
    teach resolution slowly, since few of them are close together: training may draw more, within 0.04 of another. An
    evaluation never does. A bad setting raises UserError.
    """

    items: int = 20
    bits: int = 8
    top: int = 16
    priority: str = "number"
    thermometer_steps: int = 27
    near_ties: float = 0.0

    def __post_init__(self):
        check_whole("task.items", self.items, 1, MOST_ITEMS)
        check_whole("task.bits", self.bits, 1, MOST_BITS)
        check_whole("task.top", self.top, 1, self.items, note=" (items)")
        check_choice("task.priority", self.priority, PRIORITIES)
        check_whole("task.thermometer_steps", self.thermometer_steps, 1, MOST_BITS)
        check_fraction("task.near_ties", self.near_ties)

    @property
    def input_channels(self):
        """The bits and the priority."""
        return self.bits + (1 if self.priority == "number" else self.thermometer_steps)

    def episode(self, batch, rng):
        """Draw `batch` sequences for training. rng: numpy Generator, the only source of chance."""
        return self._draw(batch, rng, self.near_ties)

    def fresh_episode(self, batch, rng):
        """Draw `batch` sequences whose priorities are even, as published."""
        return self._draw(batch, rng)

    def _draw(self, batch, rng, near_ties=0.0):
        """Sequences, a share of their items next to another one in priority."""
        check_whole("batch", batch, 1, MOST)
        vectors = rng.integers(2, size=(self.items, batch, self.bits)).astype(np.float32)       # (items, B, bits)
        priorities = rng.uniform(-1, 1, size=(self.items, batch)).astype(np.float32)            # (items, B)
        if near_ties:
            priorities = crowd(priorities, near_ties, rng)
        shown = np.concatenate([vectors, self.code(priorities)], axis=2)                        # (items, B, C)
        order = np.argsort(-priorities, axis=0, kind="stable")                                  # (items, B)
        answer = np.take_along_axis(vectors, order[:self.top, :, None], axis=0)                 # (top, B, bits)
        apart = self.gaps(np.take_along_axis(priorities, order, axis=0)) > CLOSE                # (top, B)
        mask = np.ones((self.top, batch, 1), dtype=bool)                                        # (top, B, 1)
        return whole_episode({"input": shown}, BitTargets(answer, mask, {"apart": apart}))

    def code(self, priorities):
        """Priorities as the network sees them: float32 (items, B) -> (items, B, 1 or thermometer_steps)."""
        if self.priority == "number":
            return priorities[..., None]
        position = (priorities[..., None] + 1) * (self.thermometer_steps / 2)                   # (items, B, 1), 0 .. S
        return np.clip(position - np.arange(self.thermometer_steps, dtype=np.float32), 0, 1)    # (items, B, S)

    def priorities(self, shown):
        """The inverse of `code`: inputs float32 (items, ..., C) -> the priorities (items, ...), up to rounding."""
        code = shown[..., self.bits:]
        if self.priority == "number":
            return code[..., 0]
        return code.sum(axis=-1) * (2 / self.thermometer_steps) - 1

    def gaps(self, ranked):
        """How far the priorities that are asked for are from the next one above or below.

        ranked: float32 (items, B), descending. Returns (top, B); infinite for an item that is alone.
        """
        edge = np.full((1, ranked.shape[1]), np.inf, ranked.dtype)                              # (1, B)
        steps = np.concatenate([edge, ranked[:-1] - ranked[1:], edge])                          # (items + 1, B)
        return np.minimum(steps[:-1], steps[1:])[:self.top]

    def baseline(self):
        """The best guess without memory: 1 bit for every bit."""
        return memoryless(self.top * self.bits)


def crowd(priorities, share, rng):
    """Move a share of the priorities (items, B), float32 in [-1, 1], to within CLOSE / 2 of that of an item before them, and
    shuffle the items, so that near-ties are found at any distance in time."""
    items, batch = priorities.shape
    moved = rng.random((items, batch)) < share
    steps = rng.uniform(-CLOSE / 2, CLOSE / 2, size=(items, batch)).astype(np.float32)
    for i in range(1, items):
        near = priorities[rng.integers(i, size=batch), np.arange(batch)] + steps[i]             # (B,)
        near = np.where(abs(near) > 1, 2 * np.sign(near) - near, near)                          # back from the edge
        priorities[i] = np.where(moved[i], near, priorities[i])
    return rng.permuted(priorities, axis=0)
