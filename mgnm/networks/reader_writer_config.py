"""Settings of networks that write a memory and read it, checked: every level is reached, every residual has its place."""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_whole
from .checks import MOST_CHANNELS, WIDEST_BASE, check_beside, check_layers, check_reached, check_residuals


@dataclass(frozen=True)
class MemoryReaderConfig:
    """What these networks have in common. Layers count from 1; those of the reader go on through the narrowing part.

    base: side of the coarsest level. writer: [levels, channels] of every memory layer;
    reader: channels of every reading layer (levels as the writer's); narrowing: [levels, channels], where `levels` counts
    from the finest; its last layer is linear and makes the output. residuals: [from, to] pairs.
    A setting that makes no network raises UserError.
    """

    writer: list
    reader: list
    narrowing: list
    base: int = 3
    input_channels: int = 4
    peepholes: bool = False
    forget_bias: float = 1.0
    writer_residuals: list = ()
    reader_residuals: list = ()

    def __post_init__(self):
        check_whole("network.base", self.base, 1, WIDEST_BASE)
        check_whole("network.input_channels", self.input_channels, 1, MOST_CHANNELS)
        check_layers("network.writer", self.writer)
        check_layers("network.narrowing", self.narrowing, self.finest + 1)
        check_beside("network.reader", self.reader, self.writer)
        self._check_levels()
        self._check_residuals()

    @property
    def finest(self):
        """The finest level, that of the output."""
        return max(levels for levels, _ in self.writer) - 1

    @property
    def entry(self):
        """The levels of observation and query."""
        return range(1)

    @property
    def levels(self):
        """A range of levels for each of the writer's layers, which are the reader's too, then for the narrowing ones."""
        return ([range(levels) for levels, _ in self.writer]
                + [range(self.finest + 1 - levels, self.finest + 1) for levels, _ in self.narrowing])

    def _check_levels(self):
        names = [f"network.{name}, layer {number}" for name in ("writer", "narrowing")
                 for number in range(1, len(getattr(self, name)) + 1)]
        check_reached(names, self.levels, self.entry)
        if self.narrowing[-1][0] != 1:
            raise UserError(f"the last layer of network.narrowing has {self.narrowing[-1][0]} levels, but it makes the "
                            f"output: give it one, as in [1, {self.narrowing[-1][1]}]")

    def _check_residuals(self):
        memory, narrow = ([channels for _, channels in part] for part in (self.writer, self.narrowing))
        beside_memory = [own + written for own, written in zip(self.reader, memory)]
        check_residuals("network.writer_residuals", self.writer_residuals, self.levels[:len(memory)], memory, memory)
        check_residuals("network.reader_residuals", self.reader_residuals, self.levels, beside_memory + narrow,
                        self.reader + narrow)


@dataclass(frozen=True)
class ReaderWriterConfig(MemoryReaderConfig):
    """Settings of the reader/writer network, besides those of MemoryReaderConfig: view, the side of observation and query;
    0 stands for base. Smaller ones are laid into the middle of the coarsest grid, with zeros around them (ours): from there
    the fewest layers reach all of it."""

    view: int = 0

    def __post_init__(self):
        super().__post_init__()
        check_whole("network.view", self.view, 0, self.base, note=" (network.base)")

    @property
    def entry_side(self):
        """The side of observation and query."""
        return self.view or self.base
