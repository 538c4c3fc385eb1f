"""How to read the sequences of bits: what a task asks, in words, and which step of the input an answer comes from.

A reading of a SequenceRecord has these attributes:

    title, story    what the task is, for someone who has never heard of it
    flags, marks    names of the channels behind the bits, as far as they are drawn as bits: of the input, of the answer
    shown, answered what a step of the input and one of the answer is called
    caption         what this sequence asks for
    sources         int (T_out,): the step of the input that an answer repeats, -1 where it repeats none
    offset          the answer is drawn below this step of the input
    priorities      float32 (items,), or None where there are none
    asked, right    [start, stop): the steps of the item that is asked for and of the right answer; None without a query
"""

import numpy as np

from mgnm.tasks import Copy, Recall, RepeatCopy, Sort

MEMORY = "Whatever it answers\nhas come through its memory: while it answers, it is shown nothing any more."


class Reading:
    """What most tasks have in common."""

    flags, marks = (), ()
    shown, answered = "step", "step"
    offset = 0
    priorities = asked = right = None


class CopyReading(Reading):
    """Of a Copy."""

    title = "Say it again"
    story = f"A sequence of random bits is shown, then the network must give it back. {MEMORY}"
    flags = ("end",)

    def __init__(self, record):
        length = len(record.truths)
        self.sources = np.arange(length)
        self.caption = f"{count(length, 'step')} to copy{empty(len(record.shown) - length - 1)}"


class RepeatCopyReading(Reading):
    """Of a RepeatCopy."""

    title = "Say it again, several times"
    story = ("A sequence of random bits is shown and then a number; the network must give the sequence back that many "
             f"times. {MEMORY}")
    flags, marks = ("start", "number"), ("end",)

    def __init__(self, record):
        length = record.shown[:, record.task.bits + 1].argmax() - 1
        repeats = (len(record.truths) - 1) // length
        self.sources = np.append(1 + np.arange(length * repeats) % length, -1)
        self.caption = f"{count(length, 'step')}, {count(repeats, 'time')}{empty(len(record.shown) - length - 2)}"


class SortReading(Reading):
    """Of a Sort."""

    title = "Put them in order"
    story = ("Items of random bits are shown, each with a priority; the network must give them back, the highest "
             f"priority first. {MEMORY}")
    shown, answered = "item", "place"

    def __init__(self, record):
        self.priorities = record.task.priorities(record.shown)
        self.sources = np.argsort(-self.priorities, kind="stable")[:len(record.truths)]
        self.caption = f"{count(len(record.shown), 'item')}, the {len(record.truths)} highest wanted"


class RecallReading(Reading):
    """Of a Recall."""

    title = "What came after this?"
    story = ("Items of random bits are shown, then one of them again; the network must give the item that came after it. "
             f"{MEMORY}")
    flags = ("item", "query")

    def __init__(self, record):
        size, bits = record.task.vectors + 1, record.task.bits
        items = record.shown[:, :bits].reshape(-1, size, bits)                                  # (n + 1, size, bits)
        found = (items[:-2] == items[-1]).all(axis=(1, 2)) & (items[1:-1, 1:] == record.truths).all(axis=(1, 2))
        place = int(found.argmax())                         # where items are equal, one whose follower is the truth
        self.asked, self.right = ((k * size, (k + 1) * size) for k in (place, place + 1))
        self.offset = self.right[0] + 1                     # behind the item's flag
        self.sources = self.offset + np.arange(size - 1)
        self.caption = f"{len(items) - 1} items, then item {place + 1} again"


READINGS = {Copy: CopyReading, RepeatCopy: RepeatCopyReading, Sort: SortReading, Recall: RecallReading}


def read(record):
    """The reading of a SequenceRecord."""
    return READINGS[type(record.task)](record)


def count(number, thing):
    """"1 step" or "4 steps"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def empty(number):
    """What to say of empty steps after the end."""
    return f" ({number} empty)" if number else ""
