"""The stories of a source, read once: for training, and the tenth that is held out (REFERENCE 8)."""

import functools
from collections import defaultdict
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ...errors import UserError
from .archive import language_of, read_texts
from .reader import parse

HELD_OUT = 10           # one of so many stories of every task


class Stories(NamedTuple):
    """Lists of stories, each a list of `reader.Line`s; language: the folder that they come from."""

    language: str
    training: list
    held_out: list


@functools.lru_cache(maxsize=2)
def load_stories(source, language="", tasks=()):
    """{task: Stories} of the training files, read once per process; see `read_texts`. UserError where they cannot be had."""
    texts = read_texts(source, language, "train", tasks)
    stories = {task: Stories(language_of(PurePosixPath(name).parent, source), *split(parse(data, name)))
               for task, (name, data) in texts.items()}
    for task, part in stories.items():
        if not part.training:
            raise UserError(f"{texts[task][0]} has only one story, or copies of one: one is held out, so give two at least")
    return stories


@functools.lru_cache(maxsize=2)
def load_tests(source, language="", tasks=()):
    """{task: stories} of the test files, which the public archive has."""
    return {task: parse(data, name) for task, (name, data) in read_texts(source, language, "test", tasks).items()}


def split(stories):
    """(for training, held out): one story of ten is held out, always the same ones; of fewer than ten, one.

    All copies of a story go the same way: task 4 has so few stories to tell that most of them are there several times. The
    order is that of raw numbers of a bit generator, which no version of NumPy changes.
    """
    copies, held_out = defaultdict(list), set()
    for k, story in enumerate(stories):
        copies[tuple(story)].append(k)
    for k in np.random.PCG64(0).random_raw(len(stories)).argsort(kind="stable"):
        if len(held_out) >= max(1, len(stories) // HELD_OUT):
            break
        held_out.update(copies[tuple(stories[k])])
    return tuple([story for k, story in enumerate(stories) if (k in held_out) == which] for which in (False, True))
