"""Every case, one page for each family. Importing this package fills `gradcheck.registry.CASES`."""

from gradcheck.cases import activations, linear, convolution, resampling, join, channels, gates, losses     # the ops
from gradcheck.cases import sequences, layers, networks

__all__ = ["activations", "linear", "convolution", "resampling", "join", "channels", "gates", "losses", "sequences",
           "layers", "networks"]
