"""A whole episode as an animated GIF: one moment after another, made of the same panels as the sheet.

What stands still is drawn once; every frame starts from that picture and draws only what moves. All frames share one
palette, so that the file holds little more than the differences between them.
"""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from mgnm.figures import panels, style, words

MOST_FRAMES = 140                                               # keeps the file under 2 MB
FRAME, LAST_FRAME = 160, 2000                                   # milliseconds that a frame is shown


def episode_animation(episode, path):
    """Draw an EpisodeRecord as a GIF that repeats for ever, a frame for every step. Returns the path."""
    with style.look():
        save(*moment_figure(episode), episode.length, path)
    return path


def save(figure, parts, length, path):
    """Write a figure whose parts show `length` steps as a GIF, a frame for every step.

    Of more than MOST_FRAMES steps, every second, third, ... one, the last one among them.
    """
    stride = -(-length // MOST_FRAMES)
    frames = photographs(figure, parts, range((length - 1) % stride, length, stride))
    durations = [FRAME] * (len(frames) - 1) + [LAST_FRAME]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def moment_figure(episode):
    """A figure of one moment, and its parts."""
    hidden, cells = panels.last_layer(episode.hidden), panels.last_layer(episode.cells)
    figure = style.new_figure(10.4, 5.8, dpi=90)
    words.write_episode_heading(figure, episode, fontsize=9)
    rows = figure.add_gridspec(2, 1, left=0.012, right=0.94, bottom=0.02, top=0.775, hspace=0.2,
                               height_ratios=(2.75, 0.8))
    top = rows[0].subgridspec(2, 5, width_ratios=(2.75, 1.1, 2.75, 2.75, 0.1), wspace=0.1, hspace=0.35)
    bottom = rows[1].subgridspec(1, 2 * len(hidden) + 2, width_ratios=2 * ([1.6] + [0.8] * len(hidden)))
    world, answer, truth, bar = (figure.add_subplot(top[:, column]) for column in (0, 2, 3, 4))
    seen, asked = (figure.add_subplot(top[row, 1]) for row in (0, 1))
    figure.colorbar(panels.scale(style.PROBABILITY), bar, label="probability")

    parts = panels.moment(episode, world, seen, asked, answer, truth)
    for first, levels, cmap, text in ((0, hidden, style.HIDDEN, "tells: mean |h|"),
                                      (len(hidden) + 1, cells, style.CELL, "keeps: mean |c|")):
        words.write_label(figure.add_subplot(bottom[first]), f"what memory\n{text}\n(bright = much)")
        parts += [panels.Level(figure.add_subplot(bottom[column]), grids, cmap)
                  for column, grids in enumerate(levels.values(), first + 1)]
    return figure, parts


def photographs(figure, parts, steps):
    """The figure at these steps: a list of pictures with the palette below."""
    colours, canvas, pictures = palette(), figure.canvas, []
    for part in parts:
        part.show(steps[0])
        for artist in part.moving:
            artist.set_animated(True)                           # left out by draw()
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for t in steps:
        canvas.restore_region(still)
        for part in parts:
            part.show(t)
            for artist in part.moving:
                artist.axes.draw_artist(artist)
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
        pictures.append(picture.quantize(palette=colours, dither=Image.Dither.NONE))
    return pictures


def palette():
    """A picture whose palette suits all frames: both memory scales, and inks in steps from the paper they stand on."""
    inks = (style.WALL, style.FAINT_WALL, style.UNKNOWN, style.PATH, style.AGENT, style.INK, style.QUIET)
    fades = [(style.FREE, ink, 6) for ink in inks]
    fades += [(paper, style.QUESTION, 36) for paper in (style.FREE, style.FAINT_WALL)]
    maps = [LinearSegmentedColormap.from_list("", ends)(np.linspace(0, 1, count)) for *ends, count in fades]
    maps += [colormaps[name](np.linspace(0, 1, 64)) for name in (style.HIDDEN, style.CELL)]
    colours = np.concatenate(maps)[:, :3]                                       # (at most 256, 3)
    least = colours.min(axis=1)
    colours = colours[(least < 0.965) | (least == 1)]           # Pillow would take what is nearly white for white
    picture = Image.new("P", (1, 1))
    picture.putpalette((255 * colours).round().astype(np.uint8).tobytes())
    return picture
