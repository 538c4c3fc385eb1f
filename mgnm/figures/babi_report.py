"""Errors on bAbI as bars, task by task, and beside them the means with published ones, each with its kind of training."""

import numpy as np
from matplotlib.ticker import PercentFormatter

from mgnm.figures import style
from mgnm.tasks.babi import FAILED
from mgnm.tasks.babi.report import PUBLISHED, PUBLISHED_LABEL

COLOURS = (style.SCORE, style.LOSS, style.WRONG, style.QUESTION)
WIDTH = 0.8             # of all bars of a task, whose places are 1 apart


def babi_chart(columns, path):
    """Draw {label: tasks.babi.report.Column} as a picture. Returns the path."""
    columns = list(columns.values())
    tasks = sorted({task for column in columns for task in column.errors})
    with style.look():
        figure = style.new_figure(13, 5.2 + 0.2 * len(columns), dpi=110)
        bars, means = figure.subplots(1, 2, width_ratios=[5, 2])
        for k, (column, colour) in enumerate(zip(columns, _colours(len(columns)))):
            _draw_tasks(bars, column, tasks, k, len(columns), colour)
        bars.axhline(FAILED, color=style.BASELINE, linestyle="--", label="5 %: a task above has failed")
        bars.set_xticks(range(len(tasks)), [str(task) for task in tasks])
        bars.set(title="Errors on stories never trained on", xlabel="task", ylabel="questions answered wrongly",
                 ylim=(0, None))
        _draw_means(means, columns)
        for axis in (bars.yaxis, means.xaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        figure.tight_layout(rect=(0, 0.06 + 0.04 * len(columns), 1, 1))
        figure.legend(*bars.get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.02, 0.01), fontsize="small")
        figure.savefig(path)
    return path


def _colours(count):
    return [COLOURS[k % len(COLOURS)] for k in range(count)]


def _draw_tasks(ax, column, tasks, k, count, colour):
    """The bars of the k-th of so many columns; a task without an error that is drawn as 0 still shows its number."""
    width = WIDTH / count
    here = [task for task in tasks if task in column.errors]
    x = np.array([tasks.index(task) for task in here]) + (k - (count - 1) / 2) * width
    heights = [column.errors[task] for task in here]
    ax.bar(x, heights, width, color=colour, label=column.label)
    for place, height in zip(x, heights):
        ax.text(place, height, f"{100 * height:.1f}", ha="center", va="bottom", fontsize=8 if count == 1 else 6)


def _draw_means(ax, columns):
    """Means of the columns above the published ones, which are hatched: they were trained and scored in another way."""
    names = [f"this project, mean of {len(column.errors)}" for column in columns] + list(PUBLISHED)
    values = [column.mean for column in columns] + list(PUBLISHED.values())
    places = np.arange(len(names))[::-1]
    ours = len(columns)
    ax.barh(places[:ours], values[:ours], color=_colours(ours))
    ax.barh(places[ours:], values[ours:], color="white", edgecolor=style.BASELINE, hatch="///")
    for place, value in zip(places, values):
        ax.text(value, place, f" {value:.1%}", va="center", fontsize=8)
    ax.set_yticks(places, names, fontsize=8)
    ax.set(title="Mean error", xlim=(0, 1.25 * max(values)))
    kind, rest = PUBLISHED_LABEL.split(": ", 1)
    ax.set_xlabel(f"hatched, {kind}:\n{rest}", fontsize=8)
