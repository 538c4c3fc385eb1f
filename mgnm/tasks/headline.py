"""Which numbers of a task's scores show how well it is learned: what a learning curve draws."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """One number of a summary.

    key     its name in the `summary()` of the scores and, after "memoryless_", in the task's `baseline()`
    name    what to call it, and what it is where all is right
    top     an axis runs from 0 to this; None: to the largest that occurs
    """

    key: str
    name: str
    top: float | None = None

    @property
    def memoryless(self):
        """Its name in a baseline."""
        return f"memoryless_{self.key}"
