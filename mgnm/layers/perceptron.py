"""The multi-layer perceptron: linear maps with relus between them."""

from .. import ops
from .linear import Linear


class Perceptron:
    """Vectors (T, B, widths[0]) -> (T, B, widths[-1]).

    widths: of the input, of every hidden layer, of the output; rng: a NumPy Generator for the initial weights (see
    `Linear`). parameters: "<map>.weight" and "<map>.bias", maps counted from 0.
    """

    def __init__(self, widths, rng):
        self.maps = [Linear(c_in, c_out, rng) for c_in, c_out in zip(widths, widths[1:])]
        self.parameters = {f"{number}.{name}": p for number, linear in enumerate(self.maps)
                           for name, p in linear.parameters.items()}

    def forward(self, x):
        """y, cache. All steps and sequences are rows of one product."""
        (T, B, C), caches, outputs = x.shape, [], []
        rows = x.reshape(T * B, C)
        for linear in self.maps:
            rows, cache = linear.forward(rows)
            caches.append(cache)
            if linear is not self.maps[-1]:
                rows, y = ops.relu(rows)
                outputs.append(y)
        return rows.reshape(T, B, rows.shape[1]), (caches, outputs)

    def backward(self, dy, cache):
        """dx (T, B, widths[0])."""
        caches, outputs = cache
        T, B, C = dy.shape
        drows = dy.reshape(T * B, C)
        for number in reversed(range(len(self.maps))):
            if number < len(outputs):
                drows = ops.relu_backward(drows, outputs[number])
            drows = self.maps[number].backward(drows, caches[number])
        return drows.reshape(T, B, drows.shape[1])
