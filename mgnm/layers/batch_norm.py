"""Batch norm of a pyramid: every level and channel gets mean 0 and variance 1, then a learned scale and shift.

    y_j = scale_j (x_j - mean_j) / sqrt(variance_j + epsilon) + shift_j                 (REFERENCE 4: after every layer)

Whose mean and variance? In training, those of what is normalised; in use, either those too ("batch", as the released
code does at test time) or the running means that training kept ("running", the default of the literature, with which an
answer does not depend on who else is in the batch). The network chooses, by `own_statistics`.

And over time? A layer runs over a whole sequence before the next one starts, so its own statistics are those of all T
steps and B sequences together: one mean for the sequence, not one for every step. Early steps, whose memory is still
empty, and late ones are therefore told apart after the normalisation as they were before. It also means that in
training an early step knows a little of the later ones (their mean), and that a sequence run in chunks is normalised
chunk by chunk: only with running statistics do chunks, or single steps, give the numbers of the whole sequence.

Of a memory layer it is the output h that is normalised, on its way to the next layer and to the reader; the h that goes
round in the layer, and c, stay as they are (ours: REFERENCE 4 says "after every layer", and no more). A state that is
handed on is therefore free of statistics.
"""

import numpy as np

from .. import ops
from .parameter import Buffer, Parameter


class BatchNorm:
    """parameters: "<level>.scale" and "<level>.shift" (C,), which start at one and zero; buffers: "<level>.mean" and
    "<level>.variance" (C,), likewise at zero and one. levels: of the pyramid; channels: C, of each."""

    def __init__(self, levels, channels):
        self.levels = tuple(levels)
        self.parameters, self.buffers = {}, {}
        for j in self.levels:
            self.parameters[f"{j}.scale"] = Parameter(np.ones(channels))
            self.parameters[f"{j}.shift"] = Parameter(np.zeros(channels))
            self.buffers[f"{j}.mean"] = Buffer(np.zeros(channels))
            self.buffers[f"{j}.variance"] = Buffer(np.ones(channels))

    def forward(self, x, own_statistics):
        """Pyramid x -> pyramid y, cache. With its own statistics, or with the running ones as constants.

        Statistics of its own are noted in the buffers' `observed`; who trains the network moves the running ones.
        """
        y, caches = {}, {}
        for j in self.levels:
            scale, shift = self.parameters[f"{j}.scale"].value, self.parameters[f"{j}.shift"].value
            mean, variance = self.buffers[f"{j}.mean"], self.buffers[f"{j}.variance"]
            if own_statistics:
                y[j], (mean.observed[...], variance.observed[...]), caches[j] = ops.batch_norm(x[j], scale, shift)
            else:
                y[j], _, caches[j] = ops.batch_norm(x[j], scale, shift, (mean.value, variance.value))
        return y, caches

    def backward(self, dy, cache):
        """dx, a pyramid like x."""
        dx = {}
        for j in self.levels:
            dx[j], dscale, dshift = ops.batch_norm_backward(dy[j], cache[j])
            self.parameters[f"{j}.scale"].grad += dscale
            self.parameters[f"{j}.shift"].grad += dshift
        return dx
