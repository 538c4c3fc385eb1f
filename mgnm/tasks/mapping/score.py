"""Precision, recall and F-score of predicted maps, counted over all cells, steps and mazes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scores:
    """Counts of cells. Scores of different mazes or steps are joined by `+`; an empty `Scores()` is the neutral one.

    precision = tp / (tp + fp), recall = tp / (tp + fn), F = 2 tp / (2 tp + fp + fn), the harmonic mean of the two.
    A ratio whose denominator is 0 (nothing marked, or nothing to be found) is 0. Counts that were taken on a GPU stay there,
    as arrays without axes, until one of them is asked for: a training step need not wait for its scores.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    @classmethod
    def of_marks(cls, marked, targets):
        """Count from what was marked and what is true: arrays of one shape and device, anything but 0 is a mark."""
        marked, targets = marked.astype(bool), targets.astype(bool)
        if marked.shape != targets.shape:
            raise ValueError(f"predictions {marked.shape} and targets {targets.shape} differ in shape")
        hits = (marked & targets).sum()
        return cls(hits, marked.sum() - hits, targets.sum() - hits)

    @classmethod
    def of_logits(cls, logits, targets):
        """Count at threshold 0.5: a cell is marked where its logit is above 0."""
        return cls.of_marks(logits > 0, targets)

    @classmethod
    def of_probabilities(cls, probabilities, targets):
        """Count at threshold 0.5: a cell is marked where its probability is above one half."""
        return cls.of_marks(probabilities > 0.5, targets)

    def __add__(self, other):
        return Scores(self.true_positives + other.true_positives, self.false_positives + other.false_positives,
                      self.false_negatives + other.false_negatives)

    def counts(self):
        """What `Scores(*counts)` makes the same scores from."""
        return [int(self.true_positives), int(self.false_positives), int(self.false_negatives)]

    def summary(self):
        """{"precision", "recall", "f_score"}: the three numbers for a table or a file."""
        return {"precision": self.precision, "recall": self.recall, "f_score": self.f_score}

    def __str__(self):
        return f"F {self.f_score:.3f}"

    @property
    def precision(self):
        """The share of marked cells that are right."""
        hits, wrong, _ = self.counts()
        return _ratio(hits, hits + wrong)

    @property
    def recall(self):
        """The share of true cells that are marked."""
        hits, _, missed = self.counts()
        return _ratio(hits, hits + missed)

    @property
    def f_score(self):
        """The harmonic mean of precision and recall."""
        hits, wrong, missed = self.counts()
        return _ratio(2 * hits, 2 * hits + wrong + missed)


def _ratio(part, whole):
    return part / whole if whole else 0.0
