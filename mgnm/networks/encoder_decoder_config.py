"""Settings of the encoder/decoder network, checked: every level is reached and read, every residual has its place."""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_choice, check_whole
from .checks import BATCH_NORM, MOST_CHANNELS, WIDEST_BASE, check_layers, check_stack

INPUTS = ("vector", "images")


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """Settings of the network. Encoder and decoder have the same layers, which count from 1.

    layers: [levels, channels] of every memory layer; residuals: [from, to] pairs; base: side of the coarsest level.
    input: "vector" (T, B, input_channels), or "images", one of input_channels for every level of the first layer;
    grid_channels: those that vectors have on the coarsest grid; input_layer: width of a tanh layer in front (0: none);
    output_channels: length of an output vector; batch_norm: after every layer whose output is used, at test time with
    the "running" statistics or those of the "batch", or "none".
    A setting that makes no network raises UserError.
    """

    layers: list
    input_channels: int
    output_channels: int
    residuals: list = ()
    base: int = 3
    input: str = "vector"
    grid_channels: int = 8
    input_layer: int = 0
    peepholes: bool = False
    forget_bias: float = 1.0
    batch_norm: str = "none"

    def __post_init__(self):
        check_whole("network.base", self.base, 1, WIDEST_BASE)
        for name, least in (("input_channels", 1), ("output_channels", 1), ("grid_channels", 1), ("input_layer", 0)):
            check_whole(f"network.{name}", getattr(self, name), least, MOST_CHANNELS)
        check_choice("network.input", self.input, INPUTS)
        check_choice("network.batch_norm", self.batch_norm, BATCH_NORM)
        check_layers("network.layers", self.layers)
        check_stack(self.layers, self.residuals, self.entry)
        for number, ((own, _), (above, _)) in enumerate(zip(self.layers, self.layers[1:]), 1):
            if above < own - 1:
                raise UserError(f"network.layers, layer {number}, has {own} levels, but the next has {above} and does not "
                                f"read the finest: give layer {number + 1} at least {own - 1}")

    @property
    def entry(self):
        """The levels of what goes into the first layer."""
        return range(self.layers[0][0]) if self.input == "images" else range(1)
