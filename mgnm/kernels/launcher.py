"""The one launcher: CUDA text where the arrays are CuPy's, NumPy where they are NumPy's. No op asks which.

Most kernels are one launch. Where the CPU has a faster way through several of them, in cache-sized blocks for example,
the two ways stand side by side as a `Program`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mgnm.device import array_module
from mgnm.errors import UserError
from mgnm.kernels.kernel import is_array, run_twin

MOST = 2 ** 31 - 1          # entries of an array that kernels, which count in 32 bits, can reach


@dataclass(frozen=True, eq=False)
class Program:
    """Two ways to the same result: `steps`, which launches kernels, and `twin`, one tuned NumPy function.

    Both take the same arguments; the first array among them decides. They return what they make, or write into arrays
    that they are given.
    """

    name: str
    steps: Callable
    twin: Callable


def launch(kernel, *arguments):
    """Run a kernel, or a Program, on arrays of either library; returns what a Program returns.

    A kernel's arguments are in its own order, outputs included. TypeError for a wrong count, form, dtype or layout,
    UserError for an array too large for a GPU's kernels.
    """
    xp = array_module(next(value for value in arguments if is_array(value)))
    if isinstance(kernel, Program):
        return (kernel.twin if xp is np else kernel.steps)(*arguments)
    named = kernel.bind(arguments)
    if xp is not np:
        for name, value in named.items():
            if is_array(value) and value.size > MOST:
                raise UserError(f"{kernel.name}: {name} has {value.size} entries, more than {MOST}; use a smaller batch")
        return kernel.launch(named)
    outputs = [named[name] for name in kernel.outputs_named]
    for output, result in zip(outputs, run_twin(kernel, named, outputs)):
        if result is not output:
            output[...] = result
    return None
