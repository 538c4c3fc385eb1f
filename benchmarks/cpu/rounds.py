"""The rounds: every contestant in a process of its own, one at a time, in turn: a busy minute hits all of them."""

import json
import subprocess
import sys
from pathlib import Path

from mgnm.errors import UserError

from . import machine

ROOT = Path(__file__).parents[2]
CONTESTANTS = {"mgnm": {}, "plain": {}, "best": machine.TUNED_MALLOC}      # name: what is added to its environment
SAME_LOSS = 1e-4        # relative; float32 over all warm-up and timed iterations


def program(module, *arguments, extra={}):
    """What a program of this package prints as JSON. UserError if it fails; its own words are on the screen by then."""
    command = [sys.executable, "-m", f"benchmarks.cpu.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=machine.environment(extra), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise UserError(f"{' '.join(command[1:])} failed with exit status {done.returncode}: see its own words above")
    return json.loads(done.stdout)


def play(net_name, count, progress):
    """{contestant: [result of every round]}; progress(text) is called before every process."""
    results = {name: [] for name in CONTESTANTS}
    for number in range(1, count + 1):
        for name, extra in CONTESTANTS.items():
            progress(f"net {net_name}, round {number} of {count}: {name}")
            results[name].append(program("contestant", name, net_name, extra=extra))
    check_losses(net_name, results)
    return results


def check_losses(net_name, results):
    """UserError unless all contestants reported the same losses in all rounds."""
    expected = results["mgnm"][0]["losses"]
    for name, rounds in results.items():
        for losses in (result["losses"] for result in rounds):
            error = max(abs(a - b) / abs(b) for a, b in zip(losses, expected, strict=True))
            if not error <= SAME_LOSS:
                raise UserError(f"net {net_name}: the losses of {name} differ from mgnm's by {error:.1e}: what was "
                                "timed is not the same work; find out why before you believe any number")
