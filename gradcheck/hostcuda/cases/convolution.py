"""The direct convolution and its weight gradient: sides that 3 does not divide, odd channel counts, empty batches."""

from dataclasses import replace

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.convolution import CONV3X3, CONV3X3_WEIGHTS, conv3x3_geometry, conv3x3_weights_geometry, part_length


def sizes(rng):
    """N, H, W, B, C_in, C_out; now and then more channels than a thread or a piece of shared memory takes."""
    N, H, W, B, C_in, C_out = (int(n) for n in rng.integers((1, 1, 1, 0, 1, 1), (3, 5, 8, 6, 6, 6)))
    if rng.random() < 0.3:
        C_in, C_out = int(rng.integers(8, 20)), int(rng.integers(5, 9))
    return {"N": N, "H": H, "W": W, "B": B, "C_in": C_in, "C_out": C_out}


@case(CONV3X3)
def conv3x3(rng, dtype):
    given = sizes(rng)
    N, H, W, B, C_in, C_out = given.values()
    turned = bool(rng.integers(2))
    w = normal(rng, dtype, 3, 3, *((C_out, C_in) if turned else (C_in, C_out)))
    return given | {"x": normal(rng, dtype, N, H, C_in, W, B), "w": w, "bias": normal(rng, dtype, C_out),
                    "y": np.empty((N, H, C_out, W, B), dtype), "turned": turned, "relu": bool(rng.integers(2))}


@case(CONV3X3_WEIGHTS)
def conv3x3_weights(rng, dtype):
    given, S = sizes(rng), int(rng.integers(1, 4))
    N, H, W, B, C_in, C_out = given.values()
    return given | {"x": normal(rng, dtype, N, H, C_in, W, B), "dy": normal(rng, dtype, N, H, C_out, W, B), "S": S,
                    "length": part_length(N * H * B, S), "parts": np.empty((S, 3, 3, C_in, C_out), dtype)}


def of_width(out):
    """Both kernels with `out` output channels to a thread. Problems as small as these get 4 at most."""
    return (replace(CONV3X3, geometry=lambda N, H, W, B, C_out: conv3x3_geometry(N, H, W, B, C_out, out)),
            replace(CONV3X3_WEIGHTS, geometry=lambda C_in, C_out, S: conv3x3_weights_geometry(C_in, C_out, S, out)))
