"""`mgnm figures`: draw the learning curve and an episode."""

from pathlib import Path

from ..tasks import build_task
from ..training import Run, load_network
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "figures", run, "Draw a learning curve, an episode and its animation.",
                                 "mgnm figures runs/demo")
    command.add_argument("weights", help="a run's folder, a preset whose weights come with the package, or a file")
    command.add_argument("--out", metavar="FOLDER", help="where to draw (default: figures/ in the run, or here)")
    command.add_argument("--seed", type=int, default=0, help="of the maze that is walked through (default: 0)")


def run(options):
    """Draw, and list the files."""
    for path in draw(options.weights, options.out, options.seed):
        print(path)


def draw(weights, out=None, seed=0):
    """Draw the figures of a run or of weights; returns their paths."""
    from ..figures import draw_run  # matplotlib takes long to import: only where it is used

    network, tables, _ = load_network(weights)
    task = build_task(tables["task"])
    is_run = (Path(weights) / "config.toml").exists()
    folder = Path(out) if out else Path(weights if is_run else ".") / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    metrics = Run.open(weights).metrics() if is_run else []
    return draw_run(network, task, metrics, folder, seed, task.memoryless(seed=seed).best.f_score)
