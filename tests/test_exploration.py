"""The world of exploration against plain loops, and what must hold in it whatever the mazes."""

from collections import deque

import numpy as np
import pytest

from mgnm.errors import UserError
from mgnm.tasks.exploration import DOWN, LEFT, RIGHT, UP, Exploration


class LoopWorld:
    """One maze, written with lists and loops from the definition alone. maze: rows of booleans, True = wall.

    asked: for every step, the earlier step (or this one) whose patch is asked for.
    """

    def __init__(self, settings, maze, asked):
        self.s, self.maze, self.asked = settings, maze, asked
        size = settings["size"]
        self.length = settings["length"] or (size - 2) * (size - 2)
        middle = size // 2
        self.row = self.column = middle if middle % 2 == 1 else middle + 1
        self.time, self.path = 0, [(self.row, self.column)]
        self.seen = [[r in (0, size - 1) or c in (0, size - 1) for c in range(size)] for r in range(size)]
        self.look()

    def patch(self, row, column, side):
        size = self.s["size"]
        reach = range(-(side // 2), side // 2 + 1)
        return [[not (0 <= row + i < size and 0 <= column + j < size) or bool(self.maze[row + i][column + j])
                 for j in reach] for i in reach]

    def look(self):
        new, half = 0, self.s["view"] // 2
        for r in range(self.row - half, self.row + half + 1):
            for c in range(self.column - half, self.column + half + 1):
                if 0 <= r < self.s["size"] and 0 <= c < self.s["size"] and not self.seen[r][c]:
                    self.seen[r][c] = True
                    new += 1
        return new

    def step(self, action):
        row, column = self.row, self.column
        if action == UP:
            row -= 1
        elif action == DOWN:
            row += 1
        elif action == LEFT:
            column -= 1
        elif action == RIGHT:
            column += 1
        if not self.maze[row][column]:
            self.row, self.column = row, column
        self.time += 1
        self.path.append((self.row, self.column))
        return self.look() / self.s["view"] ** 2, self.time == self.length

    def observation(self):
        size, view, query, frame = (self.s[name] for name in ("size", "view", "query", "frame"))
        position = [frame // 2 + 1 + p - size // 2 for p in (self.row, self.column)]
        if self.s["positions"] == "normalised":
            position = [(p - frame // 2 - 1) / (size // 2) for p in position]
        seen = [[[not wall, wall, *position] for wall in line] for line in self.patch(self.row, self.column, view)]
        asked = [[[0, 0, 0, 0] for _ in range(view)] for _ in range(view)]
        margin = (view - query) // 2
        for i, line in enumerate(self.patch(*self.path[self.asked[self.time]], query)):
            for j, wall in enumerate(line):
                asked[margin + i][margin + j] = [not wall, wall, 0, 0]
        return seen, asked

    def targets(self):
        size, frame, side = self.s["size"], self.s["frame"], self.s["query"]
        wanted = self.patch(*self.path[self.asked[self.time]], side)
        marks = [[[0] for _ in range(frame)] for _ in range(frame)]
        for row, column in self.path:
            if self.patch(row, column, side) == wanted:
                marks[frame // 2 + 1 + row - size // 2][frame // 2 + 1 + column - size // 2] = [1]
        return marks

    def coverage(self):
        """Of the cells that can be reached from where the agent is."""
        reached, waiting = {(self.row, self.column)}, deque([(self.row, self.column)])
        while waiting:
            r, c = waiting.popleft()
            for cell in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if not self.maze[cell[0]][cell[1]] and cell not in reached:
                    reached.add(cell)
                    waiting.append(cell)
        return sum(self.seen[r][c] for r, c in reached) / len(reached)


SETTINGS = (
    dict(size=9, complexity=0.05, density=0.2, length=0, view=3, query=3, positions="normalised", frame=12),
    dict(size=11, complexity=0.2, density=0.8, length=37, view=7, query=5, positions="raw", frame=15),
    dict(size=13, complexity=0.05, density=0.5, length=90, view=5, query=3, positions="normalised", frame=24),
    dict(size=5, complexity=0.0, density=1.0, length=1, view=9, query=9, positions="raw", frame=5),
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_ten_thousand_random_steps_equal_the_loops(settings):
    """625 steps of four worlds for each of four settings. What is done is reset, and now and then another one by chance."""
    world, rng, chance = Exploration(**settings).environment(4), np.random.default_rng(1), np.random.default_rng(2)

    def begin(loops, which):
        for b in which:
            maze = [[bool(wall) for wall in line] for line in world.mazes[b]]
            loops[b] = LoopWorld(settings, maze, [int(step) for step in world._query_steps[:, b]])

    observation = world.reset(rng)
    loops = [None] * 4
    begin(loops, range(4))
    for t in range(625):
        for b, loop in enumerate(loops):
            seen, asked = loop.observation()
            np.testing.assert_allclose(observation["observation"][b], seen, rtol=1e-6)
            np.testing.assert_array_equal(observation["query"][b], asked)
            assert (world.rows[b], world.columns[b], world.times[b]) == (loop.row, loop.column, loop.time)
        np.testing.assert_array_equal(world.seen, [loop.seen for loop in loops])
        if t % 5 == 0:
            np.testing.assert_array_equal(world.targets(), [loop.targets() for loop in loops])
            np.testing.assert_allclose(world.coverage, [loop.coverage() for loop in loops], rtol=1e-12)
        actions = chance.integers(4, size=4)
        observation, reward, done = world.step(actions)
        expected = [loop.step(action) for loop, action in zip(loops, actions)]
        np.testing.assert_allclose(reward, [gain for gain, _ in expected], rtol=1e-6)
        assert done.tolist() == [ended for _, ended in expected]
        which = done | (chance.random(4) < 0.01)
        if which.any():
            observation = world.reset(rng, which)
            begin(loops, np.flatnonzero(which))
