"""The memory of one sequence at a few of its steps: a column for a step, and in it every layer and level as an image.

While something comes in, the pictures show what is written; while answers go out, what is still changed.
"""

import numpy as np

from mgnm.figures import panels, style, words
from mgnm.figures.page import Page

TITLE = "Inside the memory"
STORY = ("Every layer of the memory is a pyramid of grids, from coarse to fine, drawn side by side. A cell keeps some "
         "numbers c, and tells its\nneighbours h of them; what is drawn is their mean size. Compare the brightness of a "
         "grid from left to right, step by step.")
KINDS = (                                                       # of MemoryRecord; what it is called, its colours
    ("changes", "What it writes at\nthis step: mean\n|change of c|", style.CHANGE),
    ("cells", "What it keeps:\nmean |c|", style.CELL),
    ("hidden", "What it tells:\nmean |h|", style.HIDDEN),
)
MOMENTS = 8                                                     # in all; as many of each half

# Inches: labels, colour bars, between steps, halves, grids, kinds; all steps together at most, a grid; a step, heading.
LEFT, RIGHT, BETWEEN, HALVES, GAP, KINDS_GAP = 2.3, 0.9, 0.2, 0.35, 0.06, 0.25
ROOM, LARGEST_GRID, STEP, STEP_GAP, HEADING = 11, 0.62, 1.1, 0.4, 1.75


def memory_sheet(memory, path, draw_step, headings):
    """Draw a MemoryRecord as a PNG. Returns the path.

    draw_step(ax, t): draw what comes in or goes out at step t; headings: of the steps in, and of the answers.
    """
    halves = [chosen(start, stop, MOMENTS // (2 if memory.steps_in < memory.length else 1))
              for start, stop in ((0, memory.steps_in), (memory.steps_in, memory.length))]
    layers = {layer for layer, _ in memory.cells}
    levels = {level: grids.shape[1:] for (_, level), grids in memory.cells.items()}             # and their sides
    count = sum(map(len, halves))
    pitch = min(LARGEST_GRID, (ROOM / count - BETWEEN) / len(levels)) + GAP                     # from grid to grid
    lefts = LEFT + np.arange(count + 1) * (len(levels) * pitch + BETWEEN)
    lefts[len(halves[0]):] += HALVES * bool(halves[1])
    tops = HEADING + STEP + STEP_GAP + np.arange(len(KINDS) + 1) * (len(layers) * pitch + KINDS_GAP)
    with style.look():
        page = Page(lefts[-1] + RIGHT, tops[-1])
        words.write_heading(page.figure, TITLE, STORY, f"{memory.length} steps", [], 10)
        for half, heading, left in zip(halves, headings, (lefts[0], lefts[len(halves[0])])):
            page.text(left, HEADING - 0.45, heading if half else "", fontweight="bold")
        for left, t in zip(lefts, halves[0] + halves[1]):
            draw_step(page.axes(left, HEADING, len(levels) * pitch - GAP, STEP), t)
            for level, sides in levels.items():
                page.text(left + (level + 0.5) * pitch - GAP / 2, tops[0] - 0.04, "{}x{}".format(*sides), ha="center",
                          va="bottom", fontsize="small", color=style.QUIET)
            for top, (kind, _, cmap) in zip(tops, KINDS):
                for (layer, level), grids in getattr(memory, kind).items():
                    ax = page.axes(left + level * pitch, top + layer * pitch, pitch - GAP, pitch - GAP)
                    ax.imshow(grids[t], cmap, vmin=0, vmax=grids.max() or 1)
                    style.bare(ax)
        for top, (kind, text, cmap) in zip(tops, KINDS):
            height = len(layers) * pitch - GAP
            page.label(top, height, text)
            for layer in layers:
                page.text(LEFT - 0.1, top + (layer + 0.5) * pitch - GAP / 2, f"layer {layer + 1}", ha="right", va="center",
                          fontsize="small", color=style.QUIET)
            bar = page.figure.colorbar(panels.scale(cmap), page.axes(lefts[-1] - BETWEEN + 0.1, top, 0.1, height))
            bar.set_ticks([0, 1], labels=["0", "most"])
        page.figure.savefig(path)
    return path


def chosen(start, stop, most):
    """At most so many of the steps start <= t < stop, the first and the last among them, as evenly as they can be."""
    return sorted({round(t) for t in np.linspace(start, stop - 1, most)}) if stop > start else []
