"""The contestants in PyTorch: eager, and captured as a CUDA graph."""

import torch

from benchmarks.common.torch_layers import LayerByLayer
from benchmarks.common.torch_run import iteration, make_network, tensors
from benchmarks.common.torch_steps import StepByStep

from .backend import Host, Torch
from .contestants import uses_tf32


class Eager:
    """PyTorch launches every operation by itself."""

    def __init__(self, form, net, device):
        self.device = device
        self.network = make_network(form, net, device=device)

    def begin(self):
        self.state = None

    def prepare(self, inputs, targets):
        self.chunk = tensors(inputs, targets, device=self.device)

    def iterate(self):
        self.logits, self.loss, self.state = iteration(self.network, self.chunk, self.state)

    def settle(self):
        self.iterate()

    def result(self):
        return self.logits.numpy(force=True), self.loss.item(), self.network.gradients()


class Graph(Eager):
    """A whole iteration captured by `settle`, then launched as one. Chunk, memory and gradients keep their places: a
    graph knows addresses."""

    chunk = state = graph = None

    def begin(self):
        for grid in grids(self.state or ()):
            grid.zero_()

    def prepare(self, inputs, targets):
        chunk = tensors(inputs, targets, device=self.device)
        if self.chunk is None:
            self.chunk, self.state = chunk, self.network.zero_state(chunk[0])
        for place, new in zip(self.chunk, chunk):
            place.copy_(new)

    def iterate(self):
        if self.graph:
            self.graph.replay()
        else:
            super().iterate()

    def settle(self):
        """Capture. PyTorch asks for a few iterations on another stream before."""
        try:
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(3):
                    iteration(self.network, self.chunk, self.state)
            torch.cuda.current_stream().wait_stream(stream)
            self.network.zero_grad()                        # so that the gradients are made inside
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self.logits, self.loss, state = iteration(self.network, self.chunk, self.state)
                for place, new in zip(grids(self.state), grids(state)):
                    place.copy_(new)
        except Exception as error:
            raise RuntimeError(f"capture failed: {error}") from error
        self.graph = graph


def grids(state):
    """All h and c of a state."""
    return [grid for levels in state for pair in levels.values() for grid in pair]


def contestant(name, net, device):
    """(contestant, its backend); its process is set to TF32 or to float32 for good."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = uses_tf32(name)
    form = name.removesuffix("-tf32")
    torch.backends.cudnn.benchmark = form != "steps"        # try all algorithms once: most people do not
    backend, where = (Torch(), "cuda") if device == "gpu" else (Host(f"PyTorch {torch.__version__}"), "cpu")
    kind = Graph if form == "graph" else Eager
    return kind(StepByStep if form == "steps" else LayerByLayer, net, where), backend
