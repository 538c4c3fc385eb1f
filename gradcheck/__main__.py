"""python -m gradcheck: check every backward pass and print a table. python -m gradcheck kernels: every CUDA kernel."""

import argparse
import difflib
import math
import sys
import time
from pathlib import Path

from gradcheck import cases, devices  # noqa: F401  (importing the cases fills the registry)
from gradcheck.hostcuda import cli as hostcuda
from gradcheck.registry import CASES, run
from mgnm.cli.options import check_json, write_json
from mgnm.cli.status import exit_status
from mgnm.errors import UserError

EXAMPLE = """\
example:
  python -m gradcheck --filter conv3x3 --json conv3x3.json

Each line is one case. "full" compares every output entry against every input entry, "directions" one random direction
for each argument. The error is relative; the argument with the largest one is named.
  python -m gradcheck --device gpu        compare the GPU with NumPy: every output and gradient, float32 and float64
  python -m gradcheck --device host       the same without a GPU: the CUDA text, run on this CPU
  python -m gradcheck kernels --help      run the CUDA kernels on the CPU, or compile them for GPUs

Exit status: 0 all passed, 1 a gradient is wrong, 2 bad arguments.
"""


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    return exit_status("gradcheck", lambda: hostcuda.main(argv[1:]) if argv[:1] == ["kernels"] else table(parse(argv)))


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m gradcheck", epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Check every hand-written backward pass against central differences in float64.")
    parser.add_argument("--filter", metavar="SUBSTRING", default="", help="only the cases whose name contains this")
    parser.add_argument("--device", choices=("cpu", "host", "gpu"), default="cpu",
                        help="cpu: central differences (default); host, gpu: compare that device with NumPy")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results to this file as well")
    options = parser.parse_args(argv)
    check_json(options.json)
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
    start = time.perf_counter()
    if options.device == "cpu":
        results, worst = differences(chosen)
    else:
        results, worst = comparisons(chosen, options.device)
    failed = len({result["name"] for result in results if not result["passed"]})
    summary = {"cases": len(chosen), "failed": failed, **{name: float(f"{error:.2e}") for name, error in worst.items()},
               "seconds": round(time.perf_counter() - start, 2)}
    if options.json:
        write_json(options.json, {**summary, **numbers(worst), "results": results})
    print()
    for name, value in summary.items():
        print(f"{name}: {value}")
    return 1 if failed else 0


def differences(chosen):
    """Compare with central differences: the results as JSON has them, and the worst error of all."""
    width = max(len(case.name) for case in chosen)
    row = f"{{:{width}}}  {{:10}}  {{:>7}}  {{:>7}}  {{:20}}  {{:>7}}  {{}}"
    print(row.format("case", "check", "error", "limit", "in", "seconds", "arguments"))
    results, worst = [], 0.0
    for case in chosen:
        found = run(case)
        name, error = found.report.worst
        print(row.format(case.name, kind(case), f"{error:.1e}", f"{case.tolerance:.0e}", name, f"{found.seconds:.2f}",
                         shapes(found.shapes)), flush=True)
        print_faults(found.report.faults)
        worst = max(worst, error)
        results.append({"name": case.name, "covers": case.covers, "check": kind(case), "tolerance": case.tolerance,
                        "passed": found.report.passed, "seconds": found.seconds, "shapes": found.shapes,
                        "errors": numbers(found.report.errors), "faults": found.report.faults})
    return results, {"worst_error": worst}


def comparisons(chosen, device):
    """Compare a device with NumPy: the results as JSON has them, one for each dtype, and the worst errors of all."""
    width = max(len(case.name) for case in chosen)
    row = f"{{:{width}}}" + "  {:>7}  {:22}" * len(devices.TOLERANCES) + "  {:>7}"
    results, worst = [], dict.fromkeys((f"worst_{dtype}" for dtype in devices.TOLERANCES), 0.0)
    with devices.opened(device) as xp:
        print(row.format("case", *(text for dtype in devices.TOLERANCES for text in (dtype, "in")), "seconds"))
        for case in chosen:
            both = [devices.compare(case, xp, dtype) for dtype in devices.TOLERANCES]
            errors = [text for found in both for text in (f"{found.worst[1]:.1e}", found.worst[0])]
            print(row.format(case.name, *errors, f"{sum(found.seconds for found in both):.2f}"), flush=True)
            for found in both:
                print_faults(f"{found.dtype}: {fault}" for fault in found.faults)
                worst[f"worst_{found.dtype}"] = max(worst[f"worst_{found.dtype}"], found.worst[1])
                results.append({"name": case.name, "covers": case.covers, "dtype": found.dtype,
                                "tolerance": devices.TOLERANCES[found.dtype], "passed": found.passed,
                                "seconds": found.seconds, "errors": numbers(found.errors), "faults": found.faults})
    return results, worst


def print_faults(faults):
    for fault in faults:
        print(f"  WRONG  {fault}")


def kind(case):
    return "full" if case.full else "directions"


def shapes(arguments, most=4):
    """x (3, 4)  w (4, 5) ...; a network has too many arguments to name them all."""
    texts = [f"{name} {shape}" for name, shape in arguments.items()]
    return "  ".join(texts[:most]) + (f"  and {len(texts) - most} more" if len(texts) > most else "")


def numbers(errors):
    """Errors for JSON, which knows no infinity: one that has no number is null."""
    return {name: error if math.isfinite(error) else None for name, error in errors.items()}


if __name__ == "__main__":
    sys.exit(main())
