"""Settings of the explorer: those of the reader/writer network, with a policy and a value beside the map."""

from dataclasses import dataclass

from ..settings import check_whole
from .checks import MOST_CHANNELS, check_beside
from .reader_writer_config import ReaderWriterConfig


@dataclass(frozen=True)
class ExplorerConfig(ReaderWriterConfig):
    """Settings of the network, besides those of ReaderWriterConfig: head_units, width of the tanh layer through which
    policy and value see the memory; guide, channels of the multigrid convolutions between the memory and that layer, one
    number per writer layer, or none; actions, the number of choices."""

    head_units: int = 64
    guide: list = ()
    actions: int = 4

    def __post_init__(self):
        check_whole("network.head_units", self.head_units, 1, MOST_CHANNELS)
        check_whole("network.actions", self.actions, 2, MOST_CHANNELS)
        super().__post_init__()
        if self.guide:
            check_beside("network.guide", self.guide, self.writer)
