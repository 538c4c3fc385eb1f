"""Sequences of digits, one below the other: the pictures, what is asked of them, and the answers as bars.

In every block x is the place of a picture, from 0. An answer stands below its own place, or below the picture it names.
"""

import numpy as np
from matplotlib.patches import Patch, Rectangle

from mgnm.figures import style, words
from mgnm.figures.page import Page
from mgnm.tasks import DigitRecall, DigitSort

TELLINGS = {                                                    # title and story
    DigitRecall: ("Which digit came next?",
                  "Pictures of digits are shown one after another, then one of them again; the network must name the "
                  "digit that came after it.\nIt has never met these pictures, and what came before the last one is in its "
                  "memory only."),
    DigitSort: ("Put the digits in order",
                "Pictures of digits are shown one after another, then the network must name the digits, the smallest "
                "first.\nIt has never met these pictures, and while it answers it is shown none of them: all that it knows "
                "of them is in its memory."),
}
RIGHT, WRONG = "\N{CHECK MARK}", "\N{BALLOT X}"
CLASSES = np.arange(10)
BAR = 0.085                                                     # from bar to bar, as a share of a place

# Inches: labels, right edge, heading; all pictures of a sequence; a place, a picture; links, bars, between sequences.
LEFT, EDGE, HEADING, ROOM = 1.75, 0.45, 1.7, 11
WIDEST_PLACE, LARGEST, LINKS, BARS, BETWEEN = 1.6, 0.85, 0.55, 0.75, 0.65
WORDY = 0.85                                                    # narrower places have no words and numbers


def digit_sheet(records, path):
    """Draw DigitRecords of one task as a PNG. Returns the path."""
    count = len(records[0].images)
    place = min(WIDEST_PLACE, ROOM / count)
    size = min(LARGEST, 0.9 * place)
    blocks = ((draw_images, size, "The pictures, as it\nsees them, and what\nthey are"), (draw_links, LINKS, ""),
              (draw_answers, BARS, "Its answer: how\nlikely each digit is"))
    with style.look():
        page = Page(LEFT + count * place + EDGE, HEADING + len(records) * (size + LINKS + BARS + BETWEEN) - 0.25)
        title, story = TELLINGS[type(records[0].task)]
        words.write_heading(page.figure, title, story, summary(records), legend(records[0]), 10)
        top = HEADING
        for record in records:
            for draw, height, text in blocks:
                page.label(top, height, text)
                ax = page.axes(LEFT, top, count * place, height)
                ax.set(xlim=(-0.5, count - 0.5), ylim=(0, 1))
                draw(ax, record)
                top += height
            top += BETWEEN
        page.figure.savefig(path)
    return path


def draw_images(ax, record):
    """The pictures, each with its class; where one is asked for, it and the one that came next are framed."""
    for place, (image, number) in enumerate(zip(record.images, record.classes)):
        draw_image(ax, place, image)
        ax.text(place, 1.02, number, ha="center", va="bottom")
    if record.asked is not None:
        frame(ax, record.asked, color=style.QUESTION, linestyle="--")
        frame(ax, record.asked + 1, color=style.INK)
    ax.axis("off")


def draw_links(ax, record):
    """A line from every answer to the picture that it has to name."""
    for place, (source, wrong) in enumerate(zip(record.sources, record.wrong)):
        ax.plot([source, place if record.asked is None else source], [0.95, 0.5],
                color=style.WRONG if wrong else style.QUIET, linewidth=1)
    ax.axis("off")


def draw_answers(ax, record):
    """The query, if there is one, and the probabilities of the ten classes for every answer, with the verdict."""
    places = np.arange(len(record.answers)) if record.asked is None else record.sources
    if record.asked is not None:
        draw_image(ax, record.asked, record.images[record.asked])
        frame(ax, record.asked, color=style.QUESTION, linestyle="--")
        ax.text(record.asked, 1.06, "what came next?" if place_inches(ax) >= WORDY else "?", ha="center", va="bottom",
                color=style.QUESTION)
    for answer, place in enumerate(places):
        draw_bars(ax, place, record, answer)
    ax.axis("off")


def draw_bars(ax, place, record, answer):
    """One answer: a bar for each class, a frame where the right one is, and what became of it in words."""
    at = place + BAR * (CLASSES - CLASSES.mean())                                               # (10,)
    truth, given, wrong = record.truths[answer], record.answers[answer], record.wrong[answer]
    colours = [style.WRONG if wrong and k == given else style.QUESTION for k in CLASSES]
    ax.bar(at, record.predictions[answer], 0.8 * BAR, color=colours)
    ax.add_patch(Rectangle((at[truth] - BAR / 2, 0), BAR, 1, fill=False, edgecolor=style.INK, clip_on=False))
    ax.hlines(0, at[0] - BAR, at[-1] + BAR, color=style.QUIET, linewidth=0.8, clip_on=False)
    if place_inches(ax) < WORDY:
        ax.text(place, 1.06, WRONG if wrong else RIGHT, ha="center", va="bottom", fontweight="bold")
        return
    ax.text(place, 1.06, verdict(record, answer), ha="center", va="bottom", fontweight="bold")
    for x, k in zip(at, CLASSES):
        ax.text(x, -0.04, k, ha="center", va="top", fontsize="x-small", color=style.QUIET)


def verdict(record, answer):
    """What became of an answer, in words."""
    given, truth = record.answers[answer], record.truths[answer]
    return f"{RIGHT} {given}" if given == truth else f"{WRONG} {given}, not {truth}"


def draw_step(record, ax, t):
    """One step by itself: the picture that comes in, or an answer."""
    count = len(record.images)
    ax.axis("off")
    if t < count:
        ax.imshow(record.images[t], style.SHOWN, vmin=0, vmax=1)
        ax.set_title(f"picture {t + 1}\na {record.classes[t]}")
    else:
        ax.set(xlim=(-0.5, 0.5), ylim=(0, 1))
        draw_bars(ax, 0, record, t - count)
        ax.set_title(f"place {t - count + 1}", pad=18)          # above the verdict


def draw_image(ax, place, image):
    """A picture, ink on paper, as high as the axes."""
    half = ax.bbox.height / ax.figure.dpi / place_inches(ax) / 2
    ax.imshow(image, style.SHOWN, vmin=0, vmax=1, extent=(place - half, place + half, 0, 1), aspect="auto")
    frame(ax, place, color=style.FAINT_WALL, linewidth=0.8)


def frame(ax, place, linewidth=2, **look):
    """A frame around the picture at a place."""
    half = ax.bbox.height / ax.figure.dpi / place_inches(ax) / 2
    ax.add_patch(Rectangle((place - half, 0), 2 * half, 1, fill=False, clip_on=False, zorder=3, linewidth=linewidth, **look))


def place_inches(ax):
    """How wide a place is."""
    return ax.bbox.width / ax.figure.dpi / np.diff(ax.get_xlim())[0]


def summary(records):
    """How it went as a whole."""
    wrong = np.concatenate([record.wrong for record in records])
    return f"{len(records)} fresh sequences: {wrong.size - wrong.sum()} of {wrong.size} answers right"


def legend(record):
    """What the colours mean."""
    handles = [Patch(color=style.QUESTION, label="probability of a digit"), words.outline(style.INK, "right answer"),
               Patch(color=style.WRONG, label="wrong answer")]
    if record.asked is not None:
        handles.append(words.outline(style.QUESTION, "what is asked for", "--"))
    return handles
