"""Pictures of a run: how it learned, and what it does with fresh data, seen from outside and from inside the memory.

    style      colours and lettering            curves        loss and scores against updates
    words      title, story and legend          page          a page measured in inches

    episode    what happened in one episode of mapping, step by step
    panels     the parts of a picture of it that change with the step
    sheet      a few moments on one page        animation     all moments as a GIF

    explorer   what happened to an explorer, step by step
    coverage   coverage against moves             explorer_animation  all moments of an explorer as a GIF

    walkthrough  an episode as a page with a slider      inside    every number in a memory, step by step

    memory     any other memory, step by step   memory_grids  its layers and levels at a few steps
    sequence   what happened in one sequence of bits
    readings   what its input says, in words    bit_images    what was shown, wanted and answered
    digits     what happened in one sequence of digits        digit_images  the same of them
    stories    stories, questions and answers, as text        babi_report   errors of several trainings as bars

    blueprint  what a network is made of                architecture  the same as a picture

    comparison  several networks side by side            standings  the same in numbers

Figures are made without pyplot, so that an interactive session of the user stays as it is.
"""

from functools import partial
from pathlib import Path

from mgnm.figures import bit_images, digit_images, stories
from mgnm.figures.animation import episode_animation
from mgnm.figures.architecture import describe, network_sheet
from mgnm.figures.bit_images import sequence_sheet
from mgnm.figures.comparison import comparison_figure
from mgnm.figures.coverage import coverage_figure
from mgnm.figures.curves import learning_curve
from mgnm.figures.digit_images import digit_sheet
from mgnm.figures.digits import DigitRecord, record_digits
from mgnm.figures.episode import EpisodeRecord, record_episode
from mgnm.figures.explorer import ExplorerRecord, record_explorer
from mgnm.figures.explorer_animation import explorer_animation
from mgnm.figures.memory_grids import memory_sheet
from mgnm.figures.sequence import SequenceRecord, record_sequences
from mgnm.figures.sheet import episode_sheet
from mgnm.figures.standings import comparison_table
from mgnm.figures.stories import record_stories, story_sheet
from mgnm.figures.walkthrough import explore
from mgnm.settings import LARGEST, check_whole
from mgnm.tasks import Babi, Exploration, Mapping
from mgnm.tasks.digits import DigitTask
from mgnm.tasks.exploration import Agent, NearestFrontier, RandomWalk, evaluate
from mgnm.tasks.sequences import SequenceTask

__all__ = ["DRAWINGS", "DigitRecord", "EpisodeRecord", "ExplorerRecord", "SequenceRecord", "comparison_figure",
           "comparison_table", "coverage_figure", "describe", "digit_sheet", "draw_explorer", "draw_run",
           "episode_animation", "episode_sheet", "explore", "explorer_animation", "learning_curve",
           "memory_sheet", "network_sheet", "record_digits", "record_episode", "record_explorer", "record_sequences",
           "record_stories", "sequence_sheet", "story_sheet"]


def draw_run(network, task, metrics, folder, seed, baseline=None):
    """Draw a run into `folder`: learning_curve.png (if there are metrics), and what DRAWINGS has for the task.

    metrics: the lines of metrics.jsonl as dicts; seed: of the fresh data; baseline: `task.baseline()`, what the best guess
    without memory scores. Returns the paths. Raises UserError where network and task do not fit together.
    """
    check_whole("seed", seed, 0, LARGEST - 1)
    task.check(network)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    if metrics:
        paths.append(learning_curve(metrics, folder / "learning_curve.png", task.headlines, baseline))
    draw = next(draw for kind, draw in DRAWINGS.items() if isinstance(task, kind))
    return paths + draw(network, task, folder, seed)


def draw_mapping(network, task, folder, seed):
    """episode.png and episode.gif: one walk through a maze."""
    episode = record_episode(network, task, seed)
    return [episode_sheet(episode, folder / "episode.png"), episode_animation(episode, folder / "episode.gif")]


def draw_sequences(network, task, folder, seed):
    """sequences.png, some sequences of bits, and memory.png, the memory of the first of them."""
    records = record_sequences(network, task, seed)
    memory = memory_sheet(records[0].memory, folder / "memory.png", partial(bit_images.draw_step, records[0]),
                          ("While it is shown the bits", "While it answers"))
    return [sequence_sheet(records, folder / "sequences.png"), memory]


def draw_digits(network, task, folder, seed):
    """digits.png, some sequences of pictures, and memory.png, the memory of the first of them."""
    records = record_digits(network, task, seed)
    memory = memory_sheet(records[0].memory, folder / "memory.png", partial(digit_images.draw_step, records[0]),
                          ("While it is shown the pictures", "While it answers"))
    return [digit_sheet(records, folder / "digits.png"), memory]


def draw_exploration(network, task, folder, seed):
    """What `draw_explorer` draws of the network as a player."""
    return draw_explorer(Agent(network), task, folder, seed)


def draw_explorer(player, task, folder, seed):
    """coverage.png, coverage against moves in fresh mazes, and explorer.gif, one game; beside random walk and frontier.

    player: see `mgnm.tasks.exploration.players`. task: an Exploration.
    """
    others = {"nearest frontier": NearestFrontier(), "random walk": RandomWalk()}
    curves = {name: evaluate(task, each, seeds=(seed,)) for name, each in {"this explorer": player, **others}.items()}
    record = record_explorer(task, player, seed, others)
    return [coverage_figure(curves, folder / "coverage.png"), explorer_animation(record, folder / "explorer.gif")]


def draw_stories(network, task, folder, seed):
    """stories.png, some stories with their questions, and memory.png, the memory of the first of them."""
    records = record_stories(network, task, seed)
    memory = memory_sheet(records[0].memory, folder / "memory.png", partial(stories.draw_step, records[0], task.vocabulary),
                          ("While it reads the story", ""))
    return [story_sheet(records, folder / "stories.png"), memory]


# What is drawn of a task, by its class.
DRAWINGS = {
    Mapping: draw_mapping,
    Exploration: draw_exploration,
    SequenceTask: draw_sequences,
    DigitTask: draw_digits,
    Babi: draw_stories,
}
