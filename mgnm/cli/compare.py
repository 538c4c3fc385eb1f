"""`mgnm compare`: several networks on one task, with the same data, the same updates and, separately, the same time."""

import json
import shlex
from pathlib import Path

from ..errors import UserError
from ..settings import nearest
from ..tasks import KINDS
from ..training import comparison as contests
from ..training.run import write_text
from . import options as shared


def add(commands):
    """The command and its options."""
    command = shared.add_command(
        commands, "compare", run,
        "Train several networks on a task: the same data and updates, then the same time. The same command goes on where "
        "it was stopped.", "mgnm compare mapping --comparison mapping-15 --out runs/mapping-15")
    shared.add_task(command, help=f"one of {', '.join(KINDS)}")
    command.add_argument("--comparison", metavar="NAME", help=f"one of {', '.join(contests.comparison_names())}, or a TOML "
                         "file (default: the one with the task's name)")
    command.add_argument("--out", metavar="FOLDER", required=True, help="folder of the comparison, new or to go on with")
    command.add_argument("--only", metavar="A,B", help="these contestants only")
    command.add_argument("--choices", metavar="FILE", help="search.json with the learning rates and clips to use (default: "
                         "that in --out, else NAME.search.json beside the comparison, else those of the comparison)")
    stage = command.add_mutually_exclusive_group()
    stage.add_argument("--search", action="store_true", help="search learning rate and clip of each: writes search.json")
    stage.add_argument("--time", action="store_true", help="only measure the time of an update: leave the machine alone")
    stage.add_argument("--report", action="store_true", help="train nothing: table and picture of the runs that are there")
    shared.add_set(command)
    shared.add_json(command)
    shared.add_device(command)


def run(options):
    """Compare; exit status 0 at the end, 130 after Ctrl-C."""
    if options.task not in KINDS:
        raise UserError(f"task {options.task!r} is unknown: {nearest(options.task, list(KINDS))}")
    shared.check_json(options.json)
    check_pairs(options)
    tables, command = contests.recall(options.out) if options.report else (wanted(options), command_line(options))
    kind = tables["task"].get("kind")
    if kind != options.task:
        raise UserError(f"this comparison is for the task {kind}: give that instead of {options.task}, or choose another "
                        "--comparison")
    comparison = contests.Comparison(tables)
    names = options.only.split(",") if options.only else list(comparison.contestants)
    contests.check_contestants("--only", names, comparison)
    try:
        numbers = (search if options.search else compare)(comparison, names, command, options)
    except contests.Stopped:
        print(f"stopped, and saved; go on with: {shlex.join([*shlex.split(command), *of_this_call(options)])}")
        return 130
    shared.report(numbers, options.json)
    return 0


def check_pairs(options):
    """UserError for options of which one would be ignored."""
    ignored = {"report": ("comparison", "choices", "set"), "search": ("choices",), "time": ("only",)}
    for stage, names in ignored.items():
        for name in names:
            if getattr(options, stage) and getattr(options, name):
                raise UserError(f"--{name} does not go with --{stage}: leave one of them away")


def wanted(options):
    """The tables that are asked for: the comparison's, what a search chose, and --set."""
    path = contests.find_comparison(options.comparison or options.task)
    tables = contests.load_comparison(path)
    if not options.search:
        places = Path(options.out) / "search.json", path.with_suffix(".search.json")
        found = options.choices or next((place for place in places if place.exists()), None)
        if found:
            contests.choose(tables, found)
    return shared.override(tables, options.set)


def command_line(options):
    """The command that makes the whole of what is asked for, in one line."""
    words = ["mgnm", "compare", options.task, "--out", options.out]
    for name in ("comparison", "choices"):
        if getattr(options, name):
            words += [f"--{name}", getattr(options, name)]
    words += [word for assignment in options.set for word in ("--set", assignment)]
    return shlex.join(words + ["--search"] * options.search)


def of_this_call(options):
    """The words that say how this call works on what `command_line` makes, and change no result."""
    words = ["--time"] * options.time
    for name, usual in (("only", None), ("device", "cpu"), ("json", None)):
        if getattr(options, name) != usual:
            words += [f"--{name}", getattr(options, name)]
    return words


def search(comparison, names, command, options):
    """Search, and say what was chosen: {"NAME.learning_rate": ..., "NAME.clip": ...}."""
    found = contests.search(comparison, options.out, names, command, shared.device(options))
    print(f"Choices: {options.out}/search.json")
    for name, result in found["contestants"].items():
        for key in result["at_edge"]:
            print(f"{name}: the best {key} is at the edge of the grid; one beyond it may be better")
    return {f"{name}.{key}": result[key] for name, result in found["contestants"].items()
            for key in ("learning_rate", "clip")}


def compare(comparison, names, command, options):
    """Whatever is missing of timing, runs and report; every mean: {"NAME.equal_updates.f_score": ...}."""
    if options.report:
        pace = contests.recall_pace(options.out)
        if not pace:
            raise UserError(f"{options.out} holds no run yet, so there is nothing to report: leave --report away")
    else:
        contests.keep(options.out, comparison.tables, command)
        device = shared.device(options)
        pace = contests.measure_pace(comparison, options.out, device)
        if options.time:
            return {f"{name}.seconds_per_update": timed["seconds_per_update"]
                    for name, timed in pace["contestants"].items()}
        contests.compete(comparison, options.out, pace, names, device)
    results = {"command": command, **contests.gather(comparison, options.out, pace, names)}
    for path in write(results, comparison.task.headlines, Path(options.out)):
        print(path)
    return {f"{name}.{kind}.{key}": score["mean"] for name, one in results["contestants"].items()
            for kind in contests.KINDS for key, score in one[kind]["scores"].items()}


def write(results, headlines, folder):
    """comparison.json, comparison.md and comparison.png of these results; returns their paths."""
    from ..figures import comparison_figure, comparison_table  # matplotlib takes long to import: only where it is used

    paths = [folder / f"comparison.{suffix}" for suffix in ("json", "md", "png")]
    write_text(paths[0], json.dumps(results, indent=1) + "\n")
    write_text(paths[1], comparison_table(results, headlines))
    comparison_figure(results, paths[2], headlines)
    return paths
