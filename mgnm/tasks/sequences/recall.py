"""Associative recall: name the item that came after a given one (NTM paper; REFERENCE 7)."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ...errors import UserError
from ...settings import check_whole
from ..episodes import MOST, distinct, evaluate
from .task import MOST_BITS, MOST_ITEMS, BitTargets, SequenceTask, check_range, memoryless, whole_episode


@dataclass
class Recall(SequenceTask):
    """See n items of a few random vectors each, then one of them again (not the last), and give the one that followed it.

    vectors, bits   how many vectors make an item, and the length of each
    fewest, most    n is drawn uniformly from this range, once for a batch
    queries         how many of the items are asked for in training (at most n - 1), each on its own: a sequence costs most,
                    an answer little, so that several teach more in the same time. An evaluation asks for one, as published

    Input channels: the bits, a flag for items, a flag for the query. Every item is a step with the item flag, its bits 0,
    and then its vectors; the query comes last, likewise, with the query flag instead. So the input is
    ((n + 1)(vectors + 1), B, bits + 2) and the answer (vectors, B, bits). If there are several queries, the input ends with
    the items, and "queries" has the rest, (vectors + 1, S B, bits + 2); the answer is (vectors, S B, bits), query s of
    sequence b being number s B + b. Items are drawn independently: where they are so small that two are likely to be equal,
    the question may have two right answers, of which only one counts.

    Few items are a trick of two slots and prove nothing. So the scores are also given for every n, as "n4", and for the
    place of the queried item among them, "n4_q1" to "n4_q3". A bad setting raises UserError.
    """

    vectors: int = 3
    bits: int = 6
    fewest: int = 2
    most: int = 6
    queries: int = 1

    def __post_init__(self):
        check_whole("task.vectors", self.vectors, 1, MOST_ITEMS)
        check_whole("task.bits", self.bits, 1, MOST_BITS)
        check_range("task.fewest", self.fewest, "task.most", self.most, 2, MOST_ITEMS)
        check_whole("task.queries", self.queries, 1, self.most - 1)

    @property
    def input_channels(self):
        """The bits and two flags."""
        return self.bits + 2

    def episode(self, batch, rng):
        """Draw `batch` sequences of one n for training. rng: numpy Generator, the only source of chance."""
        return self._draw(rng.integers(self.fewest, self.most + 1), batch, rng, self.queries)

    def fresh_episode(self, batch, rng):
        """Draw `batch` sequences of one n, each with one query."""
        return self._draw(rng.integers(self.fewest, self.most + 1), batch, rng)

    def _draw(self, n, batch, rng, queries=1):
        """Sequences of n items."""
        check_whole("batch", batch, 1, MOST)
        items = rng.integers(2, size=(n, self.vectors, batch, self.bits)).astype(np.float32)    # (n, vectors, B, bits)
        asked = distinct(n - 1, min(queries, n - 1), batch, rng)                                # (S, B)
        query, answer = (items[place, :, np.arange(batch)].reshape(-1, self.vectors, self.bits).swapaxes(0, 1)
                         for place in (asked, asked + 1))                                       # (vectors, S B, bits)
        shown, ask = self._flagged(items, 0), self._flagged(query[None], 1)
        groups = {f"n{n}": np.ones(asked.size, dtype=bool)}
        groups |= {f"n{n}_q{k + 1}": asked.ravel() == k for k in range(n - 1)}
        targets = BitTargets(answer, np.ones((self.vectors, asked.size, 1), dtype=bool), groups)
        if queries == 1:
            return whole_episode({"input": np.concatenate([shown, ask])}, targets)
        return whole_episode({"input": shown, "queries": ask}, targets)

    def _flagged(self, items, flag):
        """Items (n, vectors, B, bits), each with a step in front that has this flag: (n (vectors + 1), B, bits + 2)."""
        n, vectors, batch, bits = items.shape
        shown = np.zeros((n, vectors + 1, batch, bits + 2), np.float32)
        shown[:, 1:, :, :bits] = items
        shown[:, 0, :, bits + flag] = 1
        return shown.reshape(-1, batch, bits + 2)

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

    def check(self, network):
        """As all tasks, and UserError unless the network can answer as many queries as a training asks."""
        super().check(network)
        if self.queries > 1 and not network.several_queries:
            raise UserError(f"task.queries = {self.queries} does not fit this network, which answers one query a sequence: "
                            'use task.queries = 1, or network.kind = "encoder_decoder" without batch norm')

    def baseline(self):
        """The best guess without memory: 1 bit for every bit."""
        return memoryless(self.vectors * self.bits)
