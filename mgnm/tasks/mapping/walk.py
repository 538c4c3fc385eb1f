"""Paths through the inner cells of a maze, one neighbouring cell per step. Walls do not stop the walker (REFERENCE 3).

Both walks start at the centre. Rows and columns are those of the maze: 1 .. size-2 are the inner cells.
"""

import numpy as np

from .neighbours import DRAWS, neighbour_table

WALKS = ("spiral", "random")


def spiral(size, length):
    """Wind outwards from the centre over every inner cell once, then back the same way, and out again.

    Returns rows and columns, each int (length,).
    """
    inner = size - 2
    runs = np.arange(2 * inner) // 2 + 1                        # 1, 1, 2, 2, 3, 3, ... cells between two turns
    turns = np.resize([(0, 1), (1, 0), (0, -1), (-1, 0)], (2 * inner, 2))       # right, down, left, up, ...
    moves = np.repeat(turns, runs, axis=0)[:inner * inner - 1]                                  # (inner^2 - 1, 2)
    path = size // 2 + np.concatenate([[(0, 0)], moves.cumsum(axis=0)])                         # (inner^2, 2)

    last = inner * inner - 1
    there_and_back = last - np.abs(np.arange(length) % (2 * last) - last)                       # (length,)
    return path[there_and_back, 0], path[there_and_back, 1]


def random_walks(batch, size, length, rng):
    """Step to a uniformly drawn inner neighbour, length - 1 times. Returns rows and columns, each int (length, B)."""
    inner = neighbour_table(size, range(1, size - 1))                                           # (size*size, DRAWS)
    draws = rng.integers(DRAWS, size=(length - 1, batch))                                       # (length - 1, B)
    cells = np.empty((length, batch), dtype=np.int64)                                           # (length, B)
    cells[0] = size * (size // 2) + size // 2
    for t, draw in enumerate(draws):
        cells[t + 1] = inner[cells[t], draw]
    return cells // size, cells % size


def draw_walks(kind, batch, size, length, rng):
    """One path per maze of a batch: rows and columns, each int (length, B). kind: "spiral" or "random"."""
    if kind == "random":
        return random_walks(batch, size, length, rng)
    return tuple(np.repeat(path[:, None], batch, axis=1) for path in spiral(size, length))      # 2 x (length, B)


def first_visits(rows, columns, size):
    """The step at which every inner cell is first entered; `length` for cells that never are.

    rows, columns: (length, B). Returns int32 (B, size - 2, size - 2).
    """
    length, batch = rows.shape
    first = np.full((batch, size - 2, size - 2), length, dtype=np.int32)                        # (B, inner, inner)
    steps = np.arange(length, dtype=np.int32)[:, None]                                          # (length, 1)
    np.minimum.at(first, (np.arange(batch), rows - 1, columns - 1), steps)
    return first
