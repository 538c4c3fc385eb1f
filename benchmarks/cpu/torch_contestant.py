"""Training iterations in PyTorch, for both ways to run the network."""

import os

import torch
import torch.nn.functional as F

from . import machine
from .torch_best import Best
from .torch_plain import Plain

VARIANTS = {"plain": Plain, "best": Best}


def make_network(name, net, dtype="float32"):
    """A variant of the network with mgnm's weights."""
    network = VARIANTS[name](net.network).to(getattr(torch, dtype))
    net.check_count(sum(p.numel() for p in network.parameters()))
    network.load(net.build(dtype).state_dict())
    return network.to(memory_format=network.memory_format)


def tensors(inputs, targets, dtype="float32"):
    """observation, query (T, B, C, H, W) and targets (T, B, S, S) from arrays with channels last."""
    dtype = getattr(torch, dtype)
    grids = [torch.tensor(inputs[name], dtype=dtype).movedim(-1, -3).contiguous() for name in ("observation", "query")]
    return *grids, torch.tensor(targets[..., 0], dtype=dtype)


def without_history(state):
    """The carried memory; the gradient stops here."""
    return [{j: (h.detach(), c.detach()) for j, (h, c) in levels.items()} for levels in state]


class Torch:
    """One process with `threads` threads. name: "plain" or "best"."""

    def __init__(self, name, net, threads):
        torch.set_num_threads(threads)
        self.network, self.chunks, self.state = make_network(name, net), net.chunks(), None
        self.software = f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})"

    def prepare(self):
        """Lay the next chunk ready."""
        self.observation, self.query, self.targets = tensors(*next(self.chunks))

    def iterate(self):
        """Forward and backward; the loss."""
        self.network.zero_grad()
        logits, state = self.network(self.observation, self.query, self.state)
        loss = F.binary_cross_entropy_with_logits(logits, self.targets)
        loss.backward()
        self.state = without_history(state)
        return loss.item()

    def finish(self):
        """Its peak memory, in bytes."""
        return machine.peak_bytes([os.getpid()])
