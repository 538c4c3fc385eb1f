"""Shares of questions that were answered wrongly, task by task. A question is right when all its words are (REFERENCE 8)."""

from dataclasses import dataclass

FAILED = 0.05       # a task with a larger error has failed


@dataclass(frozen=True)
class BabiScores:
    """Counts for each of some tasks, in their order: tuples; joined by `+`, and an empty `BabiScores()` is the neutral one.

    The right ones are numbers, or arrays of one number that stay on the network's device until somebody reads them.
    """

    tasks: tuple = ()
    right: tuple = ()
    asked: tuple = ()

    def __add__(self, other):
        if not (self.tasks and other.tasks):
            return self if self.tasks else other
        return BabiScores(self.tasks, *(tuple(x + y for x, y in zip(a, b, strict=True))
                                        for a, b in ((self.right, other.right), (self.asked, other.asked))))

    def counts(self):
        """What `BabiScores(*counts)` makes the same scores from: plain numbers, fit for JSON."""
        return [list(self.tasks), [int(x) for x in self.right], [int(x) for x in self.asked]]

    def errors(self):
        """{task: share of its questions that were answered wrongly}, of those with a question."""
        return {task: (asked - right) / asked for task, right, asked in zip(*self.counts()) if asked}

    def summary(self):
        """{"error"}: the mean of the tasks' errors (as the DNC's is); of several tasks also {"failed_tasks"}, how many are
        over 5 %, and each one's own {"error_<task>"}."""
        errors = self.errors()
        numbers = {"error": sum(errors.values()) / max(len(errors), 1)}
        if len(errors) > 1:
            numbers["failed_tasks"] = sum(error > FAILED for error in errors.values())
            numbers |= {f"error_{task}": error for task, error in errors.items()}
        return numbers

    def __str__(self):
        return f"{self.summary()['error']:.1%} wrong"
