"""Training iterations in PyTorch on the CPU, for both ways to run the network.

"best" is the fastest way we found only with the allocator settings of `machine.TUNED_MALLOC`, which `rounds` gives it.
"""

import os

import torch

from benchmarks.common.torch_layers import LayerByLayer
from benchmarks.common.torch_run import iteration, make_network, tensors
from benchmarks.common.torch_steps import StepByStep

from . import machine

FORMS = {"plain": StepByStep, "best": LayerByLayer}


class Torch:
    """One process with `threads` threads. name: "plain" or "best"."""

    def __init__(self, name, net, threads):
        torch.set_num_threads(threads)
        self.network, self.chunks, self.state = make_network(FORMS[name], net), net.chunks(), None
        self.software = f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})"

    def prepare(self):
        """Lay the next chunk ready."""
        self.chunk = tensors(*next(self.chunks))

    def iterate(self):
        """Forward and backward; the loss."""
        _, loss, self.state = iteration(self.network, self.chunk, self.state)
        return loss.item()

    def finish(self):
        """Its peak memory, in bytes."""
        return machine.peak_bytes([os.getpid()])
