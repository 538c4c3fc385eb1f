"""Settings of the explorer: those of the reader/writer network, with a policy and a value beside the map."""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_whole
from .checks import MOST_CHANNELS
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
        if len(self.guide) not in (0, len(self.writer)):
            raise UserError(f"network.guide has {len(self.guide)} layers and network.writer {len(self.writer)}: give one "
                            "number of channels per writer layer, or none")
        for channels in self.guide:
            check_whole("the number of channels in network.guide", channels, 1, MOST_CHANNELS)
