"""Tasks: where data comes from, what is asked of a network, and how its answers are scored."""

from ..errors import UserError
from ..settings import nearest, read_table
from .digits import DigitRecall, DigitSort
from .mapping import Mapping
from .sequences import Copy, Recall, RepeatCopy, Sort

KINDS = {"mapping": Mapping, "copy": Copy, "repeat_copy": RepeatCopy, "sort": Sort, "recall": Recall,
         "digit_recall": DigitRecall, "digit_sort": DigitSort}

__all__ = ["KINDS", "Copy", "DigitRecall", "DigitSort", "Mapping", "Recall", "RepeatCopy", "Sort", "build_task"]


def build_task(table):
    """The task of a [task] table: "kind" and that task's settings. UserError for unknown names and bad values."""
    settings = dict(table)
    kind = settings.pop("kind", None)
    if kind not in list(KINDS):
        raise UserError(f"task.kind = {kind!r} is unknown: {nearest(kind, list(KINDS))}")
    return read_table(KINDS[kind], settings, "task")
