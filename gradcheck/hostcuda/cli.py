"""python -m gradcheck.hostcuda: run every kernel of the project on the CPU against its twin, and print a table."""

import argparse
import difflib
from pathlib import Path

import numpy as np

from gradcheck.hostcuda import cases, nvrtc  # noqa: F401  (importing the cases fills the registry)
from gradcheck.hostcuda.faults import KernelFault
from gradcheck.hostcuda.launch import plan
from gradcheck.hostcuda.registry import CASES
from mgnm import device
from mgnm.cli.options import check_json, write_json
from mgnm.errors import UserError, first_line

EXAMPLE = """\
example:
  python -m gradcheck.hostcuda lstm_gates --compile

Each line is one kernel: how often it ran, its largest error against its NumPy twin (relative to the twin's largest
entry), and the time. Exit status: 0 all passed, 1 a kernel is wrong, 2 bad arguments.
"""


def main(argv=None):
    """Check the kernels that the arguments name. Returns the exit status; UserError for bad arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m gradcheck.hostcuda", epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run CUDA kernels, as they are written, on the CPU, and compare them with their NumPy twins.")
    parser.add_argument("names", metavar="NAME", nargs="*", help="only the kernels whose name contains one of these")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu", help="gpu: launch them on a GPU instead")
    parser.add_argument("--compile", action="store_true", help="also compile for four GPU architectures by NVRTC")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results to this file as well")
    options = parser.parse_args(argv)
    chosen = select(options.names)
    check_json(options.json)
    if options.device == "gpu":
        device.select("gpu")                                # UserError, with the reason, where there is none
    results = [run(case, options.device) for case in chosen]
    failed = [name for name, report in results if report is None]
    summary = {"kernels": len(results), "failed": len(failed),
               "launches": sum(report.launches for _, report in results if report)}
    if options.compile:
        resources, refused = compile_all(chosen)
        print("\n" + nvrtc.table(resources))
        summary |= {"compiled": len(resources), "refused": refused}
    if options.json:
        write_json(options.json, as_json(summary, results))
    print("\n" + "\n".join(f"{name}: {value}" for name, value in summary.items()))
    return 1 if failed or summary.get("refused") else 0


def select(names):
    """The cases whose kernel's name contains one of the names; UserError for a name that finds none."""
    for name in names:
        if not any(name in known for known in CASES):
            near = difflib.get_close_matches(name, CASES, n=3, cutoff=0) or ["none"]
            raise UserError(f"no kernel has {name!r} in its name; the nearest are {', '.join(near)}")
    return [case for known, case in CASES.items() if not names or any(name in known for name in names)]


def run(case, where):
    """Check one case on a device and print its line: (name, Report or None)."""
    name = case.kernel.name
    try:
        report = case.run(where)
    except KernelFault as fault:
        print(f"{name:28} WRONG  {fault.what}", flush=True)
        return name, None
    except Exception as error:                              # whatever CuPy raises: the other kernels are checked as well
        if where != "gpu":
            raise
        print(f"{name:28} WRONG  {type(error).__name__}: {first_line(error)}", flush=True)
        return name, None
    worst = {dtype: max((e for output, e in report.errors.items() if output.endswith(dtype)), default=0.0)
             for dtype in case.dtypes}
    errors = "  ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    print(f"{name:28} {report.launches:5} launches  {errors}  {report.seconds:6.2f} s", flush=True)
    return name, report


def compile_all(chosen):
    """(Resources of every kernel for every architecture, how many were refused)"""
    resources, refused = [], 0
    for case in chosen:
        arguments = case.draw(np.random.default_rng(0), np.dtype(case.dtypes[0]))
        planned = plan(case.kernel, [arguments[p.name] for p in case.kernel.parameters])
        for architecture in nvrtc.ARCHITECTURES:
            try:
                resources.append(nvrtc.check(planned, architecture))
            except KernelFault as fault:
                refused += 1
                print(f"{fault.kernel:28} WRONG  {fault.what}")
    return resources, refused


def as_json(summary, results):
    """The summary and every error; null for a kernel that is wrong."""
    return {**summary, "results": [{"kernel": name, "errors": report and report.errors} for name, report in results]}
