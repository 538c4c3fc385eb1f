"""A few moments of an episode on one page: a column per moment, a row per thing to look at."""

import numpy as np

from mgnm.figures import panels, style, words
from mgnm.tasks.mapping.sight import WALL

MOMENTS = 5
ROWS = (                                                        # height, and what stands at the left
    (2.0, "The world\n(the network never\nsees this picture)"),
    (0.85, "What it sees now, and\nthe question: a patch\nthat it saw before"),
    (2.0, "Its answer: how likely\nit has seen that patch\naround each cell"),
    (2.0, "The truth: the cells of\nthe path around which\nit has seen it"),
    (0.6, "Its memory\n(levels of the last layer)\nwhat it tells: mean |h|"),
    (0.6, "what it keeps: mean |c|"),
)


def episode_sheet(episode, path):
    """Draw an EpisodeRecord at its `telling_moments` as a PNG. Returns the path."""
    steps = telling_moments(episode)
    memory = [(4, panels.last_layer(episode.hidden), style.HIDDEN), (5, panels.last_layer(episode.cells), style.CELL)]
    with style.look():
        figure = style.new_figure(14, 11.6, dpi=100)
        words.write_episode_heading(figure, episode, fontsize=11)
        rows = figure.add_gridspec(len(ROWS), len(steps) + 2, left=0.012, right=0.95, bottom=0.015, top=0.86,
                                   wspace=0.12, hspace=0.28, height_ratios=[height for height, _ in ROWS],
                                   width_ratios=[1.65] + [2.0] * len(steps) + [0.09])
        for row, (_, text) in enumerate(ROWS):
            words.write_label(figure.add_subplot(rows[row, 0]), text)
        for column, t in enumerate(steps, 1):
            world, answer, truth = (figure.add_subplot(rows[row, column]) for row in (0, 2, 3))
            seen, asked = (figure.add_subplot(cell) for cell in rows[1, column].subgridspec(1, 2))
            parts = panels.moment(episode, world, seen, asked, answer, truth)
            for row, levels, cmap in memory:
                cells = rows[row, column].subgridspec(1, len(levels), wspace=0.1)
                parts += [panels.Level(figure.add_subplot(cell), grids, cmap)
                          for cell, grids in zip(cells, levels.values())]
            for part in parts:
                part.show(t)
        figure.colorbar(panels.scale(style.PROBABILITY), figure.add_subplot(rows[2, -1]), label="probability")
        for row, _, cmap in memory:
            bar = figure.colorbar(panels.scale(cmap), figure.add_subplot(rows[row, -1]))
            bar.set_ticks([0, 1], labels=["0", "most"])
        figure.savefig(path)
    return path


def telling_moments(episode):
    """MOMENTS steps, one from each of as many equal stretches of the episode, in order.

    Of a stretch, a step that asks for a patch with walls in it if there is one; among these the one with the most
    places to be found, and then the one whose patch was seen longest ago. Questions choose, answers have no say.
    """
    walls = episode.queries[..., WALL].any(axis=(1, 2))                         # (T,)
    places = episode.truths.sum(axis=(1, 2))                                    # (T,)
    age = np.arange(episode.length) - episode.query_steps                       # (T,)
    stretches = np.array_split(np.arange(episode.length), min(MOMENTS, episode.length))
    return [max(stretch, key=lambda t: (walls[t], places[t], age[t])) for stretch in stretches]
