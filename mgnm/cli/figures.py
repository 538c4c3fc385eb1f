"""`mgnm figures`: draw how a run learned, what its network does with fresh data, and what it is made of."""

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
    command.add_argument("--explore", action="store_true",
                         help="instead, write explore.html: an episode to walk through in a browser, with all of its memory")


def run(options):
    """Draw, and list the files."""
    make = explore if options.explore else draw
    for path in make(options.weights, options.out, options.seed):
        print(path)


def draw(weights, out=None, seed=0):
    """Draw the figures of a run or of weights; returns their paths."""
    from ..figures import draw_run  # matplotlib takes long to import: only where it is used

    network, tables, _ = load_network(weights)
    task = build_task(tables["task"])
    metrics = Run.open(weights).metrics() if _is_run(weights) else []
    return draw_run(network, task, metrics, _folder(weights, out), seed, task.baseline())


def explore(weights, out=None, seed=0):
    """Write the page of an episode; returns its path, in a list."""
    from ..figures import explore

    network, tables, _ = load_network(weights)
    return [explore(network, build_task(tables["task"]), _folder(weights, out) / "explore.html", seed)]


def _is_run(weights):
    return (Path(weights) / "config.toml").exists()


def _folder(weights, out):
    """Where to draw: a folder that is there."""
    folder = Path(out) if out else Path(weights if _is_run(weights) else ".") / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
