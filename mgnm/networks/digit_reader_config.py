"""Settings of the digit reader: those of all that write a memory and read it, and its ends."""

from dataclasses import dataclass

from ..settings import check_choice, check_whole
from .checks import BATCH_NORM, MOST_CHANNELS
from .reader_writer_config import MemoryReaderConfig


@dataclass(frozen=True)
class DigitReaderConfig(MemoryReaderConfig):
    """Settings of the network, besides those of MemoryReaderConfig: output_channels, the number of classes; batch_norm,
    after every layer: at test time with the "running" statistics or those of the "batch" (as released), or "none".

    Images have every level of the writer's first layer; `levels` in narrowing counts from the coarsest, and its last
    layer, like all before, ends in a relu.
    """

    input_channels: int = 1
    output_channels: int = 10
    batch_norm: str = "running"

    def __post_init__(self):
        check_whole("network.output_channels", self.output_channels, 1, MOST_CHANNELS)
        check_choice("network.batch_norm", self.batch_norm, BATCH_NORM)
        super().__post_init__()

    @property
    def entry(self):
        """The levels of the images."""
        return range(self.writer[0][0])

    @property
    def levels(self):
        """A range of levels for each of the writer's layers, which are the reader's too, then for the narrowing ones."""
        return [range(levels) for levels, _ in (*self.writer, *self.narrowing)]
