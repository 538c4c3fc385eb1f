"""Stories of many tasks, as texts and as files."""

import os
from pathlib import Path

from ....errors import UserError
from ....settings import check_whole
from .catalogue import PARTS, TASKS, file_name
from .dice import Dice
from .story import Story

LANGUAGE = "en"
NOTICE = "These stories come from mgnm's own simulator: results on them are not comparable with published bAbI results."
MOST_STORIES, MOST_SEED = 100_000, 2 ** 31 - 1


def generate(tasks=tuple(TASKS), stories=1000, seed=0):
    """{file name: text} of so many stories of every task for training, and as many others for testing.

    A file depends on its task, its part and the seed alone: not on which other tasks are asked for. With more stories it
    only gets longer. UserError for tasks that do not exist, and for numbers that are out of range.
    """
    check(tasks, stories, seed)
    return dict(_texts(tasks, stories, seed))


def write(folder, tasks=tuple(TASKS), stories=1000, seed=0):
    """Write the files of `generate` to FOLDER/en, beside a README.txt that says what they are; returns their paths.

    UserError where `generate` has one, and where the folder is there already and not empty: nothing is overwritten.
    """
    check(tasks, stories, seed)
    folder = Path(folder)
    if os.path.lexists(folder) and not folder.is_dir():
        raise UserError(f"{folder} is not a folder: choose another one to write to")
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty: remove what is in it, or choose another folder")
    (folder / LANGUAGE).mkdir(parents=True)
    (folder / "README.txt").write_text(_readme(tasks, stories, seed), "utf-8", newline="\n")
    paths = []
    for name, text in _texts(tasks, stories, seed):
        paths.append(folder / LANGUAGE / name)
        paths[-1].write_text(text, "utf-8", newline="\n")
    return paths


def check(tasks, stories, seed):
    """UserError, in one line, for what cannot be generated."""
    if not tasks:
        raise UserError("no task is given: give some of 1 to 20")
    for task in tasks:
        check_whole("tasks", task, 1, len(TASKS))
    if len(set(tasks)) < len(tasks):
        raise UserError(f"tasks = {', '.join(map(str, tasks))} names a task twice: give each once")
    check_whole("stories", stories, 1, MOST_STORIES)
    check_whole("seed", seed, 0, MOST_SEED)


def _texts(tasks, stories, seed):
    for task in tasks:
        for number, part in enumerate(PARTS):
            dice = Dice(seed, task, number)
            yield file_name(task, part), "".join(_tell(task, dice) for _ in range(stories))


def _tell(task, dice):
    story = Story()
    TASKS[task].tell(dice, story)
    return story.text()


def _readme(tasks, stories, seed):
    return (f"{NOTICE}\n\nForm and kinds of questions are those of the twenty bAbI tasks (Weston et al., 2015); words and "
            f"stories are not.\ntasks: {','.join(map(str, tasks))}\nstories in each file: {stories}\nseed: {seed}\n")
