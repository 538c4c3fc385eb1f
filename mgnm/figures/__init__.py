"""Pictures of a run: how it learned, and one episode, step by step, seen from outside and from inside the memory.

    style      colours and lettering            curves      loss and F-score against updates
    episode    what happened in one episode     panels      the parts of a picture that change with the step
    words      what is written beside them      sheet       a few moments on one page
    animation  all moments as a GIF

Figures are made without pyplot, so that an interactive session of the user stays as it is.
"""

from pathlib import Path

from mgnm.figures.animation import episode_animation
from mgnm.figures.curves import learning_curve
from mgnm.figures.episode import EpisodeRecord, record_episode
from mgnm.figures.sheet import episode_sheet

__all__ = ["EpisodeRecord", "draw_run", "episode_animation", "episode_sheet", "learning_curve", "record_episode"]


def draw_run(network, task, metrics, folder, seed, baseline=None):
    """Draw a run into `folder`: learning_curve.png (if there are metrics), episode.png and episode.gif.

    metrics: the lines of metrics.jsonl as dicts; seed: of the maze; baseline: F-score of the best memoryless guess.
    Returns the paths. Raises UserError where network and task do not fit together.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    if metrics:
        paths.append(learning_curve(metrics, folder / "learning_curve.png", baseline))
    episode = record_episode(network, task, seed)
    paths.append(episode_sheet(episode, folder / "episode.png"))
    paths.append(episode_animation(episode, folder / "episode.gif"))
    return paths
