"""The parts of a picture of one moment. Each draws itself once; `show(t)` moves it to step t.

`moving` lists the artists of a part that change, from back to front, so that an animation can redraw them alone.
Everything is drawn in cells of the maze: x is the column, y the row, downwards.
"""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.patches import Rectangle

from mgnm.figures import style
from mgnm.tasks.mapping.sight import FREE, WALL


def moment(record, world, seen, asked, answer, truth):
    """The parts that tell one moment of an EpisodeRecord, on five axes, with their captions."""
    world.title.set_fontweight("bold")
    return [World(world, record), Caption(world, lambda t: f"step {t + 1} of {record.length}"),
            *asked_and_answered(record, seen, asked, answer, truth)]


def asked_and_answered(record, seen, asked, answer, truth):
    """The parts that tell what a WalkRecord's walker sees, what it is asked, what it answers, and the truth: on four axes,
    with their captions."""
    truth.set_title("the truth")
    seen.set_title("it sees", color=style.AGENT)
    asked.title.set_color(style.QUESTION)
    return [SmallPatch(seen, record.observations, style.AGENT), SmallPatch(asked, record.queries, style.QUESTION),
            Map(answer, record, record.predictions, outlined=True), Map(truth, record, record.truths),
            Caption(asked, lambda t: f"where is this?\n(from step {record.query_steps[t] + 1})"),
            Caption(answer, lambda t: verdict(record, t))]


def verdict(record, t):
    """What became of the answer of step t, in words."""
    scores = record.scores(t)
    wrong = f", {scores.false_positives} wrong" if scores.false_positives else ""
    return f"answer: {scores.true_positives} of {scores.true_positives + scores.false_negatives} found{wrong}"


class World:
    """The maze, the path so far, the agent, its field of view, and where the queried patch was seen."""

    def __init__(self, ax, record):
        self.record = record
        ground(ax, record, style.WALL)
        self.path, = ax.plot([], [], color=style.PATH, linewidth=min(2, 25 / record.task.size), solid_capstyle="round")
        self.question = outline(ax, record.task.query, style.QUESTION, linestyle="--")
        self.view = outline(ax, record.task.view, style.AGENT)
        self.agent, = ax.plot([], [], "o", color=style.AGENT, markersize=7, zorder=4)
        self.moving = [self.path, self.question, self.view, self.agent]

    def show(self, t):
        rows, columns = self.record.rows, self.record.columns
        self.path.set_data(columns[:t + 1], rows[:t + 1])
        self.agent.set_data(columns[t:t + 1], rows[t:t + 1])
        for box, step in ((self.view, t), (self.question, self.record.query_steps[t])):
            box.set_xy((columns[step] - box.get_width() / 2, rows[step] - box.get_height() / 2))


class SmallPatch:
    """A patch as the network gets it, in a frame of the colour that marks it in the world.

    patches: (T, view, view, 4), observations or queries; what is neither free nor wall belongs to no question.
    """

    def __init__(self, ax, patches, colour):
        self.kinds = np.where(patches[..., WALL] > 0, 2, np.where(patches[..., FREE] > 0, 1, 0))    # (T, view, view)
        side = patches.shape[1]
        self.image = ax.imshow(self.kinds[0], ListedColormap([style.UNKNOWN, style.FREE, style.WALL]), vmin=0, vmax=2)
        between, ends = np.arange(1, side) - 0.5, (-0.5, side - 0.5)
        lines = [draw(between, *ends, color=style.FAINT_WALL, linewidth=0.6) for draw in (ax.hlines, ax.vlines)]
        style.bare(ax)
        ax.spines[:].set(color=colour, linewidth=2.5)
        self.moving = [self.image, *lines, *ax.spines.values()]

    def show(self, t):
        self.image.set_data(self.kinds[t])


class Map:
    """Probabilities over the faint maze, with the path so far. maps: (T, S, S).

    outlined: whether the right cells are outlined too, which shows what was missed.
    """

    def __init__(self, ax, record, maps, outlined=False):
        self.record, self.maps = record, record.cropped(maps)                                       # (T, size, size)
        self.truths = record.cropped(record.truths) if outlined else None
        ground(ax, record, style.FAINT_WALL)
        self.path, = ax.plot([], [], color=style.PATH, linewidth=min(1, 15 / record.task.size), alpha=0.8)
        self.image = ax.imshow(self.maps[0], style.PROBABILITY, vmin=0, vmax=1, zorder=3)
        self.squares = ax.add_collection(
            PolyCollection([], facecolor="none", edgecolor=style.INK, linewidth=1.2, zorder=4), autolim=False)
        frame_maze(ax, record)
        self.moving = [self.path, self.image, self.squares]

    def show(self, t):
        self.path.set_data(self.record.columns[:t + 1], self.record.rows[:t + 1])
        self.image.set_data(self.maps[t])
        if self.truths is not None:
            corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])                # (4, 2)
            self.squares.set_verts([corners + (column, row) for row, column in np.argwhere(self.truths[t])])


class Level:
    """One level of the memory, from 0 to the most it holds in this episode. grids: (T, side, side)."""

    def __init__(self, ax, grids, cmap):
        self.grids = grids
        self.image = ax.imshow(grids[0], cmap, vmin=0, vmax=grids.max() or 1)
        style.bare(ax)
        ax.set_title("{1}x{2}".format(*grids.shape), fontsize="small", color=style.QUIET)
        self.moving = [self.image]

    def show(self, t):
        self.image.set_data(self.grids[t])


class Caption:
    """The title of an axes. words: a function of the step."""

    def __init__(self, ax, words):
        self.title, self.words, self.moving = ax.title, words, [ax.title]

    def show(self, t):
        self.title.set_text(self.words(t))


def last_layer(grids):
    """{level: (T, side, side)} of the last memory layer, coarsest first. grids: `hidden` or `cells` of a record."""
    last = max(layer for layer, _ in grids)
    return {level: grid for (layer, level), grid in sorted(grids.items()) if layer == last}


def scale(cmap):
    """What a colour bar from 0 to 1 is made of."""
    return ScalarMappable(Normalize(0, 1), cmap)


def ground(ax, record, wall):
    """Draw the maze with walls of this colour; to the agent, all that lies outside is wall too."""
    ax.set_facecolor(wall)
    ax.imshow(record.maze, ListedColormap([style.FREE, wall]), vmin=0, vmax=1)
    frame_maze(ax, record)
    style.bare(ax)


def frame_maze(ax, record):
    """Show the maze and as much around it as the field of view reaches."""
    margin, size = record.task.view // 2 - 1, record.task.size
    ax.set(xlim=(-0.5 - margin, size - 0.5 + margin), ylim=(size - 0.5 + margin, -0.5 - margin))


def outline(ax, side, colour, linestyle="-"):
    """An empty square, to be moved."""
    return ax.add_patch(Rectangle((0, 0), side, side, fill=False, edgecolor=colour, linewidth=1.8, linestyle=linestyle,
                                  zorder=3))
