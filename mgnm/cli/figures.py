"""`mgnm figures`: draw how a run learned, and what its network does with fresh data."""

from pathlib import Path

from ..tasks import build_task
from ..training import Run, load_network
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "figures", run, "Draw how a run learned, what it answers and what it remembers.",
                                 "mgnm figures runs/demo")
    command.add_argument("weights", help="a run's folder, a preset whose weights come with the package, or a file")
    command.add_argument("--out", metavar="FOLDER", help="where to draw (default: figures/ in the run, or here)")
    command.add_argument("--seed", type=int, default=0, help="of the fresh data that is shown (default: 0)")


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
    return draw_run(network, task, metrics, folder, seed, task.baseline())
