"""Errors of several trainings side by side, task by task, and the published figures to read them by."""

from dataclasses import dataclass, field

from ...errors import UserError
from .score import FAILED

# REFERENCE 6. Joint training on en-10k, one word a step, the public test files; mean error of the 20 tasks.
PUBLISHED = {"LSTM": 0.273, "NTM": 0.285, "DNC": 0.167, "DNC, best run": 0.038}
PUBLISHED_LABEL = "published: one word a step, trained jointly, en-10k, test files"


@dataclass
class Column:
    """The runs that were trained and scored alike. errors: {task: error}; runs: {task: where it comes from}."""

    label: str
    errors: dict = field(default_factory=dict)
    runs: dict = field(default_factory=dict)

    @property
    def mean(self):
        """The mean error of its tasks."""
        return sum(self.errors.values()) / len(self.errors)

    @property
    def failed(self):
        """How many tasks are over 5 %."""
        return sum(error > FAILED for error in self.errors.values())


def label(task, trained_on):
    """How a network was trained, on these numbers of tasks, and on what it is scored, in words."""
    how = "trained jointly" if len(trained_on) > 1 else "trained task by task"
    where = "held-out stories" if task.scored_on == "held-out" else "test files"
    return f"one {task.step} a step, {how}, {task.language}, {where}"


def collect(columns, name, scores, run):
    """Add the scores of a run to the column of this name in {label: Column}; UserError where it has such a task."""
    column = columns.setdefault(name, Column(name))
    for number, error in scores.errors().items():
        if number in column.runs:
            raise UserError(f"{column.runs[number]} and {run} are both of task {number}, {column.label}: give one of them")
        column.errors[number], column.runs[number] = error, str(run)


def table(columns):
    """The columns as text: a line for each task, then the means."""
    columns = list(columns.values())
    lines = [f"[{k}] {column.label}" for k, column in enumerate(columns, 1)]
    lines += [f"[{PUBLISHED_LABEL}: {', '.join(f'{name} {error:.1%}' for name, error in PUBLISHED.items())}]", ""]
    lines.append("task   " + "".join(f"{f'[{k}]':>9s}" for k in range(1, len(columns) + 1)))
    for task in sorted({task for column in columns for task in column.errors}):
        cells = (f"{column.errors[task]:.1%}" if task in column.errors else "" for column in columns)
        lines.append(f"{task:4d}   " + "".join(f"{cell:>9s}" for cell in cells))
    lines.append("mean   " + "".join(f"{column.mean:>9.1%}" for column in columns))
    lines.append("failed " + "".join(f"{f'{column.failed}/{len(column.errors)}':>9s}" for column in columns))
    return "\n".join(lines)


def numbers(columns):
    """{name: number} of the columns, numbered as in the table."""
    found = {}
    for k, column in enumerate(columns.values(), 1):
        found |= {f"label_{k}": column.label, f"tasks_{k}": len(column.errors), f"failed_tasks_{k}": column.failed,
                  f"mean_error_{k}": column.mean}
        found |= {f"error_{k}_task_{task}": error for task, error in sorted(column.errors.items())}
    return found
