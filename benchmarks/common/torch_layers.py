"""The network layer by layer, the fastest way we found to train it with PyTorch.

A memory layer runs over the whole sequence before the next one starts, so the join and the input's part of its
convolution are done for all T*B frames at once, and only the recurrent part step by step; the reader sees all frames
at once. Layout channels_last.
"""

import torch
import torch.nn.functional as F

from .torch_network import ReaderWriter, add_residual, join


class LayerByLayer(ReaderWriter):
    """Layer-major, channels_last."""

    memory_format = torch.channels_last

    def forward(self, observation, query, state=None):
        T, B = observation.shape[:2]
        state = state or self.zero_state(observation)
        frames = [x.flatten(0, 1).contiguous(memory_format=self.memory_format) for x in (observation, query)]
        x, memories, states = {0: frames[0]}, [], []
        for l, convolutions in enumerate(self.writer):
            x, final = self.memory(convolutions, x, state[l], B)
            if l in self.writer_residuals:
                x = add_residual(x, memories[self.writer_residuals[l]])
            memories.append(x)
            states.append(final)
        return self.read(frames[1], memories).unflatten(0, (T, B)), states

    def memory(self, convolutions, x, state, B):
        """One memory layer over the sequence: {level: h (T*B, C, H, W)} and its final state."""
        y, final = {}, {}
        for name, conv in convolutions.items():
            j = int(name)
            h, c = state[j]
            w_x, w_h = conv.weight.split([conv.in_channels - h.shape[1], h.shape[1]], 1)
            w_x, w_h = (w.contiguous(memory_format=self.memory_format) for w in (w_x, w_h))
            b_i, b_g, b_f, b_o = conv.bias.chunk(4)
            bias = torch.cat([b_i, b_g, b_f + self.forget_bias, b_o])
            y[j] = []
            for z in F.conv2d(join(x, j), w_x, bias, padding=1).split(B):
                i, g, f, o = F.conv2d(h, w_h, padding=1).add_(z).chunk(4, 1)
                c = torch.addcmul(torch.sigmoid(f) * c, torch.sigmoid(i), torch.tanh(g))
                h = torch.sigmoid(o) * torch.tanh(c)
                y[j].append(h)
            y[j], final[j] = torch.cat(y[j]), (h, c)
        return y, final
