"""The convolutional LSTM on a single scale (Shi et al., 2015): a reader/writer network whose layers have one grid each.

    observation, query -> enlarged to the grid of the map -> writer and reader as in `reader_writer`, with one level

It is what a multigrid memory is when its other levels are taken away: on the finest grid, where the map is drawn, and with
as many memory cells as one likes, but from cell to neighbouring cell a layer is the only way. What is seen is enlarged as
the multigrid join does it, every cell to a square of equal ones. (For sequences it needs no class: `encoder_decoder` and
`digit_reader` with layers of one level, and their `base` for its side, are it.)
"""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_whole
from .exchange import Exchange
from .reader_writer import ReaderWriter
from .reader_writer_config import ReaderWriterConfig


@dataclass(frozen=True)
class ConvLSTMConfig(ReaderWriterConfig):
    """Settings of the network, besides those of ReaderWriterConfig: base is the side of the only grid, and view that of
    observation and query, of which base is a multiple. All layers have one level."""

    view: int = 3

    def __post_init__(self):
        super().__post_init__()
        check_whole("network.view", self.view, 1, self.base, note=" (network.base)")
        if self.base % self.view:
            raise UserError(f"network.base = {self.base} is no multiple of network.view = {self.view}: what is seen cannot "
                            "be enlarged to it; change one of the two")
        if self.finest:
            raise UserError(f"network.writer has {self.finest + 1} levels, but this network has a single scale: give pairs "
                            "[1, channels], or use the kind reader_writer")


class ConvLSTM(ReaderWriter):
    """See the page. inputs: "observation" and "query", each (T, B, view, view, input_channels);
    outputs: logits (T, B, base, base, channels of the last layer)."""

    Config = ConvLSTMConfig

    @property
    def exchange(self):
        """What goes in and what comes out."""
        view, side = self.config.view, self.output_side
        return Exchange("every", (view, view, self.config.input_channels), (side, side, self.output_channels),
                        "network.view, network.input_channels", "network.base, network.narrowing")

    def forward(self, inputs, state=None):
        """Enlarge what is seen and asked; then as `ReaderWriter`."""
        times = self.config.base // self.config.view
        return super().forward({name: _enlarge(self.xp.asarray(x, self.dtype), times) for name, x in inputs.items()}, state)

    def backward(self, doutputs, cache, dstate=None):
        """Every cell was copied to a square of equal ones, so it collects their gradients."""
        dinputs, dstate = super().backward(doutputs, cache, dstate)
        times = self.config.base // self.config.view
        return {name: _enlarge_backward(d, times) for name, d in dinputs.items()}, dstate


def _enlarge(x, times):
    """(T, B, H, W, C) -> (T, B, H times, W times, C)."""
    return x.repeat(times, axis=2).repeat(times, axis=3)


def _enlarge_backward(dy, times):
    T, B, H, W, C = dy.shape
    return dy.reshape(T, B, H // times, times, W // times, times, C).sum((3, 5))
