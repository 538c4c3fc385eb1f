"""The ends of a network whose data has no place in space: vectors onto a grid, and a pyramid to vectors.

    x -> [ tanh(x V + a) -> ] x W + b -> a grid             a pyramid -> x, all its cells and channels -> x W + b

A linear map is free to put a number anywhere, so no arrangement is forced on what has none. Ours: the paper's way in and
out is not known (REFERENCE 2). The coarsest grid is the cheapest one, and from it a layer or two reach all levels.
"""

from .. import ops
from ..device import array_module
from .linear import Linear


class VectorsToGrid:
    """Vectors (T, B, C_in) onto grids (T, side, channels, side, B), through a linear map.

    tanh_units: width of a tanh layer in front of it (0: none), which can tell apart the values of a plain number, such
    as a priority: a linear map alone can only scale it. rng, active: of the initial weights (see `Linear`).
    parameters: "weight" (C_in or tanh_units, side side channels) and "bias"; "tanh.weight" and "tanh.bias".
    """

    def __init__(self, c_in, side, channels, rng, tanh_units=0, active=None):
        self.side = side
        self.tanh = Linear(c_in, tanh_units, rng, active) if tanh_units else None
        self.linear = Linear(tanh_units or c_in, side * side * channels, rng, None if tanh_units else active)
        in_front = self.tanh.parameters if self.tanh else {}
        self.parameters = {f"tanh.{name}": p for name, p in in_front.items()} | self.linear.parameters

    def forward(self, x):
        """Vectors (T, B, C_in) -> grid, cache."""
        in_front = None
        if self.tanh:
            x, cache = self.tanh.forward(x)
            x, y = ops.tanh(x)
            in_front = cache, y
        x, cache = self.linear.forward(x)
        return ops.vectors_to_grid(x, self.side)[0], (in_front, cache)

    def backward(self, dy, cache):
        """dx (T, B, C_in)."""
        in_front, cache = cache
        dx = self.linear.backward(ops.vectors_to_grid_backward(dy, None), cache)
        if self.tanh:
            cache, y = in_front
            dx = self.tanh.backward(ops.tanh_backward(dx, y), cache)
        return dx


class PyramidToVectors:
    """Pyramids to vectors (T, B, C_out), by a linear map from all cells and channels of all levels.

    levels: of the pyramid; base: side of level 0; channels: of each level; rng: a NumPy Generator for the initial weights
    (see `Linear`). parameters: "weight" (sum of side side channels, C_out), coarsest level first, and "bias" (C_out,).
    """

    def __init__(self, levels, base, channels, c_out, rng):
        self.levels = tuple(levels)
        self.widths = [(base * 2 ** j) ** 2 * channels for j in self.levels]
        self.linear = Linear(sum(self.widths), c_out, rng)
        self.parameters = self.linear.parameters

    def forward(self, x):
        """Pyramid -> vectors (T, B, C_out), cache."""
        vectors, shapes = zip(*(ops.grid_to_vectors(x[j]) for j in self.levels))
        y, cache = self.linear.forward(array_module(x[self.levels[0]]).concatenate(vectors, -1))
        return y, (cache, shapes)

    def backward(self, dy, cache):
        """dx, a pyramid."""
        cache, shapes = cache
        dvectors, dx = self.linear.backward(dy, cache), {}
        for j, width, shape in zip(self.levels, self.widths, shapes):
            dx[j] = ops.grid_to_vectors_backward(dvectors[..., :width], shape)
            dvectors = dvectors[..., width:]
        return dx
