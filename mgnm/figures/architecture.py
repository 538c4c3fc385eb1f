"""A network as a picture: its layers from left to right, the levels of each from coarse to fine, and who tells whom.

It is drawn from the settings alone (see `blueprint`), and its numbers are those of the network that they make.
"""

import textwrap
from dataclasses import fields
from math import log2, sqrt

from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from mgnm.figures import style, words
from mgnm.figures.blueprint import CONVOLUTION, DENSE, MEMORY, TABLE, blueprint
from mgnm.figures.page import Page
from mgnm.networks import build

STORY = ("Layers from left to right, and in each its grids, from coarse to fine, all of the same place; the deeper a "
         "stack, the\nmore channels. A grid is made of the grids of the layer before, on its own level and on both levels "
         "beside it.")
PLAIN = ("Layers of vectors from left to right; the height of each grows with the root of its length. Every number is made "
         "of all\nnumbers of the layer before, and there are no places.")
FILLS = {MEMORY: style.PATH, CONVOLUTION: style.FREE, DENSE: style.FAINT_WALL, TABLE: style.UNKNOWN}
NAMES = {MEMORY: "memory: LSTM cells", CONVOLUTION: "convolution", DENSE: "dense layer",
         TABLE: "memory of slots"}
RESIDUAL, TOLD, WAY = style.AGENT, style.QUESTION, style.QUIET
ENDS = {"input_channels": "parameters_per_input", "output_channels": "parameters_per_output"}
DRAWN = {"writer", "reader", "narrowing", "layers", "writer_residuals", "reader_residuals", "residuals"}
MOST_LINES = 48                                                     # cells of a row; of more, lines would be all there is

# Inches: for words at both ends; between columns, levels, strands; above the grids of a strand; the heading; below.
LEFT, RIGHT, BETWEEN, LEVELS, STRANDS, ABOVE, HEADING, FOOT = 1.85, 1.85, 0.45, 0.14, 0.4, 0.9, 1.5, 0.5
SIDE, LARGEST, CARD = 0.17, 1.5, 0.03                               # of a single cell; at most; from channel to channel


def complete(settings):
    """(settings, what they lacked): vectors of one number where the ends of a network are left to the task's data."""
    wanted = ENDS if settings.get("kind") == "question_answering" else ()
    missing = {name: 1 for name in wanted if name not in settings}
    return settings | missing, missing


def describe(settings):
    """{"parameters": ..., "memory_cells": ...} of a network of these settings. Where the ends are left to the task's data,
    beside the parameters without them: how many come with each number shown, and with each answered."""
    settings, missing = complete(settings)
    return _numbers(build(settings), settings, missing)


def _numbers(network, settings, missing):
    numbers = {"parameters": network.parameter_count, "memory_cells": network.memory_cells}
    for end in missing:
        numbers[ENDS[end]] = build(settings | {end: 2}).parameter_count - network.parameter_count
        numbers["parameters"] -= numbers[ENDS[end]]
    return numbers


def network_sheet(settings, name, path):
    """Draw the network of a [network] table as a PNG, under this name. Returns the path."""
    whole, missing = complete(settings)
    network = build(whole)
    plan = blueprint(network)
    drawing = Drawing(plan)
    with style.look():
        page = Page(drawing.width, drawing.height + FOOT)
        words.write_heading(page.figure, f"{name}: {network.kind.replace('_', ' ')}", story(plan),
                            in_words(_numbers(network, whole, missing)), legend(plan), 10)
        drawing.draw(page)
        page.text(0.15, drawing.height + FOOT / 2, textwrap.fill(rest(network.config, missing), 130), va="center",
                  fontsize=8, color=style.QUIET)
        page.figure.savefig(path)
    return path


def story(plan):
    """How to read the picture."""
    grids = [grid for strand in plan.strands for layer in strand.layers for grid in layer.grids.values()]
    return STORY if any(columns > 1 and rows == columns for rows, columns in grids) else PLAIN


def in_words(numbers):
    """What `describe` says, as a line."""
    ends = [f"{numbers[name]:,} for each number {done}" for name, done in zip(ENDS.values(), ("shown", "answered"))
            if name in numbers]
    return (f"{numbers['parameters']:,} parameters, {numbers['memory_cells']:,} memory cells"
            + ("\nand parameters of the ends: " + ", ".join(ends)) * bool(ends))


def rest(config, missing):
    """The settings that are no lines and grids of the picture, in words."""
    told = ((field.name, getattr(config, field.name)) for field in fields(config))
    return ", ".join(f"{name} = {value}" for name, value in told if name not in DRAWN and name not in missing)


def legend(plan):
    """What the colours of this plan mean."""
    kinds = {layer.kind for strand in plan.strands for layer in strand.layers}
    handles = [Patch(facecolor=FILLS[kind], edgecolor=style.INK, label=NAMES[kind]) for kind in FILLS if kind in kinds]
    if any(strand.residuals for strand in plan.strands):
        handles.append(Line2D([], [], color=RESIDUAL, label="residual: added"))
    if plan.links:
        handles.append(Line2D([], [], color=TOLD, linestyle="--", label=plan.told))
    return handles


