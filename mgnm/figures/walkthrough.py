"""One episode as a page to walk through: a slider over its steps, and every number that the memory held at each of them.

The page is one HTML file that needs nothing else: no server, no network, no library. It is made of walkthrough.html and
walkthrough.js, which stand beside this file, and of the record. Arrays become bytes that mean

    value = step * (byte - zero)

so that a value is right to half a `step`, and the byte is also the number of its colour. Gates and probabilities have the
same scale everywhere (0 to 255 for 0 to 1); h, c and g have one for each layer and level, up to the largest that occurs.
A memory changes little from one step to the next, so what goes in is the change of every byte since the step before, modulo
256, deflated, in base64: a third of the page that the bytes themselves would make.
"""

import base64
import json
import zlib
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex

from mgnm.errors import UserError
from mgnm.figures import panels, readings, style, words
from mgnm.figures.episode import FIGURES, record_episode
from mgnm.figures.inside import InsideTrace
from mgnm.figures.memory import first, steady
from mgnm.figures.sequence import BATCH, record_sequences
from mgnm.settings import LARGEST, check_whole
from mgnm.tasks import Mapping
from mgnm.tasks.mapping.sight import FREE, WALL
from mgnm.tasks.sequences import SequenceTask

PARTS = Path(__file__).parent
POSITIVE, SIGNED = 255, 127                 # the byte of the largest value, counted from that of 0
QUANTITIES = {                              # what it is, and whether it may be negative
    "h": ("h, what the cell tells", True), "c": ("c, what it keeps", True),
    "i": ("i, input gate", False), "f": ("f, forget gate", False), "o": ("o, output gate", False),
    "g": ("g, what is offered", True),
}
KINDS = ("belongs to no question", "free", "wall")


def explore(network, task, path, seed=0):
    """Write the page of one fresh episode to `path`; returns the path.

    task: Mapping, or a SequenceTask. seed: of the episode, the same as in the other figures. Raises UserError for other
    tasks, and where network and task do not fit together.
    """
    check_whole("seed", seed, 0, LARGEST - 1)
    page = next((page for kind, page in PAGES.items() if isinstance(task, kind)), None)
    if page is None:
        raise UserError(f"there is no page to explore the task {type(task).__name__} with: draw the figures instead, or "
                        "explore a network that maps, sorts, copies or recalls")
    record = json.dumps(page(network, task, seed), separators=(",", ":")).replace("<", "\\u003c")
    html, script = ((PARTS / name).read_text(encoding="utf-8") for name in ("walkthrough.html", "walkthrough.js"))
    path = Path(path)
    path.write_text(html.replace("{{script}}", script).replace("{{record}}", record), encoding="utf-8")
    return path


def mapping_page(network, task, seed):
    """A walk through a maze: the world, what is seen and asked, the answer, the truth, and the memory."""
    record = record_episode(network, task, seed)
    steps = range(record.length)
    shown = {"observation": record.observations[:, None], "query": record.queries[:, None]}             # (T, 1, ...)
    inside = look_inside(network, [{name: x[t:t + 1] for name, x in shown.items()} for t in steps])
    path = {"rows": record.rows.tolist(), "columns": record.columns.tolist(), "colour": style.PATH}
    asked = {"rows": record.rows[record.query_steps].tolist(), "columns": record.columns[record.query_steps].tolist()}
    margin = task.view // 2 - 1                             # what can be seen of the wall around the maze
    maze = discrete(np.pad(record.maze, margin, constant_values=True)[None])
    faint = {"ground": maze, "ground_colours": [style.FREE, style.FAINT_WALL], "path": path, "colours": "probability",
             "corner": -margin}
    answers, truths = (quantised(np.pad(record.cropped(maps), ((0, 0), *2 * [2 * [margin]])), False)
                       for maps in (record.predictions, record.truths))
    pictures = [
        {"title": "the world", "cells": maze, "colours": "walls", "words": KINDS[1:], "path": path, "boxes": [
            {**asked, "side": task.query, "colour": style.QUESTION, "dashed": True},
            {**path, "side": task.view, "colour": style.AGENT, "dashed": False}], "dot": style.AGENT, "corner": -margin},
        patch("it sees", record.observations, style.AGENT),
        patch("it is asked: where is this?", record.queries, style.QUESTION),
        {"title": "the answer (framed: what is right)", "cells": answers, "outline": truths, "unit": "probability"} | faint,
        {"title": "the truth", "cells": truths, "unit": "truth"} | faint,
    ]
    captions = [f"the patch is from step {record.query_steps[t] + 1}; {panels.verdict(record, t)}" for t in steps]
    return page_of(words.QUESTION, f"{words.STORY} Here: {words.summary(record)}.", captions, pictures, inside)


