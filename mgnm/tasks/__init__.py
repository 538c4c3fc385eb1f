"""Tasks: where data comes from, what is asked of a network, and how its answers are scored."""

from ..errors import UserError
from ..settings import nearest, read_table
from .babi import Babi
from .digits import DigitRecall, DigitSort
from .exploration import Exploration
from .mapping import Mapping
from .sequences import Copy, Recall, RepeatCopy, Sort

KINDS = {"mapping": Mapping, "exploration": Exploration, "copy": Copy, "repeat_copy": RepeatCopy, "sort": Sort,
         "recall": Recall, "digit_recall": DigitRecall, "digit_sort": DigitSort, "babi": Babi}

__all__ = ["KINDS", "Babi", "Copy", "DigitRecall", "DigitSort", "Exploration", "Mapping", "Recall", "RepeatCopy", "Sort",
           "build_task", "complete"]


def build_task(table):
    """The task of a [task] table: "kind" and that task's settings. UserError for unknown names and bad values."""
    settings = dict(table)
    kind = settings.pop("kind", None)
    if kind not in list(KINDS):
        raise UserError(f"task.kind = {kind!r} is unknown: {nearest(kind, list(KINDS))}")
    return read_table(KINDS[kind], settings, "task")


def complete(tables, begun=None):
    """The tables of a run, where the task's data decides some of its settings with those filled in. begun: the tables of the
    trained weights that it begins with, if it does."""
    kind = tables["task"].get("kind")
    task = KINDS[kind] if kind in list(KINDS) else None     # `build_task` says what is wrong with any other
    return task.complete(tables, begun) if hasattr(task, "complete") else tables
