"""Associative recall: name the item that came after a given one (NTM paper; REFERENCE 7)."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ...settings import check_whole
from ..episodes import MOST, evaluate
from .task import MOST_BITS, MOST_ITEMS, BitTargets, SequenceTask, check_range, memoryless, whole_episode


@dataclass
class Recall(SequenceTask):
    """See n items of a few random vectors each, then one of them again (not the last), and give the one that followed it.

    vectors, bits   how many vectors make an item, and the length of each
    fewest, most    n is drawn uniformly from this range, once for a batch

    Input channels: the bits, a flag for items, a flag for the query. Every item is a step with the item flag, its bits 0,
    and then its vectors; the query comes last, likewise, with the query flag instead. So the input is
    ((n + 1)(vectors + 1), B, bits + 2) and the answer (vectors, B, bits). Items are drawn independently: where they are
    so small that two are likely to be equal, the question may have two right answers, of which only one counts.

    Few items are a trick of two slots and prove nothing. So the scores are also given for every n, as "n4", and for the
    place of the queried item among them, "n4_q1" to "n4_q3". A bad setting raises UserError.
    """

    vectors: int = 3
    bits: int = 6
    fewest: int = 2
    most: int = 6

    def __post_init__(self):
        check_whole("task.vectors", self.vectors, 1, MOST_ITEMS)
        check_whole("task.bits", self.bits, 1, MOST_BITS)
        check_range("task.fewest", self.fewest, "task.most", self.most, 2, MOST_ITEMS)

    @property
    def input_channels(self):
        """The bits and two flags."""
        return self.bits + 2

    def episode(self, batch, rng):
        """Draw `batch` sequences of one n. rng: numpy Generator, the only source of chance."""
        return self._draw(rng.integers(self.fewest, self.most + 1), batch, rng)

    def _draw(self, n, batch, rng):
        """Sequences of n items."""
        check_whole("batch", batch, 1, MOST)
        items = rng.integers(2, size=(n, self.vectors, batch, self.bits)).astype(np.float32)    # (n, vectors, B, bits)
        asked = rng.integers(n - 1, size=batch)                                                 # (B,)
        query, answer = (np.take_along_axis(items, place[None, None, :, None], axis=0)
                         for place in (asked, asked + 1))                                       # (1, vectors, B, bits)
        shown = np.zeros((n + 1, self.vectors + 1, batch, self.input_channels), np.float32)
        shown[:, 1:, :, :self.bits] = np.concatenate([items, query])
        shown[:n, 0, :, self.bits] = 1
        shown[n, 0, :, self.bits + 1] = 1
        groups = {f"n{n}": np.ones(batch, dtype=bool)} | {f"n{n}_q{k + 1}": asked == k for k in range(n - 1)}
        mask = np.ones((self.vectors, batch, 1), dtype=bool)                                    # (vectors, B, 1)
        return whole_episode(shown.reshape(-1, batch, self.input_channels), BitTargets(answer[0], mask, groups))

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """BitScores on fresh sequences, equally many of every n (but for one), each n with a stream of its own."""
        check_whole("sequences", sequences, 1, MOST)
        scores, sizes = self.no_scores, range(self.fewest, self.most + 1)
        for k, n in enumerate(sizes):
            share = sequences * (k + 1) // len(sizes) - sequences * k // len(sizes)
            if share:
                numbers = [*seed, n] if isinstance(seed, (list, tuple)) else [seed, n]
                scores += evaluate(self, network, partial(self._draw, n), share, numbers, batch, chunk)
        return scores

    def baseline(self):
        """The best guess without memory: 1 bit for every bit."""
        return memoryless(self.vectors * self.bits)
