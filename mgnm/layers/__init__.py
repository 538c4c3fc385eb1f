"""Layers: own parameters, hold no state between calls. `backward` ACCUMULATES into every parameter's gradient.

A pyramid is a dict {level: grid (T, H, C, W, B)}; level j has side base * 2**j. A layer is told with `sources`
{level: channels} what the pyramid below it looks like.
"""

from .convolution import MultigridConvolution
from .memory import MultigridMemory
from .parameter import Parameter, glorot_uniform, lecun_uniform

__all__ = ["MultigridConvolution", "MultigridMemory", "Parameter", "glorot_uniform", "lecun_uniform"]
