"""What the tasks of this room have in common: their targets, loss, scores and evaluation."""

from dataclasses import dataclass, field

import numpy as np

from ... import ops
from ...networks.exchange import Exchange
from ...settings import check_whole
from ..episodes import WholeEpisode, evaluate
from ..fit import check_fits
from ..headline import Headline
from .score import BitScores

MOST_BITS, MOST_ITEMS = 1024, 10_000


@dataclass(frozen=True)
class BitTargets:
    """What the answer has to be, for T steps of B sequences.

    bits: float32 (T, B, K), 0 or 1; mask: bool (T, B, 1), False after the end of a sequence that is shorter than T;
    groups: {name: bool (B,), or (T, B) for single items}, of which the scores are wanted as well.
    """

    bits: np.ndarray
    mask: np.ndarray
    groups: dict = field(default_factory=dict)


class SequenceTask:
    """A task whose inputs are {"input": float32 (T_in, B, input_channels), "steps": T_out} and whose outputs are logits
    (T_out, B, output_channels). A subclass draws the episodes and knows the guess without memory."""

    no_scores = BitScores()
    headlines = (Headline("bit_error", "bit error (0 = every bit right)"),
                 Headline("bits_per_sequence", "bits per sequence (0 = sure and right)"))

    @property
    def exchange(self):
        """What a network is given and has to answer: vectors, and then vectors."""
        return Exchange("none", (self.input_channels,), (self.output_channels,), "task.bits", "task.bits")

    @property
    def output_channels(self):
        """K, the bits of a step of the answer."""
        return self.bits

    def loss(self, outputs, targets, reduction="mean"):
        """Sigmoid cross-entropy of logits (T, B, K): "mean" over the target bits, or "sum". (loss, gradient)."""
        loss, cache = ops.sigmoid_cross_entropy(outputs, targets.bits, targets.mask, reduction)
        return loss, ops.sigmoid_cross_entropy_backward(1.0, cache)

    def score(self, outputs, targets):
        """BitScores of logits (T, B, K)."""
        return BitScores.of_logits(outputs, targets)

    def fresh_episode(self, batch, rng):
        """Draw `batch` sequences as an evaluation does; some tasks make training easier."""
        return self.episode(batch, rng)

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """BitScores of a network on fresh sequences, as `episodes.evaluate` says. A sequence is never cut."""
        return evaluate(self, network, self.fresh_episode, sequences, seed, batch, chunk)

    def check(self, network):
        """UserError unless the network takes vectors of this width and answers in vectors."""
        check_fits(network, self.exchange)


def memoryless(bits, error=0.5):
    """What the scores are read by: the best guess from the time alone. Of a random bit it knows 0, and half are wrong."""
    return {"memoryless_bits_per_sequence": float(bits), "memoryless_bit_error": float(error)}


def whole_episode(inputs, targets):
    """The episode of what is shown, {name: (T, B, C)}, and its BitTargets."""
    steps = len(targets.bits)
    return WholeEpisode({**inputs, "steps": steps}, targets, sum(map(len, inputs.values())) + steps)


def check_range(low_name, low, high_name, high, least, most):
    """UserError unless least <= low <= high <= most, all whole numbers."""
    check_whole(high_name, high, least, most)
    check_whole(low_name, low, least, high, note=f" ({high_name})")
