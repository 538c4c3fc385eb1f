"""The convolutional LSTM on a single scale (Shi et al., 2015): a reader/writer network whose layers have one grid each.

    observation, query -> enlarged to the grid of the map -> writer and reader as in `reader_writer`, with one level

It is what a multigrid memory is when its other levels are taken away: on the finest grid, where the map is drawn, and with
as many memory cells as one likes, but from cell to neighbouring cell a layer is the only way. What is seen is enlarged as
the multigrid join does it, every cell to a square of equal ones. (For sequences it needs no class: `encoder_decoder` and
`digit_reader` with layers of one level, and their `base` for its side, are it.)
"""

from dataclasses import dataclass

from ..errors import UserError
from .layout import from_grid
from .reader_writer import ReaderWriter
from .reader_writer_config import ReaderWriterConfig


@dataclass(frozen=True)
class ConvLSTMConfig(ReaderWriterConfig):
    """Settings of the network, besides those of ReaderWriterConfig: base is the side of the only grid, to which
    observation and query are enlarged. All layers have one level."""

    view: int = 3

    def __post_init__(self):
        super().__post_init__()
        if self.finest:
            raise UserError(f"network.writer has {self.finest + 1} levels, but this network has a single scale: give pairs "
                            "[1, channels], or use the kind reader_writer")


class ConvLSTM(ReaderWriter):
    """See the page. inputs: "observation" and "query", each (T, B, view, view, input_channels);
    outputs: logits (T, B, base, base, channels of the last layer)."""

    Config = ConvLSTMConfig

    def shown(self, x):
        """Enlarged as often as it fits into the only grid."""
        return super().shown(_enlarge(self.xp.asarray(x, self.dtype), self.times))

    def shown_backward(self, dx):
        """Every cell was copied to a square of equal ones, so it collects their gradients."""
        return _enlarge_backward(from_grid(dx[0], self.times * self.config.entry_side), self.times)

    @property
    def times(self):
        """How many rows, and columns, of the grid a row of what is shown fills."""
        return self.config.base // self.config.entry_side


def _enlarge(x, times):
    """(T, B, H, W, C) -> (T, B, H times, W times, C)."""
    return x.repeat(times, axis=2).repeat(times, axis=3)


def _enlarge_backward(dy, times):
    T, B, H, W, C = dy.shape
    return dy.reshape(T, B, H // times, times, W // times, times, C).sum((3, 5))