def sequence_page(network, task, seed):
    """A sequence of bits: all that is shown, the right answer and the network's, and the memory."""
    [record] = record_sequences(network, task, seed, count=1)
    reading = readings.read(record)
    inputs = task.fresh_episode(BATCH, np.random.default_rng([FIGURES, seed, 0]))
    inputs, _ = inputs.chunk(0, inputs.length)
    network, shown, answers = steady(network, inputs), first(inputs)["input"], len(record.truths)
    inside = look_inside(network, [{"input": shown[t:t + 1], "steps": 0} for t in range(len(shown))]
                         + [{"input": shown[:0], "steps": 1}] * answers)
    pictures = [strip("what it is shown", record.shown, 0), strip("the right answer", record.truths, len(shown)),
                strip("its answer", record.predictions, len(shown))]
    captions = [f"it is shown vector {t + 1} of {len(shown)}" for t in range(len(shown))]
    captions += [f"it answers, {wrong.sum()} of {len(wrong)} bits wrong" for wrong in record.wrong]
    return page_of(reading.title, reading.story, captions, pictures, inside)


PAGES = {Mapping: mapping_page, SequenceTask: sequence_page}


def look_inside(network, pieces):
    """Let the network take these inputs one after another: what `InsideTrace.record` says of it."""
    trace, state = InsideTrace(network), None
    for inputs in pieces:
        _, state, cache = network.forward(inputs, state)
        trace.add(state, cache)
    return trace.record()


def page_of(title, story, captions, pictures, inside):
    """The record as walkthrough.js reads it. captions: of each step; pictures: drawn in this order; inside: the memory."""
    memory = [{"layer": layer, "level": level, "quantities": {
                   name: quantised(array, QUANTITIES[name][1]) for name, array in sorted(places.items(), key=_in_order)}}
              for (layer, level), places in inside.items()]
    tables = {"signed": colours(style.SIGNED, 2 * SIGNED + 1), "positive": colours(style.GATE, POSITIVE + 1),
              "probability": colours(style.PROBABILITY, POSITIVE + 1), "shown": colours(style.SHOWN, POSITIVE + 1),
              "walls": [style.FREE, style.WALL], "kinds": [style.UNKNOWN, style.FREE, style.WALL]}
    names = {name: {"text": text, "colours": "signed" if signed else "positive"}
             for name, (text, signed) in QUANTITIES.items()}
    return {"title": title, "story": " ".join(story.split()), "captions": captions, "pictures": pictures, "memory": memory,
            "quantities": names, "tables": tables, "ink": style.INK, "quiet": style.QUIET, "cursor": style.AGENT}


def patch(title, patches, colour):
    """A picture of what is seen or asked, (T, view, view, 4), in a frame of this colour."""
    kinds = np.where(patches[..., WALL] > 0, 2, np.where(patches[..., FREE] > 0, 1, 0))
    return {"title": title, "cells": discrete(kinds), "colours": "kinds", "words": KINDS, "frame": colour, "corner": 0}


def strip(title, vectors, start):
    """A picture of vectors (T, K) side by side, the first of them that of step `start`."""
    signed = bool(vectors.min() < 0 or vectors.max() > 1)       # of numbers that stand beside bits
    return {"title": title, "cells": quantised(vectors.T[None], signed), "colours": "signed" if signed else "shown",
            "unit": "value", "cursor": start, "corner": 0}


def quantised(array, signed):
    """An array as walkthrough.js reads it. signed: of either sign, on a scale of its own; else from 0 to 1."""
    most = np.abs(array).max() / SIGNED if signed else 1 / POSITIVE
    step, zero = (float(most) or 1.0, SIGNED) if signed else (most, 0)
    return _packed(np.rint(np.asarray(array, np.float64) / step) + zero, step, zero)


def discrete(array):
    """Numbers of kinds, 0, 1, 2, ..., in the same form."""
    return _packed(array, 1, 0)


def colours(name, count):
    """A colour map as `count` colours "#rrggbbaa", from its lowest to its highest."""
    places = Normalize(0, count - 1)(np.arange(count))
    return [to_hex(colour, keep_alpha=True) for colour in colormaps.get_cmap(name)(places)]


def _packed(numbers, step, zero):
    data = np.asarray(numbers).astype(np.uint8)
    changes = np.diff(data, axis=0, prepend=np.zeros_like(data[:1]))
    deflated = base64.b64encode(zlib.compress(changes.tobytes(), 9)).decode()
    return {"shape": list(data.shape), "step": step, "zero": zero, "bytes": deflated}


def _in_order(item):
    return list(QUANTITIES).index(item[0])
