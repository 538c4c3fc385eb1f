"""A random neighbour on a square lattice, for a whole batch at once.

A cell has two, three or four neighbours (corner, edge, inside). Twelve is a multiple of all three, so ONE draw from
0..11 picks each neighbour with exactly the same chance: every row of the table lists its neighbours 12 / count times.
"""

from functools import lru_cache
from itertools import product

import numpy as np

DRAWS = 12


@lru_cache(maxsize=32)
def neighbour_table(size, lattice):
    """Neighbours of the lattice's cells in a size x size grid, as flat indices: (size * size, DRAWS).

    lattice: a range, the rows and columns that belong to the lattice; its step is the distance between neighbours.
    `table[cells, draws]` with draws uniform on 0..DRAWS-1 is a uniformly chosen neighbour of every cell.
    """
    table = np.zeros((size * size, DRAWS), dtype=np.int64)                                      # (size*size, DRAWS)
    for row, column in product(lattice, lattice):
        around = ((row - lattice.step, column), (row + lattice.step, column),
                  (row, column - lattice.step), (row, column + lattice.step))
        inside = [size * r + c for r, c in around if r in lattice and c in lattice]
        table[size * row + column] = inside * (DRAWS // len(inside))
    table.flags.writeable = False
    return table
