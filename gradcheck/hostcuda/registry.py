"""The kernels that are checked: for each a function that draws arguments."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gradcheck.hostcuda.check import DTYPES, check_many
from mgnm.kernels.kernel import Kernel

CASES = {}


@dataclass(frozen=True)
class Case:
    """How a kernel is checked: draw(rng, dtype) returns {name: array or scalar}, its outputs included."""

    kernel: Kernel
    draw: Callable
    count: int
    dtypes: tuple[str, ...]
    options: dict = field(default_factory=dict)

    def run(self, device="cpu"):
        """Check the kernel at `count` points for each dtype: a Report, or KernelFault."""
        return check_many(self.kernel, self.draw, self.count, dtypes=self.dtypes, device=device, **self.options)


def case(kernel, count=20, dtypes=DTYPES, **options):
    """Decorator: register draw(rng, dtype) for a kernel. options: tolerance, deterministic (see `check_kernel`)."""
    def register(draw):
        if kernel.name in CASES:
            raise ValueError(f"there are two cases for the kernel {kernel.name}")
        CASES[kernel.name] = Case(kernel, draw, count, tuple(dtypes), options)
        return draw
    return register
