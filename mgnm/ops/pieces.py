"""Cutting a long axis into pieces whose working memory stays in the cache of one core."""

CACHE = 1 << 20         # bytes; a core's second-level cache today


def piece_length(length, bytes_each, cache=CACHE):
    """How many of `length` items, each with `bytes_each` bytes of working memory, to take at a time; at least one."""
    return min(length, max(1, cache // max(1, bytes_each)))


def pieces(length, size):
    """Slices of `size` items that cover range(length); the last may be shorter."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]
