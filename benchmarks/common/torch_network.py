"""The reader/writer network (REFERENCE 2 and 3) as a torch.nn.Module: parameters, and what both ways to run it share.

Parameters have the names of mgnm's; their kernels are (C_out, C_in, 3, 3). Grids are (N, C, H, W).
"""

import torch
import torch.nn.functional as F
from torch import nn


def join(x, j):
    """The input of level j: up(x_{j-1}) (+) x_j (+) down(x_{j+1}), of the levels that exist."""
    parts = []
    if j - 1 in x:
        parts.append(F.interpolate(x[j - 1], scale_factor=2.0, mode="nearest"))
    if j in x:
        parts.append(x[j])
    if j + 1 in x:
        parts.append(F.max_pool2d(x[j + 1], 2))
    return torch.cat(parts, 1) if len(parts) > 1 else parts[0]


def add_residual(y, source):
    """y plus an earlier output, zeros for its missing channels, at the levels both have."""
    added = {j: F.pad(source[j], (0, 0, 0, 0, 0, y[j].shape[1] - source[j].shape[1])) for j in y if j in source}
    return {j: y[j] + added[j] if j in added else y[j] for j in y}


def layer(sources, levels, extra, out):
    """One 3x3 convolution per level, of the joined channels and `extra` ones, to `out`."""
    joined = {j: sum(sources.get(i, 0) for i in (j - 1, j, j + 1)) for j in levels}
    return nn.ModuleDict({str(j): nn.Conv2d(joined[j] + extra, out, 3, padding=1) for j in levels})


class ReaderWriter(nn.Module):
    """See the page. config: the [network] table, as mgnm.build takes it (without peepholes).

    A subclass says how a sequence is gone through: logits, state = forward(observation, query, state), inputs
    (T, B, 4, base, base), logits (T, B, S, S); state is None at the start of an episode, then what was returned.
    """

    def __init__(self, config):
        super().__init__()
        self.widths = [channels for _, channels in config["writer"]]
        self.writer_residuals = {to - 1: source - 1 for source, to in config.get("writer_residuals", ())}
        self.reader_residuals = {to - 1: source - 1 for source, to in config.get("reader_residuals", ())}
        self.base, colours = config.get("base", 3), config.get("input_channels", 4)
        self.forget_bias = config.get("forget_bias", 1.0)
        self.finest = max(levels for levels, _ in config["writer"]) - 1

        self.writer, self.reader = nn.ModuleList(), nn.ModuleList()
        sources = {0: colours}
        for levels, channels in config["writer"]:
            self.writer.append(layer(sources, range(levels), channels, 4 * channels))
            sources = {j: channels for j in range(levels)}
        sources = {0: colours}
        for (levels, remembered), channels in zip(config["writer"], config["reader"]):
            self.reader.append(layer(sources, range(levels), 0, channels))
            sources = {j: channels + remembered for j in range(levels)}
        for levels, channels in config["narrowing"]:
            kept = range(self.finest + 1 - levels, self.finest + 1)
            self.reader.append(layer(sources, kept, 0, channels))
            sources = {j: channels for j in kept}

    def load(self, arrays):
        """Take mgnm's parameters: {name: array}, kernels (3, 3, C_in, C_out)."""
        tensors = {name: torch.tensor(a) for name, a in arrays.items()}
        self.load_state_dict({name: t.permute(3, 2, 0, 1) if t.ndim == 4 else t for name, t in tensors.items()})

    def gradients(self):
        """{name: NumPy array}, kernels as mgnm has them."""
        grads = {name: p.grad for name, p in self.named_parameters()}
        return {name: (g.permute(2, 3, 1, 0) if g.ndim == 4 else g).numpy(force=True) for name, g in grads.items()}

    def zero_state(self, like):
        """Zeros for h and c of every memory layer and level; as many sequences as in `like` (T, B, C, H, W)."""
        def grid(channels, j):
            side = self.base * 2 ** j
            return like.new_zeros(like.shape[-4], channels, side, side)
        return [{int(j): (grid(channels, int(j)), grid(channels, int(j))) for j in memory}
                for memory, channels in zip(self.writer, self.widths)]

    def read(self, query, memories):
        """Logits (N, S, S) from the query (N, C, H, W) and the outputs of all memory layers, for frames of any time."""
        x, outputs = {0: query}, []
        for l, convolutions in enumerate(self.reader):
            y = {int(j): conv(join(x, int(j))) for j, conv in convolutions.items()}
            if l < len(self.reader) - 1:
                y = {j: torch.relu(grid) for j, grid in y.items()}
            if l in self.reader_residuals:
                y = add_residual(y, outputs[self.reader_residuals[l]])
            x = {j: torch.cat([y[j], memories[l][j]], 1) for j in y} if l < len(memories) else y
            outputs.append(x)
        return x[self.finest][:, 0]
