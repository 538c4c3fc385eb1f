"""python -m benchmarks.cpu: time one training iteration of mgnm beside PyTorch and print a table."""

import importlib.util
import os
import sys

from benchmarks.common import program
from benchmarks.common.nets import BATCH, STEPS
from mgnm.cli.options import write_json
from mgnm.cli.status import exit_status
from mgnm.errors import UserError

from . import machine, rounds, table
from .contestant import CORES

BUSY = 0.5              # a load average above this is other people's work

EXAMPLE = """\
example:
  python -m benchmarks.cpu --nets S,M --rounds 5 --json cpu.json

contestants: mgnm; plain, PyTorch step by step as most people write it; best, PyTorch as fast as we could make it.
Exit status: 0 measured, 2 nothing could be measured.
"""


def main(argv=None):
    return exit_status("benchmarks.cpu", lambda: report(parse(argv)))


def parse(argv):
    parser = program.parser_of(
        "cpu",
        f"Time one training iteration (forward and backward, T = {STEPS}, B = {BATCH}, float32, "
        f"{CORES} cores) of mgnm beside PyTorch.", EXAMPLE)
    program.add_nets(parser)
    program.add_rounds(parser)
    program.add_json(parser)
    options = parser.parse_args(argv)
    program.check(options)
    if sys.platform != "linux":
        raise UserError("peak memory is read from /proc: run this on Linux")
    if importlib.util.find_spec("torch") is None:
        raise UserError("PyTorch is not installed: pip install -r benchmarks/requirements.txt")
    return options


def report(options):
    """Check, time, and print the table; then every number, one a line."""
    load = os.getloadavg()[0]
    numbers, lines, software, errors = {}, [], {}, {}
    for name in options.nets:
        program.progress(f"net {name}: comparing logits, loss and gradients")
        errors[name] = rounds.program("check", name)
        results = rounds.play(name, options.rounds, program.progress)
        summary = table.summarise(results)
        lines += table.rows(name, summary)
        numbers |= table.flat(name, summary)
        software = {contestant: turns[0]["software"] for contestant, turns in results.items()}
    facts = {"processor": f"{machine.cpu_model()}, {machine.cores()} cores, {CORES} used",
             "load": f"{load:.1f} at the start" + (": BUSY, the times mean little" if load > BUSY else ""),
             **software}
    for what, text in facts.items():
        print(f"{what}: {text}")
    for name, error in errors.items():
        print(f"net {name}, the same work: largest difference {error['float64']:.0e} in float64, "
              f"{error['float32']:.0e} in float32")
    print("", table.header(), *lines, "", sep="\n")
    for name, value in numbers.items():
        print(f"{name}: {value}")
    if options.json:
        write_json(options.json, {**facts, "differences": errors, **numbers})


if __name__ == "__main__":
    sys.exit(main())
