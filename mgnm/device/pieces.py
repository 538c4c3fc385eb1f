"""Cutting work into pieces whose memory stays in a cache.

A piece costs a few calls more. The CPU's caches pay for that many times over; a GPU wants few, large launches, and only
a limit to its scratch memory.
"""

import numpy as np

from .arrays import array_module

CACHE = 1 << 20             # bytes of working memory per piece: a core's own (second-level) cache today
SHARED_CACHE = 1 << 22      # the same for the cache that cores share, where a piece is handed from one step to the next
SCRATCH = 1 << 30           # on a GPU: what one operation may take for its intermediate results


def limit(like, shared=False):
    """Bytes of working memory that a piece may have on the device of `like`."""
    if array_module(like) is not np:
        return SCRATCH
    return SHARED_CACHE if shared else CACHE


def piece_length(length, bytes_each, most):
    """How many of `length` items, each with `bytes_each` bytes, to take at a time for `most` bytes; at least one."""
    many = max(1, most // max(1, bytes_each))
    return max(1, -(-length // -(-length // many))) if length else 1        # pieces as equal as they can be


def pieces(length, size):
    """Slices of `size` items that cover range(length); the last may be shorter."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def blocks(T, H, bytes_per_row):
    """(frames, rows), pairs of slices that cover T frames of H image rows: whole frames where one fits, else rows of one."""
    if H * bytes_per_row <= CACHE:
        return [(frames, slice(0, H)) for frames in pieces(T, piece_length(T, H * bytes_per_row, CACHE))]
    parts = pieces(H, piece_length(H, bytes_per_row, CACHE))
    return [(slice(t, t + 1), rows) for t in range(T) for rows in parts]
