"""Multigrid Neural Memory in NumPy and CuPy, with every gradient written by hand.

Axis letters, the same everywhere: T time, B batch, N frames, H height, W width, C channels, j level of a pyramid.
Data enters and leaves a network as (T, B, H, W, C). Inside, a grid over time is (T, H, C, W, B) on both devices: an image
row of all channels and sequences is one run of memory (`mgnm.ops.convolution` says what that buys). A pyramid is a dict
{level: grid}, coarsest first; level j has side base * 2**j. Kernels are (3, 3, C_in, C_out), memory gates in the order
i, g, f, o, peepholes (3, C) in the order i, f, o.

    network = mgnm.build("tiny", seed=1)
    outputs, state, cache = network.forward({"observation": seen, "query": asked})
    network.backward(doutputs, cache)                       # fills network.parameters[name].grad

    network, settings, updates = mgnm.load_network("tiny")  # the trained weights that come with the package
"""

from .errors import UserError
from .networks import build
from .training import load_network

__version__ = "0.1.0"
__all__ = ["UserError", "build", "load_network"]
