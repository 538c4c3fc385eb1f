"""Layers: own parameters, hold no state between calls. `backward` ACCUMULATES into every parameter's gradient.

A pyramid is a dict {level: grid (T, H, C, W, B)}; level j has side base * 2**j. A layer is told with `sources`
{level: channels} what the pyramid below it looks like.
"""

from .batch_norm import BatchNorm
from .constant import ConstantPyramid
from .convolution import MultigridConvolution
from .dnc import DNC
from .dropout import Dropout
from .linear import Linear
from .lstm import LSTM
from .memory import MultigridMemory
from .parameter import Buffer, Parameter, glorot_uniform, lecun_uniform
from .perceptron import Perceptron
from .vectors import PyramidToVectors, VectorsToGrid

__all__ = ["DNC", "LSTM", "BatchNorm", "Buffer", "ConstantPyramid", "Dropout", "Linear", "MultigridConvolution",
           "MultigridMemory", "Parameter", "Perceptron", "PyramidToVectors", "VectorsToGrid", "glorot_uniform",
           "lecun_uniform"]
