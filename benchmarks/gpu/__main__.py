"""python -m benchmarks.gpu: time one training iteration of mgnm on a GPU beside PyTorch. ... kernels: every kernel."""

import importlib.util
import sys

from benchmarks.common import program
from benchmarks.common.nets import BATCH, STEPS
from mgnm.cli.options import write_json
from mgnm.cli.status import exit_status
from mgnm.errors import UserError

from . import kernels, rounds, table
from .backend import Cupy, Host
from .contestants import BASELINE, WHAT
from .facts import facts

EXAMPLE = f"""\
example:
  python -m benchmarks.gpu --nets S,M --rounds 5 --json gpu.json
  python -m benchmarks.gpu kernels --help       every CUDA kernel by itself

contestants:
{"".join(f"  {name:12} {what}{chr(10)}" for name, what in WHAT.items())}
Exit status: 0 measured, 1 mgnm or {BASELINE} failed or is doubtful (the table says why), 2 nothing could be measured.
"""

NOTE = f"""
wall: between two moments at which the device was idle; device: between two events around the same work.
difference: the largest, from mgnm in float64 on the CPU; allowed {rounds.TOLERANCE:.0e},
with TF32 {rounds.TF32_TOLERANCE:.0e}.
"""


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return exit_status("benchmarks.gpu", lambda: kernels.main(argv[1:]) if argv[:1] == ["kernels"] else
                       report(parse(argv), ["benchmarks.gpu", *argv]))


def parse(argv):
    parser = program.parser_of(
        "gpu",
        f"Time one training iteration (forward and backward, T = {STEPS}, B = {BATCH}, float32) of mgnm "
        "on a GPU beside PyTorch.", EXAMPLE)
    program.add_nets(parser)
    program.add_rounds(parser)
    program.add_json(parser)
    program.add_device(parser)
    options = parser.parse_args(argv)
    program.check(options)
    if importlib.util.find_spec("torch") is None:
        raise UserError("PyTorch is not installed: pip install -r benchmarks/requirements.txt")
    return options


def report(options, command):
    """Play all nets; print facts, table and every number. Returns the exit status."""
    found = facts(Cupy() if options.device == "gpu" else Host(), command)
    lines, numbers, failed = [], {}, False
    for name in options.nets:
        records = rounds.play(name, options.rounds, WHAT, options.device, program.progress)
        summary = table.summarise(records)
        lines += table.rows(name, records, summary)
        numbers |= table.flat(name, records, summary)
        found |= {"PyTorch": record.software for record in [records[BASELINE]] if record.software}
        failed |= not (records["mgnm"].good and records[BASELINE].good)
        if options.json:                                    # after every net: what was measured is not lost
            write_json(options.json, {**found, **numbers})
    for what, text in found.items():
        print(f"{what}: {text}")
    print("", table.header(), *lines, "", sep="\n")
    for name, what in WHAT.items():
        print(f"{name:12} {what}")
    print(NOTE)
    for name, value in numbers.items():
        print(f"{name}: {value}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
