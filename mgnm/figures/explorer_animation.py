"""An explorer as an animated GIF: the maze as far as it was seen, and the coverage; beside it, of an explorer that answers
queries, the map that its memory draws."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mgnm.figures import animation, panels, style, words

TITLE = "Explore, and remember"
STORY = ("An agent walks through a maze that it has never seen, and is to see as much of it as it can. "
         "It chooses every move; walls stop it.")
ASKED = ("\nAt every step it must also mark on a map all the places where it has met a certain patch. "
         "Only its memory knows them.")
OTHER_LINES = ("--", ":", "-.")


def explorer_animation(record, path):
    """Draw an ExplorerRecord as a GIF that repeats for ever, a frame for every move. Returns the path."""
    with style.look():
        draw = moment_figure if record.predictions is None else answering_figure
        animation.save(*draw(record), record.length, path)
    return path


def moment_figure(record):
    """A figure of one moment of an explorer that draws no maps, and its parts."""
    figure = style.new_figure(10.4, 5, dpi=90)
    words.write_heading(figure, TITLE, STORY, summary(record), legend_handles(), fontsize=9)
    world, coverage = figure.subplots(1, 2, width_ratios=(1, 1.2), gridspec_kw=dict(
        left=0.012, right=0.975, bottom=0.11, top=0.75, wspace=0.25))
    return figure, [*world_parts(world, record), Coverage(coverage, record)]


def answering_figure(record):
    """A figure of one moment of an explorer that answers queries, and its parts."""
    figure = style.new_figure(10.4, 6.6, dpi=90)
    words.write_heading(figure, TITLE, STORY + ASKED, summary(record), legend_handles() + words.answer_handles(), fontsize=9)
    rows = figure.add_gridspec(2, 1, left=0.012, right=0.94, bottom=0.085, top=0.79, hspace=0.22, height_ratios=(2.75, 1.3))
    top = rows[0].subgridspec(2, 5, width_ratios=(2.75, 1.1, 2.75, 2.75, 0.1), wspace=0.1, hspace=0.35)
    world, answer, truth, bar = (figure.add_subplot(top[:, column]) for column in (0, 2, 3, 4))
    seen, asked = (figure.add_subplot(top[row, 1]) for row in (0, 1))
    figure.colorbar(panels.scale(style.PROBABILITY), bar, label="probability")
    coverage = figure.add_subplot(rows[1].subgridspec(1, 2, width_ratios=(0.07, 1), wspace=0)[1])
    return figure, [*world_parts(world, record), *panels.asked_and_answered(record, seen, asked, answer, truth),
                    Coverage(coverage, record)]


def world_parts(ax, record):
    """The world as far as it was seen, and its caption."""
    ax.title.set_fontweight("bold")
    caption = panels.Caption(ax, lambda t: f"step {t + 1} of {record.length}: {record.coverage[t]:.0%} seen")
    return [Explored(ax, record), caption]


class Explored(panels.World):
    """The maze, pale where it was not seen yet, the path so far, the agent and its field of view; of an explorer that
    answers queries also where the queried patch was seen."""

    def __init__(self, ax, record):
        super().__init__(ax, record)
        hidden = ListedColormap([style.UNKNOWN, style.FAINT_WALL])
        self.fog = ax.imshow(np.ma.masked_all(record.maze.shape), hidden, vmin=0, vmax=1)
        panels.frame_maze(ax, record)
        questions = [] if record.predictions is None else [self.question]
        self.question.set_visible(record.predictions is not None)
        self.moving = [self.fog, self.path, *questions, self.view, self.agent]

    def show(self, t):
        super().show(t)
        self.fog.set_data(np.ma.masked_array(self.record.maze, self.record.seen[t]))


class Coverage:
    """Coverage against moves so far, and all along that of the other players."""

    def __init__(self, ax, record):
        self.record = record
        for (name, coverage), line in zip(record.others.items(), OTHER_LINES):
            ax.plot(coverage, line, color=style.QUIET, linewidth=1.2, label=name)
        self.line, = ax.plot([], [], color=style.AGENT, linewidth=2.2, label="this explorer")
        self.end, = ax.plot([], [], "o", color=style.AGENT, markersize=6)
        ax.set(xlim=(0, record.length - 1), ylim=(0, 1.04), xlabel="moves", ylabel="coverage")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(OTHER_LINES) + 1, borderpad=0, fontsize="small")
        self.moving = [self.line, self.end]

    def show(self, t):
        self.line.set_data(np.arange(t + 1), self.record.coverage[:t + 1])
        self.end.set_data([t], self.record.coverage[t:t + 1])


def summary(record):
    """The size of the task, and how the game went."""
    size, maps = record.task.size, ""
    if record.predictions is not None:
        maps = f", F-score {record.scores().f_score:.2f}"
    return (f"maze of {size}x{size} cells, {record.length - 1} moves:\n{record.coverage[-1]:.0%} seen, "
            f"area {record.coverage[1:].mean():.2f}{maps}")


def legend_handles():
    """What the lines and colours of the world mean."""
    return [Patch(color=style.UNKNOWN, label="not seen yet"),
            Line2D([], [], color=style.PATH, linewidth=2, label="path so far"),
            Line2D([], [], color=style.AGENT, marker="o", linestyle="none", label="agent"),
            words.outline(style.AGENT, "what it sees now")]
