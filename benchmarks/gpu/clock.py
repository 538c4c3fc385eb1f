"""How long the device works on one launch, whatever Python needs to ask for it; and what the device can do at most.

A small kernel takes less time than Python needs to launch it, so two events around many launches would time Python.
Therefore the device is first given a large product of matrices; while it is busy, all launches are queued behind it,
and then it takes one after the other without a pause. Where it was done before the last was queued, the time is marked
as late: it may contain waiting.
"""

import time
from dataclasses import dataclass
from statistics import median

from .shapes import noise

FEWEST, MOST = 5, 200       # launches between two events; a stream holds about a thousand
ENOUGH = 0.01               # seconds of launches between two events
REPEATS = 3                 # the median of so many is taken


@dataclass(frozen=True)
class Launch:
    """Seconds of one launch: on the device, and of Python to queue it; late: the first may contain waiting."""

    seconds: float
    queue_seconds: float
    late: bool


class Clock:
    """Times launches on the backend's device; `side`: of the matrices that keep it busy."""

    def __init__(self, backend, side):
        self.backend, self.side = backend, side
        self.first, self.last = backend.event(), backend.event()
        self.factor, self.result = noise((side, side), backend.xp), backend.xp.empty((side, side), "float32")

    def product(self):
        """A product of two matrices in true float32: `operations` of it."""
        self.backend.xp.matmul(self.factor, self.factor, out=self.result)

    @property
    def operations(self):
        return 2 * self.side ** 3

    def measure(self, calls, busy=True):
        """The Launch of functions that are called in turn: the first time to compile, then to see how long they take,
        then to be timed. busy: give the device the product first."""
        for call in calls:
            call()
        self.between(calls, FEWEST, busy=False)
        once = self.between(calls, FEWEST, busy=False).seconds
        count = max(FEWEST, min(MOST, int(ENOUGH / max(once, 1e-9))))
        runs = [self.between(calls, count, busy) for _ in range(REPEATS)]
        return Launch(median(run.seconds for run in runs), median(run.queue_seconds for run in runs),
                      busy and any(run.late for run in runs))

    def between(self, calls, count, busy):
        """`count` launches between two events."""
        self.backend.synchronise()
        if busy:
            self.product()
        self.first.record()
        started = time.perf_counter()
        for k in range(count):
            calls[k % len(calls)]()
        queued = time.perf_counter() - started
        late = self.first.done
        self.last.record()
        self.backend.synchronise()
        return Launch(self.backend.seconds(self.first, self.last) / count, queued / count, late)


def peaks(clock, entries):
    """{"copy_gb_per_s", "product_gflop_per_s"}: what a plain copy of `entries` numbers reads and writes, and the
    product of the clock's matrices, in true float32."""
    xp = clock.backend.xp
    source = xp.ones(entries, "float32")
    target = xp.empty(entries, "float32")
    copy = clock.measure([lambda: xp.multiply(source, 1, out=target)])
    product = clock.measure([clock.product], busy=False)
    return {"copy_gb_per_s": 2e-9 * source.nbytes / copy.seconds,
            "product_gflop_per_s": 1e-9 * clock.operations / product.seconds}
