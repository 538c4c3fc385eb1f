"""What several commands have in common: their help, their options, and how numbers are printed."""

import argparse
import copy
import json
import os
import tomllib
from pathlib import Path

from ..device import select
from ..errors import UserError
from ..settings import nearest


def add_command(commands, name, run, summary, example):
    """A sub-command with a help text that ends in an example; returns its parser."""
    command = commands.add_parser(name, help=summary, description=summary, epilog=f"example:\n  {example}",
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.set_defaults(run=run)
    return command


def add_device(command):
    """--device"""
    command.add_argument("--device", default="cpu", help="cpu (default), gpu, or auto: the gpu where one works")


def add_task(command, **look):
    """TASK, its words joined by _ or by -."""
    command.add_argument("task", type=lambda name: name.replace("-", "_"), **look)


def add_workers(command):
    """--workers"""
    command.add_argument("--workers", type=int, default=None, metavar="N",
                         help="processes that share the work (default: one per core, at most one per shard)")


def add_set(command, example="training.updates=500"):
    """--set, any number of times."""
    command.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE",
                         help=f"override a setting, such as {example}; may be given several times")


def add_json(command):
    """--json"""
    command.add_argument("--json", metavar="FILE", help="also write the numbers to this file")


def device(options):
    """The name of the device to use, "cpu" or "gpu"; where the program chose it, it says which and why."""
    chosen = select(options.device)
    if options.device == "auto":
        print(f"device: {chosen.name} ({chosen.reason})")
    return chosen.name


def workers(options, device):
    """The number of processes asked for; else one per core, and one for a GPU."""
    if options.workers is not None and options.workers < 1:
        raise UserError(f"--workers {options.workers} is too small: give 1 or more")
    if options.workers is not None:
        return options.workers
    if device == "gpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def override(tables, assignments):
    """Settings with `table.key=value` assignments put in; the value is read as TOML, or else taken as text. A key may lead
    into a setting that is a table itself, such as training.actor_critic.entropy."""
    tables = copy.deepcopy(tables)
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        table, *inner, name = key.strip().split(".") if "." in key else ("",) * 2
        if not equals or not table or not name:
            raise UserError(f"--set {assignment} is not of the form TABLE.KEY=VALUE, such as training.updates=500")
        if table not in tables:
            raise UserError(f"--set {assignment}: there is no table {table}: {nearest(table, list(tables))}")
        place = tables[table]
        for step in inner:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise UserError(f"--set {assignment}: {step} is a setting, and no table of settings: leave .{name} away")
        try:
            place[name] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            place[name] = text.strip()
    return tables


def override_trained(tables, assignments, among=("task", "network")):
    """The settings of trained weights with assignments to these tables put in; UserError for others. The network may be
    another one as long as the weights fit: those of convolutions do not depend on the size of the grids."""
    for assignment in assignments:
        if assignment.strip().partition(".")[0] not in among:
            names = " and ".join(f"{table}.KEY=VALUE" for table in among)
            raise UserError(f"--set {assignment}: of trained weights only {names} can be changed")
    return override(tables, assignments)


def report(numbers, path=None):
    """Print one `name: value` a line, floats with four digits; all digits go to the JSON file `path`, if there is one."""
    for name, value in numbers.items():
        print(f"{name}: {value:.4f}" if isinstance(value, float) else f"{name}: {value}")
    if path:
        write_json(path, numbers)


def check_file(option, path, suffixes=()):
    """UserError, before anything long begins, where the FILE of an option could not be written (None: it was not given).
    suffixes: that it may end in; none for any."""
    if not path:
        return
    if Path(path).is_dir():
        raise UserError(f"{option} {path} is a directory: name a file")
    if not Path(path).absolute().parent.is_dir():
        raise UserError(f"{option} {path}: there is no directory {Path(path).absolute().parent}; make it first")
    if suffixes and Path(path).suffix not in suffixes:
        raise UserError(f"{option} {path}: name a file that ends in {', '.join(suffixes)}")


def check_json(path):
    """`check_file` of --json FILE."""
    check_file("--json", path)


def write_json(path, content):
    """What --json FILE gets; UserError where it cannot be written."""
    try:
        Path(path).write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise UserError(f"--json {path}: cannot be written ({error.strerror}); choose another file") from None
