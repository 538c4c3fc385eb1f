"""Which numbers of a task's scores show how well it is learned: what a learning curve draws."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Headline:
    """One number of a summary.

    key         its name in the `summary()` of the scores
    name        what to call it, and what it is where all is right
    top         an axis runs from 0 to this; None: to the largest that occurs
    other       the name, in the task's `baseline()`, of the number to read it by; "": "memoryless_" and the key
    other_name  what to call that
    """

    key: str
    name: str
    top: float | None = None
    other: str = ""
    other_name: str = "best guess without memory"

    @property
    def reference(self):
        """The name in a baseline of the number to read it by."""
        return self.other or f"memoryless_{self.key}"
