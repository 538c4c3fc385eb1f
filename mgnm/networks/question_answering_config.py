"""Settings of the question-answering network, checked."""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_fraction, check_whole
from .checks import MOST_CHANNELS, WIDEST_BASE, check_layers, check_stack

MOST_INPUTS = 1 << 20       # a word of the vocabulary in every place of a sentence


@dataclass(frozen=True)
class QuestionAnsweringConfig:
    """Settings of the network, whose layers count from 1.

    layers: [levels, channels] of every memory layer; residuals: [from, to] pairs; base: side of the coarsest level;
    input_channels, output_channels: lengths of the vectors that come and go (a training fills them in from its task);
    grid_channels: those that vectors have on the coarsest grid; input_dropout, dropout: share of numbers left out while
    training, of the vectors that come, and of what goes into every layer but the first and into the output.
    A setting that makes no network raises UserError.
    """

    layers: list
    input_channels: int
    output_channels: int
    residuals: list = ()
    base: int = 3
    grid_channels: int = 16
    peepholes: bool = False
    forget_bias: float = 1.0
    input_dropout: float = 0.0
    dropout: float = 0.0

    def __post_init__(self):
        check_whole("network.base", self.base, 1, WIDEST_BASE)
        check_whole("network.grid_channels", self.grid_channels, 1, MOST_CHANNELS)
        for name in ("input_channels", "output_channels"):
            check_whole(f"network.{name}", getattr(self, name), 1, MOST_INPUTS)
        for name in ("input_dropout", "dropout"):
            check_fraction(f"network.{name}", getattr(self, name))
            if getattr(self, name) == 1:
                raise UserError(f"network.{name} = 1 leaves nothing: give less")
        check_layers("network.layers", self.layers)
        check_stack(self.layers, self.residuals, range(1))