class Drawing:
    """Where everything of a Blueprint stands, in inches from the page's top left corner."""

    def __init__(self, plan):
        self.plan = plan
        columns = max(strand.start + len(strand.layers) for strand in plan.strands)
        widths = [0.0] * columns
        for strand in plan.strands:
            for column, layer in enumerate(strand.layers, strand.start):
                text = max(len(line) for line in layer.text.split("\n")) * 0.075
                widths[column] = max(widths[column], text, *(self.size(grid)[1] for grid in layer.grids.values()))
        self.middles = [LEFT + sum(widths[:column]) + column * BETWEEN + widths[column] / 2 for column in range(columns)]
        self.tops, top = [], HEADING
        for strand in plan.strands:
            rows = self.rows(strand)
            top += ABOVE + 0.18 * self.arcs(strand)
            self.tops.append({level: top + sum(rows[other] + LEVELS for other in rows if other < level) for level in rows})
            top += sum(rows.values()) + LEVELS * len(rows) + STRANDS
        self.height = top
        self.width = LEFT + sum(widths) + BETWEEN * (columns - 1) + RIGHT

    @staticmethod
    def size(grid):
        """Height and width of a grid: the root of its cells, so that a fine one has room beside a coarse one."""
        return tuple(min(SIDE * sqrt(cells), LARGEST) for cells in grid)

    @classmethod
    def rows(cls, strand):
        """{level: the height of its highest grid}, coarsest first."""
        levels = sorted({level for layer in strand.layers for level in layer.grids})
        return {level: max(cls.size(layer.grids[level])[0] for layer in strand.layers if level in layer.grids)
                for level in levels}

    @staticmethod
    def arcs(strand):
        """How many residuals go past the same layer at most."""
        return max((sum(a < l <= b for a, b in strand.residuals) for l in range(1, len(strand.layers) + 1)), default=0)

    def place(self, number, l, level):
        """Left, top, width and height of a grid."""
        strand = self.plan.strands[number]
        height, width = self.size(strand.layers[l].grids[level])
        top = self.tops[number][level] + (self.rows(strand)[level] - height) / 2
        return self.middles[strand.start + l] - width / 2, top, width, height

    def draw(self, page):
        """Draw it all: ways first, so that grids stand before them."""
        self.ax = page.axes(0, 0, page.width, page.height)
        self.ax.set(xlim=(0, page.width), ylim=(page.height, 0))
        self.ax.axis("off")
        self.ax.patch.set_visible(False)
        for number, strand in enumerate(self.plan.strands):
            self.draw_ways(number, strand)
            self.draw_ends(number, strand)
            for l, layer in enumerate(strand.layers):
                self.draw_layer(number, l, layer)
            self.draw_residuals(number, strand)
        for teller, told in self.plan.links:
            self.draw_link(teller, told)

    def draw_layer(self, number, l, layer):
        """The grids of a layer, each with cards behind it for its channels, and its words above."""
        for level, (rows, columns) in layer.grids.items():
            left, top, width, height = self.place(number, l, level)
            for card in range(round(log2(layer.channels)), -1, -1):
                self.ax.add_patch(Rectangle((left + CARD * card, top - CARD * card), width, height, edgecolor=style.INK,
                                            facecolor=FILLS[layer.kind], linewidth=0.6, zorder=3))
            look = {"color": style.INK, "linewidth": 0.25, "zorder": 4}
            if rows <= MOST_LINES:
                self.ax.hlines([top + height * k / rows for k in range(1, rows)], left, left + width, **look)
            if columns <= MOST_LINES:
                self.ax.vlines([left + width * k / columns for k in range(1, columns)], top, top + height, **look)
        self.ax.text(self.middles[self.plan.strands[number].start + l], min(self.tops[number].values()) - 0.2, layer.text,
                     ha="center", va="bottom", fontsize=7.5)

    def draw_ways(self, number, strand):
        """Lines from every grid to those of the next layer that are made of it."""
        for l, (layer, following) in enumerate(zip(strand.layers, strand.layers[1:])):
            for level in layer.grids:
                left, top, width, height = self.place(number, l, level)
                for other in following.grids:
                    if abs(other - level) <= 1:
                        x, y, _, h = self.place(number, l + 1, other)
                        self.ax.plot([left + width, x], [top + height / 2, y + h / 2], color=WAY, linewidth=0.8, zorder=2)

    def draw_ends(self, number, strand):
        """The title, what comes in and what goes out."""
        self.ax.text(0.15, min(self.tops[number].values()) - ABOVE + 0.2, strand.title, fontweight="bold", va="bottom")
        for l, text, side in ((0, strand.entry, "right"), (len(strand.layers) - 1, strand.exit, "left")):
            left, top, right, bottom = self.bounds(number, l)
            x = left - 0.12 if side == "right" else right + 0.12 + CARD * log2(strand.layers[l].channels)
            self.ax.text(x, (top + bottom) / 2, text, ha=side, va="center", fontsize=9)

    def draw_residuals(self, number, strand):
        """An arc over the layers that it goes past."""
        top = min(self.tops[number].values()) - 0.5
        for k, (source, to) in enumerate(strand.residuals):
            left, right = (self.middles[strand.start + l - 1] for l in (source, to))
            y = top - 0.1 * (k % 2)
            self.ax.plot([left + 0.05, left + 0.05, right - 0.05, right - 0.05], [top + 0.08, y, y, top + 0.08],
                         color=RESIDUAL, linewidth=1.4, zorder=2)

    def draw_link(self, teller, told):
        """A dashed line from one layer to another, above or below it."""
        upper, lower = sorted((self.bounds(*end) for end in (teller, told)), key=lambda bounds: bounds[1])
        self.ax.plot([(left + right) / 2 for left, _, right, _ in (upper, lower)], [upper[3], lower[1] - 0.45], color=TOLD,
                     linewidth=1.2, linestyle="--", zorder=1)

    def bounds(self, number, l):
        """Left, top, right and bottom of all grids of a layer."""
        places = [self.place(number, l, level) for level in self.plan.strands[number].layers[l].grids]
        return (min(left for left, _, _, _ in places), min(top for _, top, _, _ in places),
                max(left + width for left, _, width, _ in places), max(top + height for _, top, _, height in places))
