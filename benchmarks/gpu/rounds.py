"""The rounds: all contestants of a net stand ready, each in its process, and take their turns one at a time.

They start together, because importing libraries is slow; but only one computes while it is timed, and what waits holds
its weights (and its graph) only. Whoever fails is left out from then on, and the others go on. Who computes something
else is timed, but marked.
"""

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.common.compare import difference
from mgnm.errors import UserError

from .contestants import BASELINE, REFERENCE, uses_tf32
from .worker import load

ROOT = Path(__file__).parents[2]
PATIENCE = 300          # seconds for an answer

# Largest difference from mgnm in float64: of logits, loss and gradient, relative to the largest entry. Where the inputs
# of a max-pool are equal but for rounding, rounding decides which of them gets the gradient. On the CPU, layers reaches
# 8e-6, 4e-4 and 1.5e-3 so (nets S, M and L; in L by 23 windows whose inputs differ by 1.4e-8 at most), while steps and
# mgnm stay below 1e-6; with the inputs of convolutions rounded as TF32 does, it is 5e-4 to 1.2e-3.
TOLERANCE, TF32_TOLERANCE = 5e-3, 2e-2
SAME_LOSS, TF32_SAME_LOSS = 1e-4, 1e-3          # relative, over all iterations of a turn

# Variables that choose another arithmetic or another way to launch behind a contestant's back.
MEDDLING = ("CUPY_TF32", "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "CUDA_LAUNCH_BLOCKING",
            "CUPY_ACCELERATORS")


@dataclass
class Record:
    """What is known of a contestant. turns: its answers; failure: why it has no numbers; doubt: why it may not have
    done the same work."""

    software: str = ""
    peak_bytes: int = 0
    difference: float = float("nan")
    turns: list = field(default_factory=list)
    failure: str | None = None
    doubt: str | None = None

    @property
    def good(self):
        """Whether its numbers are there and mean what they say."""
        return self.failure is None and self.doubt is None


class Failure(Exception):
    """A contestant has said why it cannot go on, or says nothing any more."""


class Process:
    """A worker: `ask` sends a request and waits for the answer; a Failure ends it."""

    def __init__(self, *arguments, patience=PATIENCE):
        self.patience = patience
        self.process = subprocess.Popen([sys.executable, "-m", "benchmarks.gpu.worker", *arguments], cwd=ROOT,
                                        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *request):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass                                            # it has ended; its last words can still be read
        return self.answer()

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], self.patience)
        line = self.process.stdout.readline() if ready else None
        if line:
            content = json.loads(line)
            if "error" not in content:
                return content
        self.end(kill=not ready)
        if line:
            raise Failure(content["error"])
        raise Failure(f"ended with status {self.process.returncode}" if ready else f"no answer in {self.patience} s")

    def end(self, kill=False):
        """Let it end, or end it."""
        if kill:
            self.process.kill()
        try:
            self.process.stdin.close()
        except OSError:
            pass                                            # it ended before it had read all
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def environment():
    """This process's environment without MEDDLING: what is off by default stays off."""
    return {name: value for name, value in os.environ.items() if name not in MEDDLING}


def play(net_name, count, names, device, progress):
    """{contestant: Record} after `count` rounds; progress(text) is called before every part. UserError if the
    reference, which is mgnm on the CPU, fails."""
    records = {name: Record() for name in names}
    processes = {name: Process(name, net_name, device) for name in (REFERENCE, *names)}
    try:
        with TemporaryDirectory() as folder:
            progress(f"net {net_name}: the reference, mgnm in float64 on the CPU")
            expected = of_reference(processes[REFERENCE], Path(folder) / "reference.npz")
            for name, record in records.items():
                progress(f"net {net_name}: {name} starts, and is compared")
                attempt(record, check, record, processes[name], Path(folder) / f"{name}.npz", expected, uses_tf32(name))
        for number in range(1, count + 1):
            for name, record in records.items():
                if record.failure is None:
                    progress(f"net {net_name}, round {number} of {count}: {name}")
                    attempt(record, lambda: record.turns.append(processes[name].ask("turn")))
    finally:
        for process in processes.values():
            process.end()
    check_losses(records)
    return records


def of_reference(process, path):
    """The reference's results; it is not needed any more."""
    try:
        process.answer()
        process.ask("results", str(path))
    except Failure as failure:
        raise UserError(f"mgnm failed on the CPU ({failure}): run the tests first") from None
    process.end()
    return load(path)


def attempt(record, action, *arguments):
    """Do it, or note in the record why not."""
    try:
        action(*arguments)
    except Failure as failure:
        record.failure = str(failure)


def check(record, process, path, expected, tf32):
    """Fill the record, with a doubt where the contestant computes something else."""
    record.software = process.answer()["software"]
    record.peak_bytes = process.ask("warm")["peak_bytes"]
    process.ask("results", str(path))
    record.difference = difference(expected, load(path), separate=False)
    path.unlink()
    tolerance = TF32_TOLERANCE if tf32 else TOLERANCE
    if not record.difference <= tolerance:
        record.doubt = f"differs by {record.difference:.1e} from the reference, allowed {tolerance:.0e}"


def check_losses(records):
    """Note a doubt where a contestant's losses are not the baseline's, turn by turn, as far as both went."""
    baseline = records.get(BASELINE, Record(failure="not there"))
    for name, record in records.items():
        allowed = TF32_SAME_LOSS if uses_tf32(name) else SAME_LOSS
        if baseline.failure is None and record.failure is None:
            error = np.max([abs(a - b) / abs(b) for turn in record.turns
                            for a, b in zip(turn["losses"], baseline.turns[0]["losses"])])
            if not error <= allowed:
                record.doubt = f"its losses leave those of {BASELINE} by {error:.1e}, allowed {allowed:.0e}"
