"""Sequences of bits as images, side by side: what was shown, what was wanted, the answer, and where it is wrong.

All blocks of a sequence have their steps from left to right, one cell wide, and one row for each bit.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from mgnm.figures import panels, style, words
from mgnm.figures.page import Page, number_ticks
from mgnm.figures.readings import read

# Inches: labels, colour bars, between sequences, heading; all sequences together; a cell, a block, a sequence.
LEFT, RIGHT, BETWEEN, HEADING = 1.85, 1.0, 0.45, 1.95
ROOM = 11.5
LARGEST_CELL, FLATTEST_CELL, HIGHEST_BLOCK, NARROWEST = 0.3, 0.06, 1.9, 2.0
LINED_CELL = 0.08                                               # smaller ones have no lines between them


class Row(NamedTuple):
    """A block of every sequence: `draw(ax, record, reading)`, on axes as wide as the answer or as everything; height and
    the gap below in inches; scale: (colour map, words) of its colour bar."""

    draw: Callable
    text: str
    height: float
    gap: float
    answer: bool = False
    scale: tuple = ()


def sequence_sheet(records, path):
    """Draw SequenceRecords of one task as a PNG. Returns the path."""
    readings = [read(record) for record in records]
    lengths = [max(len(record.shown), len(record.truths)) for record in records]                # in cells
    width = min(LARGEST_CELL, (ROOM - BETWEEN * (len(records) - 1)) / sum(lengths))
    rows = blocks(records[0].task.bits, readings[0], width)
    tops = HEADING + np.cumsum([0] + [row.height + row.gap for row in rows])
    lefts = LEFT + np.cumsum([0] + [max(length * width, NARROWEST) + BETWEEN for length in lengths])
    with style.look():
        page = Page(lefts[-1] + RIGHT, tops[-1])
        words.write_heading(page.figure, readings[0].title, readings[0].story, summary(records), legend(readings[0]), 10)
        for row, top in zip(rows, tops):
            page.label(top, row.height, row.text)
            for record, reading, length, left in zip(records, readings, lengths, lefts):
                start, steps = (reading.offset, len(record.truths)) if row.answer else (0, length)
                ax = page.axes(left + start * width, top, steps * width, row.height)
                ax.set_xlim(-0.5, steps - 0.5)
                row.draw(ax, record, reading)
                if left > LEFT:
                    ax.set_yticks([])
            if row.scale:
                cmap, text = row.scale
                bar = page.axes(lefts[-1] - BETWEEN + 0.2, top, 0.1, row.height)
                page.figure.colorbar(panels.scale(cmap), bar, label=text)
        page.figure.savefig(path)
    return path


def blocks(bits, reading, width):
    """The rows of the page, for cells that are `width` inches wide."""
    channels, answered = bits + len(reading.flags), bits + len(reading.marks)
    cell = min(max(width, FLATTEST_CELL), HIGHEST_BLOCK / channels)
    rows = [Row(draw_shown, f"It is shown these\nbits, one {reading.shown} (a\ncolumn) at a time", cell * channels, 0.1)]
    if reading.priorities is not None:
        rows.append(Row(draw_priorities, "The priority of\neach item", 0.6, 0.05))
    return rows + [
        Row(draw_links, f"Which {reading.shown} it\nhas to repeat", 0.5, 0),
        Row(draw_truths, "The right answer", cell * answered, 0.35, True),
        Row(draw_answer, "Its answer: how\nlikely each bit\nis a 1", cell * answered, 0.2, True,
            (style.PROBABILITY, "probability")),
        Row(draw_error, "How far off it is", cell * answered, 0.6, True, (style.ERROR, "|answer - truth|")),
    ]


def draw_shown(ax, record, reading):
    """The bits of the input and its flags; in associative recall, the item that is asked for and the right one."""
    bits = record.task.bits
    draw_bits(ax, record.shown[:, :bits + len(reading.flags)], style.SHOWN, reading.flags)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_title(reading.caption, loc="left", fontweight="bold")
    number_cells(ax, len(record.shown), reading.shown)
    for part, look in ((reading.asked, {"color": style.QUESTION, "linestyle": "--"}), (reading.right, {"color": style.INK})):
        if part:
            start, stop = part
            outline(ax, start, stop - start, bits + len(reading.flags), linewidth=2, **look)


def draw_priorities(ax, record, reading):
    """A bar for every item, faint where the item is not wanted."""
    wanted = np.isin(np.arange(len(reading.priorities)), reading.sources)
    for part, alpha in ((wanted, 1), (~wanted, 0.35)):
        ax.bar(np.flatnonzero(part), reading.priorities[part] + 1, bottom=-1, color=style.PRIORITY, alpha=alpha)
    ax.set(ylim=(-1, 1), xticks=[], yticks=[-1, 1])


def draw_links(ax, record, reading):
    """A line from every step of the answer to the step of the input that it repeats."""
    wrong = record.wrong.any(axis=1)
    for place, source in enumerate(reading.sources):
        if source >= 0:
            colour = style.WRONG if wrong[place] else style.QUIET
            ax.plot([source, place + reading.offset], [1, 0], color=colour, linewidth=1)
    ax.set_ylim(0, 1)
    ax.axis("off")


def draw_truths(ax, record, reading):
    """The bits that are wanted."""
    draw_bits(ax, record.truths, style.PROBABILITY, reading.marks)


def draw_answer(ax, record, reading):
    """The probabilities that the network gives."""
    draw_bits(ax, record.predictions, style.PROBABILITY, reading.marks)
    wrong, bits = record.wrong.sum(), record.wrong.size
    ax.set_title(f"{wrong} of {bits} bits wrong" if wrong else f"all {bits} bits right", loc="left")


def draw_error(ax, record, reading):
    """The distance from the truth, with a cross where the bit is wrong."""
    draw_bits(ax, np.abs(record.predictions - record.truths), style.ERROR, reading.marks)
    steps, bits = record.wrong.nonzero()
    ax.plot(steps, bits, "x", color=style.INK, markersize=0.6 * 72 * min(cell_size(ax)), markeredgewidth=1.2)
    number_cells(ax, len(record.truths), reading.answered)


def draw_step(record, ax, t):
    """One step by itself: the bits that come in, or the answer's beside the right ones."""
    reading, steps_in = read(record), len(record.shown)
    if t < steps_in:
        draw_bits(ax, record.shown[t:t + 1, :record.task.bits + len(reading.flags)], style.SHOWN, ())
        priority = "" if reading.priorities is None else f"\npriority {reading.priorities[t]:.2f}"
        ax.set_title(f"{reading.shown} {t + 1}{priority}")
    else:
        place = t - steps_in
        draw_bits(ax, np.stack([record.predictions[place], record.truths[place]]), style.PROBABILITY, ())
        ax.set_title(f"{reading.answered} {place + 1}\nanswer | truth")
    ax.set(aspect="equal", yticks=[])


