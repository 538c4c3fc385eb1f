"""python -m gradcheck: check every backward pass and print a table. python -m gradcheck kernels: every CUDA kernel."""

import argparse
import difflib
import json
import math
import sys
import time
from pathlib import Path

from gradcheck import cases  # noqa: F401  (importing it fills the registry)
from gradcheck.hostcuda import cli as hostcuda
from gradcheck.registry import CASES, run
from mgnm.errors import UserError

EXAMPLE = """\
example:
  python -m gradcheck --filter conv3x3 --json conv3x3.json

Each line is one case. "full" compares every output entry against every input entry, "directions" one random direction
for each argument. The error is relative; the argument with the largest one is named.
  python -m gradcheck kernels --help      run the CUDA kernels on the CPU, or compile them for GPUs

Exit status: 0 all passed, 1 a gradient is wrong, 2 bad arguments.
"""


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    try:
        return hostcuda.main(argv[1:]) if argv[:1] == ["kernels"] else table(parse(argv))
    except UserError as error:
        print(f"gradcheck: {error}", file=sys.stderr)
        return 2


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m gradcheck", epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Check every hand-written backward pass against central differences in float64.")
    parser.add_argument("--filter", metavar="SUBSTRING", default="", help="only the cases whose name contains this")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results to this file as well")
    options = parser.parse_args(argv)
    if options.json and options.json.is_dir():
        raise UserError(f"--json {options.json} is a directory: name a file")
    if options.json and not options.json.absolute().parent.is_dir():
        raise UserError(f"--json {options.json}: there is no directory {options.json.absolute().parent}; make it first")
    return options


def select(substring):
    """All cases whose name contains the substring; UserError with the nearest names if there are none."""
    chosen = [case for name, case in CASES.items() if substring in name]
    if not chosen:
        words = sorted({word for name in CASES for word in (name, *name.split("/"))})
        near = difflib.get_close_matches(substring, words, n=3, cutoff=0)
        raise UserError(f"no case has {substring!r} in its name; the nearest names are {', '.join(near)}")
    return chosen


def table(options):
    """Run the cases, print a line for each as it is done, then the summary. Returns the exit status."""
    chosen = select(options.filter)
    width = max(len(case.name) for case in chosen)
    row = f"{{:{width}}}  {{:10}}  {{:>7}}  {{:>7}}  {{:20}}  {{:>7}}  {{}}"
    print(row.format("case", "check", "error", "limit", "in", "seconds", "arguments"))
    start = time.perf_counter()
    results = []
    for case in chosen:
        results.append(result := run(case))
        name, error = result.report.worst
        print(row.format(case.name, kind(case), f"{error:.1e}", f"{case.tolerance:.0e}", name, f"{result.seconds:.2f}",
                         shapes(result.shapes)), flush=True)
        for fault in result.report.faults:
            print(f"  WRONG  {fault}")
    failed = sum(not result.report.passed for result in results)
    summary = {"cases": len(results), "failed": failed,
               "worst_error": float(f"{max(result.report.worst[1] for result in results):.2e}"),
               "seconds": round(time.perf_counter() - start, 2)}
    if options.json:
        write(options.json, summary, results)
    print()
    for name, value in summary.items():
        print(f"{name}: {value}")
    return 1 if failed else 0


def kind(case):
    return "full" if case.full else "directions"


def shapes(arguments, most=4):
    """x (3, 4)  w (4, 5) ...; a network has too many arguments to name them all."""
    texts = [f"{name} {shape}" for name, shape in arguments.items()]
    return "  ".join(texts[:most]) + (f"  and {len(texts) - most} more" if len(texts) > most else "")


def write(path, summary, results):
    """The summary, and every error of every argument. JSON knows no infinity: an error that has no number is null."""
    def number(error):
        return error if math.isfinite(error) else None

    content = {**summary, "worst_error": number(summary["worst_error"]), "results": [
        {"name": result.case.name, "covers": result.case.covers, "check": kind(result.case),
         "tolerance": result.case.tolerance, "passed": result.report.passed, "seconds": result.seconds,
         "shapes": result.shapes, "errors": {name: number(error) for name, error in result.report.errors.items()},
         "faults": result.report.faults} for result in results]}
    try:
        path.write_text(json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise UserError(f"--json {path}: cannot be written ({error.strerror}); choose another file") from None


if __name__ == "__main__":
    sys.exit(main())
