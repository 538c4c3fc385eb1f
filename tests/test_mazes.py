"""Mazes and walks: what they must look like, and the same again written with plain loops."""

import random

import numpy as np
import pytest

from mgnm.tasks.mapping.maze import generate_mazes
from mgnm.tasks.mapping.neighbours import neighbour_table
from mgnm.tasks.mapping.walk import draw_walks, first_visits, random_walks, spiral


def loop_maze(size, complexity, density, chance):
    """One maze as the published generator is usually written: lists, and one wall at a time."""
    walls = [[r in (0, size - 1) or c in (0, size - 1) for c in range(size)] for r in range(size)]
    for _ in range(int(density * ((size // 2) * (size // 2)))):
        x, y = 2 * chance.randint(0, size // 2), 2 * chance.randint(0, size // 2)
        walls[y][x] = True
        for _ in range(int(complexity * (5 * (size + size)))):
            around = []
            if x > 1:
                around.append((y, x - 2))
            if x < size - 2:
                around.append((y, x + 2))
            if y > 1:
                around.append((y - 2, x))
            if y < size - 2:
                around.append((y + 2, x))
            next_y, next_x = chance.choice(around)
            if not walls[next_y][next_x]:
                walls[next_y][next_x] = True
                walls[next_y + (y - next_y) // 2][next_x + (x - next_x) // 2] = True
                x, y = next_x, next_y
    return walls


@pytest.mark.parametrize("size", [5, 7, 9, 15, 25, 63])
@pytest.mark.parametrize("complexity, density", [(0, 0), (0, 1), (0.05, 0.2), (0.2, 0.7)])
def test_border_is_wall_and_odd_cells_are_free(size, complexity, density):
    mazes = generate_mazes(4, size, complexity, density, np.random.default_rng(size))
    assert mazes.shape == (4, size, size) and mazes.dtype == bool
    assert mazes[:, [0, -1]].all() and mazes[:, :, [0, -1]].all()
    assert not mazes[:, 1::2, 1::2].any()


def test_no_islands_no_inner_walls():
    assert not generate_mazes(3, 9, 0.5, 0.0, np.random.default_rng(0))[:, 1:-1, 1:-1].any()


def test_without_growth_only_lattice_cells_are_walled():
    inner = generate_mazes(50, 9, 0.0, 1.0, np.random.default_rng(0))[:, 1:-1, 1:-1]
    assert inner[:, 1::2, 1::2].any()
    assert not inner[:, 0::2].any() and not inner[:, :, 0::2].any()


def test_every_wall_between_lattice_cells_joins_two_walls():
    mazes = generate_mazes(200, 11, 0.1, 0.6, np.random.default_rng(2))
    across, down = mazes[:, 0::2, 1::2], mazes[:, 1::2, 0::2]
    lattice = mazes[:, 0::2, 0::2]
    assert across[:, 1:-1].any() and down[:, :, 1:-1].any()
    assert not (across & ~(lattice[:, :, 1:] & lattice[:, :, :-1])).any()
    assert not (down & ~(lattice[:, 1:] & lattice[:, :-1])).any()


@pytest.mark.parametrize("size, complexity, density", [(9, 0.05, 0.2), (9, 0.05, 0.5), (7, 0.3, 0.6)])
def test_walls_are_as_frequent_as_in_the_loop_version(size, complexity, density):
    """Per cell, and per pair of horizontal neighbours, over 3,000 mazes of each kind: within 5 standard errors."""
    count, chance = 3000, random.Random(1)
    mine = generate_mazes(count, size, complexity, density, np.random.default_rng(1))
    loops = np.array([loop_maze(size, complexity, density, chance) for _ in range(count)])
    for of in (lambda m: m, lambda m: m[:, :, 1:] & m[:, :, :-1]):
        p, q = of(mine).mean(0), of(loops).mean(0)
        spread = np.sqrt((p * (1 - p) + q * (1 - q)) / count)
        assert 0 < p[2, 3] < 1
        assert (abs(p - q) <= 5 * spread).all()


def test_mazes_are_a_function_of_the_generator():
    make = lambda seed: generate_mazes(8, 15, 0.05, 0.2, np.random.default_rng(seed))
    assert np.array_equal(make(3), make(3))
    assert not np.array_equal(make(3), make(4))
    assert len({maze.tobytes() for maze in make(3)}) == 8


def test_neighbours_are_listed_equally_often():
    table = neighbour_table(7, range(0, 7, 2))
    for row in range(0, 7, 2):
        for column in range(0, 7, 2):
            found, times = np.unique(table[7 * row + column], return_counts=True)
            lattice = [(r, c) for r in range(0, 7, 2) for c in range(0, 7, 2)]
            expected = {7 * r + c for r, c in lattice if abs(r - row) + abs(c - column) == 2}
            assert set(found.tolist()) == expected and set(times.tolist()) == {12 // len(expected)}


@pytest.mark.parametrize("size", [5, 7, 9, 15, 25, 63])
def test_spiral_enters_every_inner_cell_once(size):
    inner = (size - 2) ** 2
    rows, columns = spiral(size, inner)
    assert (rows[0], columns[0]) == (size // 2, size // 2)
    assert set(zip(rows.tolist(), columns.tolist())) == {(r, c) for r in range(1, size - 1) for c in range(1, size - 1)}
    assert (abs(np.diff(rows)) + abs(np.diff(columns)) == 1).all()
    rings = np.maximum(abs(rows - size // 2), abs(columns - size // 2))
    assert (np.diff(rings) >= 0).all()


@pytest.mark.parametrize("size, length", [(5, 1), (5, 8), (5, 9), (5, 10), (5, 40), (9, 300)])
def test_spiral_goes_there_and_back(size, length):
    once = list(zip(*(path.tolist() for path in spiral(size, (size - 2) ** 2))))
    expected = []
    while len(expected) < length:
        expected += once[:-1] + once[:0:-1]
    assert list(zip(*(path.tolist() for path in spiral(size, length)))) == expected[:length]


@pytest.mark.parametrize("size", [5, 9])
def test_random_walks_stay_inside_and_move_one_cell(size):
    rows, columns = random_walks(50, size, 200, np.random.default_rng(0))
    assert rows.shape == columns.shape == (200, 50)
    assert (rows[0] == size // 2).all() and (columns[0] == size // 2).all()
    assert min(rows.min(), columns.min()) == 1 and max(rows.max(), columns.max()) == size - 2
    assert (abs(np.diff(rows, axis=0)) + abs(np.diff(columns, axis=0)) == 1).all()
    assert len({path.tobytes() for path in (size * rows + columns).T}) == 50


def test_random_walks_choose_evenly():
    rows, columns = random_walks(100, 7, 1000, np.random.default_rng(5))
    at, to = (7 * rows + columns)[:-1], (7 * rows + columns)[1:]
    for row, column in ((1, 1), (1, 3), (3, 3), (5, 4)):
        _, times = np.unique(to[at == 7 * row + column], return_counts=True)
        assert len(times) == 4 - (row in (1, 5)) - (column in (1, 5))
        share = 1 / len(times)
        assert (abs(times / times.sum() - share) < 5 * np.sqrt(share * (1 - share) / times.sum())).all()


@pytest.mark.parametrize("kind", ["spiral", "random"])
def test_first_visits(kind):
    rows, columns = draw_walks(kind, 3, 7, 60, np.random.default_rng(1))
    expected = np.full((3, 5, 5), 60)
    for b in range(3):
        for t in reversed(range(60)):
            expected[b, rows[t, b] - 1, columns[t, b] - 1] = t
    assert np.array_equal(first_visits(rows, columns, 7), expected)
