"""Random mazes, a batch at a time (REFERENCE 3; the widely known "complexity and density" generator).

Walls grow as islands on the lattice of even cells. An island starts at a random lattice cell, then tries `complexity`
times to grow: it looks at a random lattice neighbour, and if that is free it walls it, walls the cell between, and goes
on from there. Cells with an odd row and an odd column are never walled.
"""

import numpy as np

from .neighbours import DRAWS, neighbour_table


def generate_mazes(batch, size, complexity, density, rng):
    """Draw mazes: bool (B, size, size), True = wall.

    size: odd, at least 5. complexity: steps of an island, as a fraction of 5 * (height + width).
    density: number of islands, as a fraction of (height // 2) * (width // 2). rng: numpy Generator.
    """
    islands = int(density * (size // 2) ** 2)
    growth = int(complexity * 5 * (size + size))
    even = neighbour_table(size, range(0, size, 2))                                             # (size*size, DRAWS)
    seeds = 2 * rng.integers(size // 2 + 1, size=(islands, 2, batch))                           # (islands, 2, B)
    draws = rng.integers(DRAWS, size=(islands, growth, batch))                                  # (islands, growth, B)

    mazes = np.zeros((batch, size, size), dtype=bool)                                           # (B, size, size)
    mazes[:, (0, -1)] = mazes[:, :, (0, -1)] = True
    walls = mazes.reshape(batch * size * size)                                                  # a view of the mazes
    origin = size * size * np.arange(batch)                                                     # (B,)
    for (row, column), island_draws in zip(seeds, draws):
        cell = size * row + column                                                              # (B,)
        walls[origin + cell] = True
        for draw in island_draws:
            neighbour = even[cell, draw]                                                        # (B,)
            free = ~walls[origin + neighbour]                                                   # (B,)
            walls[origin + neighbour] = True
            walls[origin + (cell + neighbour) // 2] |= free
            cell = np.where(free, neighbour, cell)                                              # (B,)
    return mazes
