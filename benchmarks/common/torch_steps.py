"""The network step by step: a conv-LSTM in PyTorch as most people write it.

The whole network goes from one time step to the next, with one convolution over the concatenation of input and h, in
the default layout (N, C, H, W), and autograd does the rest.
"""

import torch

from .torch_network import ReaderWriter, add_residual, join


class StepByStep(ReaderWriter):
    """See the page."""

    memory_format = torch.contiguous_format

    def forward(self, observation, query, state=None):
        state = state or self.zero_state(observation)
        logits = []
        for x, asked in zip(observation, query):
            memories, state = self.write({0: x}, state)
            logits.append(self.read(asked, memories))
        return torch.stack(logits), state

    def write(self, x, state):
        """One step of all memory layers."""
        outputs, states = [], []
        for l, convolutions in enumerate(self.writer):
            levels = {int(j): conv for j, conv in convolutions.items()}
            states.append({j: self.cell(conv, join(x, j), *state[l][j]) for j, conv in levels.items()})
            x = {j: h for j, (h, _) in states[l].items()}
            if l in self.writer_residuals:
                x = add_residual(x, outputs[self.writer_residuals[l]])
            outputs.append(x)
        return outputs, states

    def cell(self, conv, x, h, c):
        """h and c of the next step, from what comes in and those of the last one."""
        i, g, f, o = conv(torch.cat([x, h], 1)).chunk(4, 1)
        c = torch.sigmoid(f + self.forget_bias) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