def draw_bits(ax, bits, cmap, named):
    """An image of numbers (T, K) from 0 to 1, step by step from left to right. named: what the last rows are."""
    T, K = bits.shape
    ax.imshow(bits.T, cmap, vmin=0, vmax=1, aspect="auto")
    if min(cell_size(ax)) > LINED_CELL:
        lines = {"color": style.FAINT_WALL, "linewidth": 0.6}
        ax.hlines(np.arange(K - 1) + 0.5, -0.5, T - 0.5, **lines)
        ax.vlines(np.arange(T - 1) + 0.5, -0.5, K - 0.5, **lines)
    outline(ax, 0, T, K, color=style.QUIET, linewidth=0.8)
    ax.set(xticks=[])
    ax.set_yticks(range(K - len(named), K), named)
    ax.spines[:].set_visible(False)


def outline(ax, start, count, bits, **look):
    """A frame around `count` steps."""
    ax.add_patch(Rectangle((start - 0.5, -0.5), count, bits, fill=False, clip_on=False, zorder=3, **look))


def cell_size(ax):
    """Width and height of a cell, in inches."""
    spans = np.abs([np.diff(ax.get_xlim())[0], np.diff(ax.get_ylim())[0]])
    return ax.bbox.size / ax.figure.dpi / spans


def number_cells(ax, count, name):
    """Number the steps of an image, and say what they are."""
    number_ticks(ax.xaxis, count, cell_size(ax)[0])
    ax.set_xlabel(name, loc="left")


def summary(records):
    """How it went as a whole."""
    wrong, bits = sum(record.wrong.sum() for record in records), sum(record.wrong.size for record in records)
    return f"{len(records)} fresh sequences: {wrong} of {bits} bits wrong"


def legend(reading):
    """What the colours mean."""
    handles = [Patch(color=style.WALL, label="a 1 that is shown"), Patch(color=style.QUESTION, label="a 1 in the answer")]
    if reading.priorities is not None:
        handles.append(Patch(color=style.PRIORITY, label="priority"))
    if reading.asked:
        handles += [words.outline(style.QUESTION, "what is asked for", "--"), words.outline(style.INK, "right answer")]
    return [*handles, Patch(color=style.WRONG, label="error"),
            Line2D([], [], color=style.INK, marker="x", linestyle="none", label="wrong bit")]
