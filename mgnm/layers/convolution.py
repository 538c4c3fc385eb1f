"""Multigrid convolution: every level sees its neighbours, and a few layers cross the pyramid (REFERENCE 2).

    y_j = relu(W_j * (up(x_{j-1}) (+) x_j (+) down(x_{j+1})) + b_j)
"""

from .. import ops
from .parameter import Parameter, lecun_uniform
from .pyramid import joined_channels, neighbours, zeros_like


class MultigridConvolution:
    """One 3x3 kernel per level, over the join of its neighbours.

    sources: {level: channels} of the pyramid below; levels: those that come out; channels: of each; activation: "relu"
    or "linear"; rng: a NumPy Generator for the initial weights U(-s, s), s = 1 / sqrt(9 C_in).
    parameters: "<level>.weight" (3, 3, C_in, C_out) and "<level>.bias" (C_out,).
    """

    def __init__(self, sources, levels, channels, rng, activation="relu"):
        self.levels, self.channels, self.activation = tuple(levels), channels, activation
        self.parameters = {}
        for j in self.levels:
            width = joined_channels(sources, j)
            self.parameters[f"{j}.weight"] = Parameter(lecun_uniform((3, 3, width, channels), 9 * width, rng))
            self.parameters[f"{j}.bias"] = Parameter(lecun_uniform((channels,), 9 * width, rng))

    def forward(self, x):
        """Pyramid x -> pyramid y of this layer's levels, cache."""
        y, caches = {}, {}
        for j in self.levels:
            w, b = self.parameters[f"{j}.weight"].value, self.parameters[f"{j}.bias"].value
            y[j], caches[j] = ops.multigrid_conv(neighbours(x, j), w, b, self.activation)
        return y, (x, caches)

    def backward(self, dy, cache):
        """dx, a pyramid like x: each level collects from up to three readers."""
        x, caches = cache
        dx = zeros_like(x)
        for j in self.levels:
            dw, db = ops.multigrid_conv_backward(dy[j], caches[j], into=neighbours(dx, j))
            self.parameters[f"{j}.weight"].grad += dw
            self.parameters[f"{j}.bias"].grad += db
        return dx
