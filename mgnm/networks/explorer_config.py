"""Settings of the explorer: those of the reader/writer network, with a policy and a value beside the map."""

from dataclasses import dataclass

from ..settings import check_whole
from .checks import MOST_CHANNELS
from .reader_writer_config import ReaderWriterConfig
from .vector_memory_config import MOST_LAYERS


@dataclass(frozen=True)
class ExplorerConfig(ReaderWriterConfig):
    """Settings of the network, besides those of ReaderWriterConfig: head_units, width of the tanh layer through which
    policy and value see the memory; head_layers, of an LSTM of as many units between that layer and them (0: none);
    actions, the number of choices."""

    head_units: int = 64
    head_layers: int = 0
    actions: int = 4

    def __post_init__(self):
        check_whole("network.head_units", self.head_units, 1, MOST_CHANNELS)
        check_whole("network.head_layers", self.head_layers, 0, MOST_LAYERS)
        check_whole("network.actions", self.actions, 2, MOST_CHANNELS)
        super().__post_init__()
