"""Small helpers on pyramids: dicts {level: grid}."""

from ..device import zeros


def neighbours(pyramid, level):
    """(coarse, same, fine): what a level is joined from; None where the pyramid ends."""
    return [pyramid.get(j) for j in (level - 1, level, level + 1)]


def joined_channels(sources, level):
    """How many channels the join at this level has, for a pyramid with {level: channels} `sources`."""
    return sum(width or 0 for width in neighbours(sources, level))


def zeros_like(pyramid):
    """A pyramid of zeros, to collect gradients in."""
    return {j: zeros(x.shape, x) for j, x in pyramid.items()}
