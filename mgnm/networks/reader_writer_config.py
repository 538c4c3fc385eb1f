"""Settings of the reader/writer network, checked: every level is reached, every residual has its place."""

from dataclasses import dataclass

from ..errors import UserError
from ..settings import check_whole

MOST_LEVELS, MOST_CHANNELS, WIDEST_BASE = 10, 4096, 64


@dataclass(frozen=True)
class ReaderWriterConfig:
    """Settings of the network. Layers count from 1; those of the reader go on through the narrowing part.

    base: side of the coarsest level, and of observation and query. writer: [levels, channels] of every memory layer;
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
        _check_layers("network.writer", self.writer, MOST_LEVELS)
        _check_layers("network.narrowing", self.narrowing, self.finest + 1)
        if len(self.reader) != len(self.writer):
            raise UserError(f"network.reader has {len(self.reader)} layers and network.writer {len(self.writer)}: give "
                            "one number of channels per writer layer")
        for channels in self.reader:
            check_whole("the number of channels in network.reader", channels, 1, MOST_CHANNELS)
        self._check_levels()
        self._check_residuals()

    @property
    def finest(self):
        """The finest level, that of the output."""
        return max(levels for levels, _ in self.writer) - 1

    @property
    def levels(self):
        """A range of levels for each of the writer's layers, which are the reader's too, then for the narrowing ones."""
        return ([range(levels) for levels, _ in self.writer]
                + [range(self.finest + 1 - levels, self.finest + 1) for levels, _ in self.narrowing])

    def _check_levels(self):
        names = [f"network.{name}, layer {number}" for name in ("writer", "narrowing")
                 for number in range(1, len(getattr(self, name)) + 1)]
        below = range(1)                                    # observation and query have level 0
        for name, levels in zip(names, self.levels):
            for j in levels:
                if not {j - 1, j, j + 1} & set(below):
                    raise UserError(f"{name}, has {len(levels)} levels, but its level {j} has no neighbour in the layer "
                                    f"before, which has the levels {[*below]}: change one of the two")
            below = levels
        if self.narrowing[-1][0] != 1:
            raise UserError(f"the last layer of network.narrowing has {self.narrowing[-1][0]} levels, but it makes the "
                            f"output: give it one, as in [1, {self.narrowing[-1][1]}]")

    def _check_residuals(self):
        memory, narrow = ([channels for _, channels in part] for part in (self.writer, self.narrowing))
        beside_memory = [own + written for own, written in zip(self.reader, memory)]
        _check_residuals("network.writer_residuals", self.writer_residuals, self.levels[:len(memory)], memory, memory)
        _check_residuals("network.reader_residuals", self.reader_residuals, self.levels, beside_memory + narrow,
                         self.reader + narrow)


def _check_layers(where, layers, most_levels):
    """[[levels, channels], ...], at least one."""
    if not layers:
        raise UserError(f"{where} is empty: give at least one layer, such as [[1, 1]]")
    for layer in layers:
        if not _is_pair(layer):
            raise UserError(f"{where} has {layer!r}: give pairs [levels, channels] of whole numbers")
        check_whole(f"the number of levels in {where}", layer[0], 1, most_levels)
        check_whole(f"the number of channels in {where}", layer[1], 1, MOST_CHANNELS)


def _check_residuals(where, pairs, levels, source_widths, widths):
    """Of layers with these levels; a layer's channels are counted where it is a source, and where it is added to."""
    taken = set()
    for pair in pairs:
        if not _is_pair(pair) or not 1 <= pair[0] < pair[1] <= len(levels):
            raise UserError(f"{where} has {pair!r}: give pairs [from, to] of whole numbers, 1 <= from < to <= "
                            f"{len(levels)}")
        source, to = pair
        if to in taken:
            raise UserError(f"{where} adds twice to layer {to}: give each layer one residual")
        if not set(levels[source - 1]) & set(levels[to - 1]):
            raise UserError(f"{where} has {[source, to]}, but these layers have no level in common: choose others")
        if source_widths[source - 1] > widths[to - 1]:
            raise UserError(f"{where} has {[source, to]}, but the {source_widths[source - 1]} channels of layer {source} "
                            f"do not fit into the {widths[to - 1]} of layer {to}: choose others, or change the channels")
        taken.add(to)


def _is_pair(x):
    return isinstance(x, list | tuple) and len(x) == 2 and all(isinstance(number, int) for number in x)
