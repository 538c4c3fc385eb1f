"""The fully connected layer."""

from .. import ops
from .parameter import Parameter, lecun_uniform


class Linear:
    """y = x W + b over the last axis.

    c_in, c_out: lengths of a vector before and after; rng: a NumPy Generator for the initial weights U(-s, s),
    s = 1 / sqrt(c_in), or 1 / sqrt(active) where only so many entries of a vector are not zero at a time.
    parameters: "weight" (C_in, C_out) and "bias" (C_out,).
    """

    def __init__(self, c_in, c_out, rng, active=None):
        fan_in = active or c_in
        self.parameters = {"weight": Parameter(lecun_uniform((c_in, c_out), fan_in, rng)),
                           "bias": Parameter(lecun_uniform((c_out,), fan_in, rng))}

    def forward(self, x):
        """(..., C_in) -> (..., C_out), cache."""
        return ops.linear(x, self.parameters["weight"].value, self.parameters["bias"].value)

    def backward(self, dy, cache):
        """dx, of the shape of x."""
        dx, dw, db = ops.linear_backward(dy, cache)
        self.parameters["weight"].grad += dw
        self.parameters["bias"].grad += db
        return dx
