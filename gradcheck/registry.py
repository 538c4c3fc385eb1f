"""The list of everything that is checked. A case says what it covers and draws the point at which it is checked."""

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradcheck.checker import TOLERANCE, Report, check

CASES = {}
MANY_KINKS = 1e-6       # tolerance among thousands of relus: only tiny steps miss their kinks, and rounding weighs more


@dataclass(frozen=True)
class Case:
    """One function at one point. `build(rng)` returns (function, arguments) as `gradcheck.checker.check` wants them."""

    name: str           # "what/variant"
    covers: str         # what is under test: op ("conv3x3"), layer class ("MultigridMemory"), network ("reader_writer")
    full: bool          # the whole Jacobian, or one random direction for each argument
    tolerance: float
    build: Callable

    def rng(self):
        """A generator that depends on the name alone: a new case does not move the numbers of the others."""
        return np.random.default_rng(zlib.crc32(self.name.encode()))


@dataclass(frozen=True)
class Result:
    case: Case
    report: Report
    shapes: dict        # argument: shape
    seconds: float


def case(name, covers, full=False, tolerance=TOLERANCE):
    """Decorator: register `build(rng) -> (function, arguments)` under a name that is not taken yet."""
    def register(build):
        if name in CASES:
            raise ValueError(f"there are two cases called {name}")
        CASES[name] = Case(name, covers, full, tolerance, build)
        return build
    return register


def run(case):
    """Check one case. An exception inside it is a failure of the case, not of the run."""
    start = time.perf_counter()
    report, shapes = Report(), {}
    try:
        rng = case.rng()
        function, arguments = case.build(rng)
        shapes = {name: value.shape for name, value in arguments.items()}
        report = check(function, arguments, rng, case.full, case.tolerance)
    except Exception as error:
        report.fail("-", f"{type(error).__name__}: {error}")
    return Result(case, report, shapes, time.perf_counter() - start)
