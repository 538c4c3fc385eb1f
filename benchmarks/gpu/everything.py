"""All that the first one with a GPU runs, in one go: `make gpu`, or `python -m benchmarks.gpu.everything --minutes 25`.

Tests, gradients and kernels on the device, both benchmarks, a training and its score. A step that fails does not stop
the next one. What the steps print goes to benchmarks/results/gpu-<device>/, the numbers beside it as JSON.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mgnm.cli.status import exit_status
from mgnm.errors import UserError

from .backend import Cupy
from .facts import device_name, slug

ROOT = Path(__file__).parents[2]
RUN = "runs/gpu-small"
GRACE = 60              # seconds for a step to end after it was interrupted
EVALUATION = 0.06       # of the time: kept back for the last step


@dataclass(frozen=True)
class Step:
    """A command of this Python. share: of the whole time, at most; None: what is left, and then it may be stopped."""

    name: str
    command: list
    share: float | None


@dataclass(frozen=True)
class Outcome:
    """How a step ended: its last words, seconds, and the file with all of them."""

    step: Step
    result: str
    good: bool
    seconds: float
    log: Path

    def line(self):
        return f"{self.step.name:18} {self.result:22} {self.seconds:6.0f} s   {last_line(self.log)}"


def steps(results, folder):
    """What is done, in this order. results: the beginning of the JSON files' names."""
    begun = (ROOT / RUN / "config.toml").exists()
    training = ["--resume", RUN] if begun else ["mapping", "--preset", "small", "--out", RUN]
    return [
        Step("tests", ["-m", "pytest", "--numprocesses", "auto", "--maxprocesses", "8", "--dist", "loadfile",
                       "--ignore", "tests/test_tutorials.py"], 0.20),      # notebooks need more packages, and no GPU
        Step("gradients", ["-m", "gradcheck", "--device", "gpu"], 0.12),
        Step("kernels-checked", ["-m", "gradcheck", "kernels", "--device", "gpu"], 0.08),
        Step("iterations", ["-m", "benchmarks.gpu", "--json", f"{results}.json"], 0.28),
        Step("kernels-timed", ["-m", "benchmarks.gpu", "kernels", "--json", f"{results}-kernels.json"], 0.12),
        Step("training", ["-m", "mgnm", "train", *training, "--device", "gpu"], None),
        Step("evaluation", ["-m", "mgnm", "evaluate", RUN, "--device", "gpu", "--json", f"{folder}/scores.json"],
             EVALUATION),
    ]


def play(steps, folder, seconds=None):
    """The Outcome of every step, one after the other; seconds: for all of them, None for no limit."""
    ends = None if seconds is None else time.monotonic() + seconds
    outcomes = []
    for step in steps:
        limit = None
        if ends is not None:
            left = ends - time.monotonic()
            limit = max(1.0, left - EVALUATION * seconds if step.share is None else min(left, step.share * seconds))
        print(f"{step.name}: python {' '.join(map(str, step.command))}", flush=True)
        outcomes.append(run(step, folder / f"{step.name}.log", limit))
        print(f"{step.name}: {outcomes[-1].result}", flush=True)
    return outcomes


def run(step, log, limit):
    """Run a step for at most `limit` seconds: then it gets a Ctrl-C, on which a training saves, and GRACE."""
    started, stopped = time.monotonic(), False
    with open(log, "wb") as output:
        process = subprocess.Popen([sys.executable, *step.command], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            stopped = True
        finally:
            stop(process)
    return Outcome(step, *judge(step, process.returncode, stopped), time.monotonic() - started, log)


def judge(step, status, stopped):
    """(result, whether it is good) of a step that ended with this exit status; stopped: because its time was over."""
    if not stopped:
        return ("passed", True) if status == 0 else (f"FAILED, status {status}", False)
    saved = step.share is None and status == 130            # as `mgnm train` ends after Ctrl-C
    return ("stopped in time, saved", True) if saved else ("OUT OF TIME", False)


def stop(process):
    """End a process and all that it started, if it has not ended."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                pass


def last_line(path):
    """The last line of a file that says something."""
    lines = [line.strip() for line in path.read_text(errors="replace").replace("\r", "\n").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def main(argv=None):
    return exit_status("benchmarks.gpu.everything", lambda: report(parse(argv)))


def parse(argv):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.everything", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, help="stop the training in time, so that all ends after so long")
    options = parser.parse_args(argv)
    if options.minutes is not None and not options.minutes > 0:
        raise UserError(f"--minutes {options.minutes} is too short: give a number above 0")
    return options


def report(options):
    """Take all steps; a summary is printed and kept beside their logs. Returns the exit status."""
    device = device_name(Cupy())
    folder = ROOT / "benchmarks" / "results" / f"gpu-{slug(device)}"
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = play(steps(folder, folder), folder, options.minutes and 60 * options.minutes)
    failed = sum(not outcome.good for outcome in outcomes)
    summary = "\n".join([f"device: {device}", *(outcome.line() for outcome in outcomes), f"failed: {failed}",
                         f"logs: {folder.relative_to(ROOT)}"])
    (folder / "summary.txt").write_text(summary + "\n")
    print("\n" + summary)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
