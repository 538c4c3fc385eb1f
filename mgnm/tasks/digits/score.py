"""Shares of right classes, of single answers and of whole sequences."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassScores:
    """Counts; joined by `+`, and an empty `ClassScores()` is the neutral one. The first and the third are numbers, or
    arrays of one number that stay on the network's device until somebody reads them."""

    right_answers: int = 0
    answers: int = 0
    right_sequences: int = 0
    sequences: int = 0

    @classmethod
    def of_logits(cls, logits, targets):
        """Count from logits (T, B, classes), the largest of which is the answer, and true classes int (T, B) beside them."""
        if logits.shape[:2] != targets.shape:
            raise ValueError(f"predictions {logits.shape} and targets {targets.shape} differ in shape")
        right = logits.argmax(-1) == targets                                                    # (T, B)
        return cls(right.sum(), right.size, right.all(axis=0).sum(), right.shape[1])

    def __add__(self, other):
        return ClassScores(self.right_answers + other.right_answers, self.answers + other.answers,
                           self.right_sequences + other.right_sequences, self.sequences + other.sequences)

    def counts(self):
        """What `ClassScores(*counts)` makes the same scores from: plain numbers, fit for JSON."""
        return [int(self.right_answers), self.answers, int(self.right_sequences), self.sequences]

    def summary(self):
        """{"accuracy"}: the share of right answers (0 where there are none); where sequences have several answers also
        {"sequence_accuracy"}: the share of sequences without a wrong one."""
        right_answers, answers, right_sequences, sequences = self.counts()
        numbers = {"accuracy": right_answers / max(answers, 1)}
        if answers > sequences:
            numbers["sequence_accuracy"] = right_sequences / sequences
        return numbers

    def __str__(self):
        return f"{self.summary()['accuracy']:.1%} right"
