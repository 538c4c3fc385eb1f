"""What the tasks share: how an episode is cut, how a network is scored on fresh ones, where chance comes from.

An episode is one batch of sequences, drawn at once. It has a `length`, the pieces `chunks(most)` into which truncated
BPTT may cut it, and `chunk(start, stop) -> (inputs, targets)` for each of them.
"""

from dataclasses import dataclass

import numpy as np

from ..device import array_module, place
from ..errors import UserError
from ..settings import check_whole

MOST = 1_000_000                        # sequences or steps at once

# Streams of chance that belong to a seed, apart from each other and from a training run's with the same seed.
EVALUATION, MEMORYLESS = 1001, 1002


def stream(seed, key):
    """The Generator of one of the streams above; seed: a whole number, or a list of some."""
    numbers = seed if isinstance(seed, (list, tuple)) else [seed]
    for number in numbers:
        check_whole("seed", number, 0, 2 ** 63 - 1)
    return np.random.default_rng(np.random.SeedSequence(numbers, spawn_key=(key,)))


def distinct(count, size, batch, rng):
    """For each of B sequences `size` different numbers below `count`, in random order: int (size, B)."""
    chosen = np.empty((size, batch), dtype=np.int64)                                            # (size, B)
    for k in range(size):
        number = rng.integers(count - k, size=batch)        # counted among those not chosen yet
        for taken in np.sort(chosen[:k], axis=0):
            number += number >= taken
        chosen[k] = number
    return chosen


def chunks(length, most):
    """[start, stop) of as few chunks as possible with at most `most` steps, as equal as they can be."""
    count = -(-length // most)
    edges = [length * k // count for k in range(count + 1)]
    return list(zip(edges, edges[1:]))


@dataclass(frozen=True)
class WholeEpisode:
    """An episode that is never cut in time: the answer begins where the input ends, and needs the gradient of it all.

    length: steps of the input and of the answer together.
    """

    inputs: dict
    targets: object
    length: int

    def chunks(self, most):
        """The one piece that there is, however few steps are asked for."""
        return [(0, self.length)]

    def chunk(self, start, stop):
        """(inputs, targets); UserError for anything but the whole."""
        if (start, stop) != (0, self.length):
            raise UserError(f"steps {start} to {stop} cannot be cut out of this episode: take it whole, "
                            f"0 to {self.length}")
        return self.inputs, self.targets


def evaluate(task, network, draw, sequences, seed, batch, chunk):
    """Scores of a network on `sequences` fresh sequences; the state is carried from chunk to chunk.

    network: `forward(inputs, state) -> (outputs, state, cache)`. draw(batch, rng) makes an episode. seed: a whole number,
    or a list of some. The sequences depend on seed and batch, and are none of a training run's with that seed.
    """
    for name, number in (("sequences", sequences), ("batch", batch), ("chunk", chunk)):
        check_whole(name, number, 1, MOST)
    rng = stream(seed, EVALUATION)
    scores = task.no_scores
    for done in range(0, sequences, batch):
        episode = draw(min(batch, sequences - done), rng)
        state = None
        for piece in episode.chunks(chunk):
            inputs, targets = episode.chunk(*piece)
            outputs, state, _ = network.forward(inputs, state)
            scores += task.score(outputs, place(targets, array_module(outputs)))
    return scores
