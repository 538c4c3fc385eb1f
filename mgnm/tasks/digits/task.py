"""What the tasks of this room have in common: pictures for training and others for evaluation, loss and scores."""

from dataclasses import dataclass

import numpy as np

from ... import ops
from ...errors import UserError
from ...networks.exchange import Exchange, images
from ...settings import check_whole
from ..episodes import MOST, WholeEpisode, evaluate
from ..fit import check_fits
from ..headline import Headline
from .download import MIRROR
from .images import CLASSES, load_digits, pyramid
from .score import ClassScores

MOST_DIGITS, WIDEST_BASE, MOST_LEVELS, MOST_SHIFT = 1000, 64, 10, 8


@dataclass(frozen=True)
class DigitEpisode(WholeEpisode):
    """classes: int64 (digits, B), of the pictures as they are shown. No network gets them; who looks on may want them."""

    classes: np.ndarray


@dataclass
class DigitTask:
    """A task with pictures of digits. Its answers are logits (T_out, B, 10), its targets int64 (T_out, B).

    source      "mnist", "scikit-learn", or a folder with IDX files (see `images`)
    url         where the MNIST files are fetched from, once (see `download`)
    base        side of the coarsest level                  levels      from 0; level j has pictures of base * 2^j
    shift       pictures for training are moved by up to so many pixels, each time anew, along both axes: 8,000 pictures
                are few, and a network soon knows them by heart

    A subclass has `digits`, the number of pictures of a sequence, and `_draw(part, batch, rng, training)`, a DigitEpisode
    from the pictures for training or for validation.
    """

    source: str = "mnist"
    url: str = MIRROR
    base: int = 3
    levels: int = 3
    shift: int = 0

    input_channels, output_channels = 1, CLASSES
    no_scores = ClassScores()
    headlines = (Headline("accuracy", "accuracy (1 = every digit right)", top=1),)

    def __post_init__(self):
        for name in ("source", "url"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise UserError(f"task.{name} = {getattr(self, name)!r} does not fit: give a text")
        check_whole("task.base", self.base, 1, WIDEST_BASE)
        check_whole("task.levels", self.levels, 1, MOST_LEVELS)
        check_whole("task.shift", self.shift, 0, MOST_SHIFT)

    @property
    def exchange(self):
        """What a network is given and has to answer: pyramids of pictures, and classes."""
        return Exchange(self.questions, images(range(self.levels), self.base, self.input_channels), (CLASSES,),
                        "task.base, task.levels", "task.kind")

    @property
    def parts(self):
        """(for training, for validation): Digits, read when they are first used. UserError where they are too few."""
        parts = load_digits(self.source, self.url)
        if min(len(part.classes) for part in parts) < self.digits:
            raise UserError(f"task.source = {self.source!r} has too few pictures for task.digits = {self.digits}: give "
                            "fewer, or another source")
        return parts

    def episode(self, batch, rng):
        """Draw `batch` sequences from the pictures for training. rng: numpy Generator, the only source of chance."""
        check_whole("batch", batch, 1, MOST)
        return self._draw(self.parts[0], batch, rng, training=True)

    def fresh_episode(self, batch, rng):
        """Draw `batch` sequences from the pictures for validation, which no training sees."""
        check_whole("batch", batch, 1, MOST)
        return self._draw(self.parts[1], batch, rng, training=False)

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """ClassScores on fresh sequences of pictures for validation, as `episodes.evaluate` says. None is ever cut."""
        return evaluate(self, network, self.fresh_episode, sequences, seed, batch, chunk)

    def pyramid(self, images):
        """Pictures as the network sees them, see `images.pyramid`."""
        return pyramid(images, self.base, self.levels)

    def loss(self, outputs, targets, reduction="mean"):
        """Softmax cross-entropy of logits (T, B, 10): "mean" over answers, or "sum". (loss, gradient of the logits)."""
        loss, cache = ops.softmax_cross_entropy(outputs, targets, reduction=reduction)
        return loss, ops.softmax_cross_entropy_backward(1.0, cache)

    def score(self, outputs, targets):
        """ClassScores of logits (T, B, 10)."""
        return ClassScores.of_logits(outputs, targets)

    def check(self, network):
        """UserError unless the network takes these pyramids and names classes, and the pictures can be had."""
        check_fits(network, self.exchange)
        self.parts                                          # had now, before several processes want them at once

    def shares(self):
        """How often every class occurs among the pictures for validation: float64 (10,)."""
        classes = self.parts[1].classes
        return np.bincount(classes, minlength=CLASSES) / len(classes)
