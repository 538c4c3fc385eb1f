"""The best contestant: the fastest way we found to train this network with PyTorch on a CPU.

Layer-major: a memory layer runs over the whole sequence before the next one starts, so the join and the input's part
of its convolution are done for all T*B frames at once, and only the recurrent part step by step; the reader sees all
frames at once. Layout channels_last; run it with the allocator settings of `machine.TUNED_MALLOC`.
"""

import torch
import torch.nn.functional as F

from .torch_network import ReaderWriter, add_residual, join


class Best(ReaderWriter):
    """Layer by layer."""

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
            bias = conv.bias + self.forget_bias * self.forget_gate(conv.bias)
            y[j] = []
            for z in F.conv2d(join(x, j), w_x, bias, padding=1).split(B):
                i, g, f, o = F.conv2d(h, w_h, padding=1).add_(z).chunk(4, 1)
                c = torch.addcmul(torch.sigmoid(f) * c, torch.sigmoid(i), torch.tanh(g))
                h = torch.sigmoid(o) * torch.tanh(c)
                y[j].append(h)
            y[j], final[j] = torch.cat(y[j]), (h, c)
        return y, final

    @staticmethod
    def forget_gate(bias):
        """1 at the forget gate's entries, 0 at the others; gates in the order i, g, f, o."""
        return torch.eye(4)[2].repeat_interleave(len(bias) // 4).to(bias)
