"""Cutting work into pieces whose memory stays in a cache."""

CACHE = 1 << 20             # bytes of working memory per piece: a core's own (second-level) cache today
SHARED_CACHE = 1 << 22      # the same for the cache that cores share, where a piece is handed from one step to the next


def piece_length(length, bytes_each, shared=False):
    """How many of `length` items, each with `bytes_each` bytes of working memory, to take at a time; at least one."""
    most = max(1, (SHARED_CACHE if shared else CACHE) // max(1, bytes_each))
    return max(1, -(-length // -(-length // most))) if length else 1        # pieces as equal as they can be


def pieces(length, size):
    """Slices of `size` items that cover range(length); the last may be shorter."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def blocks(T, H, bytes_per_row):
    """(frames, rows), pairs of slices that cover T frames of H image rows: whole frames where one fits, else rows of one."""
    if H * bytes_per_row <= CACHE:
        return [(frames, slice(0, H)) for frames in pieces(T, piece_length(T, H * bytes_per_row))]
    parts = pieces(H, piece_length(H, bytes_per_row))
    return [(slice(t, t + 1), rows) for t in range(T) for rows in parts]
