"""`mgnm figures`: draw how a run learned, what its network does with fresh data, and what it is made of."""

from functools import partial
from pathlib import Path

from ..errors import UserError
from ..presets import load_preset, preset_names
from ..tasks import build_task
from ..training import Run, load_network
from ..training.weights import load_weights
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(commands, "figures", run, "Draw how a run learned, what it answers and what it remembers.",
                                 "mgnm figures runs/demo")
    command.add_argument("weights", help="a run's folder, a preset whose weights come with the package, or a file; with "
                                         "--network any preset")
    command.add_argument("--out", metavar="FOLDER", help="where to draw (default: figures/ in the run, or here)")
    command.add_argument("--seed", type=int, default=0, help="of the fresh data that is shown (default: 0)")
    shared.add_set(command, "task.size=11")
    kinds = command.add_mutually_exclusive_group()
    kinds.add_argument("--explore", action="store_true",
                       help="instead, write explore.html: an episode to walk through in a browser, with all of its memory")
    kinds.add_argument("--network", action="store_true",
                       help="instead, draw what the network is made of, and count its parameters and memory cells")


def run(options):
    """Draw, and list the files."""
    if options.network:
        if options.set:
            raise UserError("--set does not go with --network: leave one of them away")
        path, numbers = draw_network(options.weights, options.out)
        print(path)
        shared.report(numbers)
        return
    make = explore if options.explore else draw
    for path in make(options.weights, options.out, options.seed, options.set):
        print(path)


def draw(weights, out=None, seed=0, assignments=()):
    """Draw the figures of a run or of weights; returns their paths. assignments: of --set, to the task."""
    from ..figures import draw_run  # matplotlib takes long to import: only where it is used

    network, task = _load(weights, assignments)
    metrics = Run.open(weights).metrics() if _is_run(weights) else []
    return draw_run(network, task, metrics, _folder(weights, out), seed, task.baseline())


def explore(weights, out=None, seed=0, assignments=()):
    """Write the page of an episode; returns its path, in a list."""
    from ..figures import explore

    network, task = _load(weights, assignments)
    return [explore(network, task, _folder(weights, out) / "explore.html", seed)]


def draw_network(source, out=None):
    """Draw the network of a preset or of weights; returns the path, and its numbers (see `figures.describe`)."""
    from ..figures import describe, network_sheet

    if source in preset_names():
        settings, name, place = load_preset(source)["network"], source, "."     # whatever else is called so
    else:
        settings, name, place = load_weights(source)[1]["network"], Path(source).resolve().stem, source
    return network_sheet(settings, name, _folder(place, out) / f"network-{name}.png"), describe(settings)


def _load(weights, assignments):
    network, tables, _ = load_network(weights, override=partial(shared.override_trained, assignments=assignments))
    return network, build_task(tables["task"])


def _is_run(weights):
    return (Path(weights) / "config.toml").exists()


def _folder(weights, out):
    """Where to draw: a folder that is there."""
    folder = Path(out) if out else Path(weights if _is_run(weights) else ".") / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
