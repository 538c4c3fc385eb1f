"""Who is timed. All start from the same weights, see the same chunks and carry the memory from chunk to chunk.

A contestant offers

    begin()                     forget the memory: a new episode
    prepare(inputs, targets)    bring a chunk to the device
    iterate()                   forward, loss, backward, queued on the device
    settle()                    the first iteration whose memory counts, after one that compiled and tuned
    result()                    (logits, loss, {name: gradient}) of the last iteration, as NumPy arrays
"""

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.common.compare import mgnm_gradients, mgnm_iteration
from mgnm.device import to_numpy

from .backend import Cupy, Host

WHAT = {
    "mgnm": "mgnm on CuPy",
    "steps": "PyTorch, eager, step by step, as most people write it",
    "steps-tf32": "the same with TF32",
    "layers": "PyTorch, eager, layer by layer, channels_last, cuDNN's autotuner on",
    "layers-tf32": "the same with TF32",
    "graph": "layers, a whole iteration captured as one CUDA graph",
    "graph-tf32": "the same with TF32",
}
REFERENCE, BASELINE = "reference", "layers"     # mgnm in float64 on the CPU; what all times are divided by


def uses_tf32(name):
    """Whether a contestant multiplies in TF32, 10 bits of mantissa; all others in float32. mgnm never does."""
    return name.endswith("-tf32")


class Mgnm:
    """mgnm on the backend's device."""

    def __init__(self, net, backend, dtype="float32"):
        self.backend, self.dtype = backend, np.dtype(dtype)
        self.network = net.build(dtype, backend.device)

    def begin(self):
        self.state = None

    def prepare(self, inputs, targets):
        xp = self.backend.xp
        self.chunk = {name: xp.asarray(x, self.dtype) for name, x in inputs.items()}, xp.asarray(targets, self.dtype)

    def iterate(self):
        self.logits, self.loss, self.state = mgnm_iteration(self.network, *self.chunk, self.state)

    settle = iterate

    def result(self):
        return to_numpy(self.logits), float(self.loss), mgnm_gradients(self.network)


def contestant(name, net, device):
    """(contestant, its backend). PyTorch is imported for those who use it only, CuPy likewise."""
    if name == REFERENCE:
        threadpool_limits(1)                                # for good: its small products do not thread well
        return Mgnm(net, Host(), "float64"), Host()
    if name == "mgnm":
        backend = Cupy() if device == "gpu" else Host()
        return Mgnm(net, backend), backend
    from . import torch_contestants
    return torch_contestants.contestant(name, net, device)
