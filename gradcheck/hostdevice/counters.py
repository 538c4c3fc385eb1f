"""Counts what a GPU would be kept waiting by: copies between host and device, and launches."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

ACTIVE = []             # the Counts of every `counted()` that has not ended


@dataclass
class Counts:
    """What happened. Bytes are those of the arrays; each download also makes the host wait for the device."""

    uploads: int = 0
    uploaded_bytes: int = 0
    downloads: int = 0
    downloaded_bytes: int = 0
    kernels: Counter = field(default_factory=Counter)       # {kernel: launches}, of the project's own
    calls: Counter = field(default_factory=Counter)         # {function: calls}, of CuPy's, that launch something

    @property
    def launches(self):
        """Launches of kernels and calls together; a call of CuPy's counts once, however many kernels it launches."""
        return self.kernels.total() + self.calls.total()


@contextmanager
def counted():
    """A Counts that grows as long as the `with` lasts. May be nested: each counts for itself."""
    counts = Counts()
    ACTIVE.append(counts)
    try:
        yield counts
    finally:
        ACTIVE[:] = [others for others in ACTIVE if others is not counts]


def upload(size):
    """Note that `size` bytes went to the device."""
    for counts in ACTIVE:
        counts.uploads += 1
        counts.uploaded_bytes += size


def download(size):
    """Note that `size` bytes came from the device."""
    for counts in ACTIVE:
        counts.downloads += 1
        counts.downloaded_bytes += size


def kernel(name):
    """Note the launch of a kernel of the project."""
    for counts in ACTIVE:
        counts.kernels[name] += 1


def call(name):
    """Note a call of CuPy's that launches something."""
    for counts in ACTIVE:
        counts.calls[name] += 1
