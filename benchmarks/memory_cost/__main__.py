"""python -m benchmarks.memory_cost: time and bytes of an update as the memory grows, with the slopes, and a picture."""

import math
import os
import sys

from benchmarks.common import program
from benchmarks.cpu import machine
from mgnm.cli.options import check_json, write_json
from mgnm.cli.status import exit_status
from mgnm.errors import UserError
from mgnm.settings import nearest

from . import rounds, table
from .contestants import BATCH, FAMILIES, STEPS, TASK

EXAMPLE = """\
example:
  python -m benchmarks.memory_cost --json benchmarks/results/memory-cost.json

Exit status: 0 measured, 2 nothing could be measured.
"""


def main(argv=None):
    return exit_status("benchmarks.memory_cost", lambda: report(parse(argv)))


def parse(argv):
    parser = program.parser_of(
        "memory_cost",
        f"Time and bytes of an update as the memory grows (task {TASK['kind']}, {2 * STEPS + 1} steps, batch "
        f"{BATCH}, float32, one core).", EXAMPLE)
    parser.add_argument("--networks", metavar="A,B", default=",".join(FAMILIES), help=f"some of {', '.join(FAMILIES)}")
    parser.add_argument("--sizes", metavar="N", type=int, default=99, help="only the smallest N sizes of each")
    parser.add_argument("--most-gb", metavar="GB", type=float, default=4.0, help="what a process may take (default: 4)")
    program.add_rounds(parser)
    program.add_json(parser)
    options = parser.parse_args(argv)
    options.networks = options.networks.split(",")
    for name in options.networks:
        if name not in FAMILIES:
            raise UserError(f"--networks: {name!r} is unknown: {nearest(name, list(FAMILIES))}")
    for name in ("rounds", "sizes", "most_gb"):
        if not getattr(options, name) > 0:
            raise UserError(f"--{name.replace('_', '-')} {getattr(options, name)} is too small: give a number above 0")
    if math.isinf(options.most_gb):
        raise UserError("--most-gb inf is no number of bytes: give a smaller one")
    check_json(options.json)
    if sys.platform != "linux":
        raise UserError("the memory of a process is limited as Linux does it: run this on Linux")
    return options


def report(options):
    """Measure, print the table, then every number, one a line; numbers and picture go beside the JSON file."""
    facts = {"processor": f"{machine.cpu_model()}, {machine.cores()} cores, 1 used",
             "software": machine.numpy_software(),
             "load": f"{os.getloadavg()[0]:.1f} at the start; times are processor seconds"}
    most_bytes = int(options.most_gb * 2 ** 30)
    results = rounds.play(options.networks, options.sizes, options.rounds, most_bytes, program.progress)
    for what, text in facts.items():
        print(f"{what}: {text}")
    print("", *table.lines(FAMILIES, results), "", sep="\n")
    for name, number in table.flat(results).items():
        print(f"{name}: {number}")
    if options.json:
        from .picture import draw  # matplotlib takes long to import: only where it is used

        write_json(options.json, {**facts, "rounds": options.rounds, "records": results,
                                  "slopes": {name: table.slopes(records) for name, records in results.items()}})
        draw(FAMILIES, results, options.json.with_suffix(".png"))


if __name__ == "__main__":
    sys.exit(main())
