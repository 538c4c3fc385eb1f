"""What the settings of all networks have in common: lists of layers, levels that are reached, residuals."""

from ..errors import UserError
from ..settings import check_whole

MOST_LEVELS, MOST_CHANNELS, WIDEST_BASE = 10, 4096, 64
BATCH_NORM = ("none", "running", "batch")


def check_layers(where, layers, most_levels=MOST_LEVELS):
    """UserError unless layers is [[levels, channels], ...], at least one."""
    if not layers:
        raise UserError(f"{where} is empty: give at least one layer, such as [[1, 1]]")
    for layer in layers:
        if not is_pair(layer):
            raise UserError(f"{where} has {layer!r}: give pairs [levels, channels] of whole numbers")
        check_whole(f"the number of levels in {where}", layer[0], 1, most_levels)
        check_whole(f"the number of channels in {where}", layer[1], 1, MOST_CHANNELS)


def check_beside(name, channels, writer):
    """UserError unless `channels`, of layers that read a memory, has one number of them for each of the writer's layers."""
    if len(channels) != len(writer):
        raise UserError(f"{name} has {len(channels)} layers and network.writer {len(writer)}: give one number of channels "
                        "per writer layer")
    for number in channels:
        check_whole(f"the number of channels in {name}", number, 1, MOST_CHANNELS)


def check_reached(names, levels, below):
    """UserError unless every level of every layer (its levels: a range) has a neighbour in the layer before it.

    names: what to call the layers; below: the levels of what goes into the first.
    """
    for name, own in zip(names, levels, strict=True):
        for j in own:
            if not {j - 1, j, j + 1} & set(below):
                raise UserError(f"{name}, has {len(own)} levels, but its level {j} has no neighbour in the layer "
                                f"before, which has the levels {[*below]}: change one of the two")
        below = own


def check_residuals(where, pairs, levels, source_widths, widths):
    """Of layers with these levels; a layer's channels are counted where it is a source, and where it is added to."""
    taken = set()
    for pair in pairs:
        if not is_pair(pair) or not 1 <= pair[0] < pair[1] <= len(levels):
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


def check_stack(layers, residuals, below):
    """UserError unless network.layers, a list as `check_layers` wants it, reach one another from `below`, the levels of what
    goes into the first, and network.residuals fit them."""
    levels, widths = [range(levels) for levels, _ in layers], [channels for _, channels in layers]
    check_reached([f"network.layers, layer {number}" for number in range(1, len(levels) + 1)], levels, below)
    check_residuals("network.residuals", residuals, levels, widths, widths)


def is_pair(x):
    """Whether x is a list or tuple of two whole numbers."""
    return isinstance(x, list | tuple) and len(x) == 2 and all(isinstance(number, int) for number in x)
