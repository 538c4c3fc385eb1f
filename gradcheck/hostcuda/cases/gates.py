"""The LSTM cell: grids and plain LSTMs (W = 1), one to three channels, batches of any size, none included."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.activations import sigmoid
from mgnm.kernels.gates import LSTM_GATES, LSTM_GATES_BACKWARD, LSTM_GATES_PEEPHOLE, LSTM_GATES_PEEPHOLE_BACKWARD


def cells(rng):
    """The shape of h: (T, H, C, W, B)."""
    return tuple(rng.integers((1, 1, 1, 1, 0), (3, 4, 4, 5, 6)))


def gate_maps(shape):
    """The shape of z for cells of this shape."""
    T, H, C, W, B = shape
    return T, H, 4 * C, W, B


def forward(rng, dtype):
    shape = cells(rng)
    C = shape[2]
    return {"z_x": 2 * normal(rng, dtype, *gate_maps(shape)), "z_h": 2 * normal(rng, dtype, *gate_maps(shape)),
            "bias": normal(rng, dtype, 4 * C), "peephole": normal(rng, dtype, 3, C),
            "c_previous": normal(rng, dtype, *shape), "forget_bias": rng.choice([0.0, 1.0]),
            "gates": np.empty(gate_maps(shape), dtype), "h": np.empty(shape, dtype), "c": np.empty(shape, dtype)}


def backward(rng, dtype):
    shape = cells(rng)
    gates = sigmoid(normal(rng, dtype, *gate_maps(shape)))
    return {"gates": gates, "peephole": normal(rng, dtype, 3, shape[2]), "c_previous": normal(rng, dtype, *shape),
            "c": normal(rng, dtype, *shape), "dh": normal(rng, dtype, *shape), "dc": normal(rng, dtype, *shape),
            "dz": np.empty_like(gates), "dc_previous": np.empty(shape, dtype)}


case(LSTM_GATES)(forward)
case(LSTM_GATES_PEEPHOLE)(forward)
case(LSTM_GATES_BACKWARD)(backward)
case(LSTM_GATES_PEEPHOLE_BACKWARD)(backward)
