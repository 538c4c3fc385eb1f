"""The world of exploration against plain loops, and what must hold in it whatever the mazes."""

import json
import time
from collections import deque

import numpy as np
import pytest

from benchmarks.exploration import main as benchmark
from mgnm.errors import UserError
from mgnm.tasks.exploration import DOWN, LEFT, RIGHT, UP, Exploration, NearestFrontier, RandomWalk, evaluate


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
        self.start = self.s["frame"] // 2 + 1
        while self.start + (size - 2) - middle >= self.s["frame"]:          # the last inner cell would lie outside
            self.start -= 1
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
        size, view, query = (self.s[name] for name in ("size", "view", "query"))
        position = [self.start + p - size // 2 for p in (self.row, self.column)]
        if self.s["positions"] == "normalised":
            position = [(p - self.start) / (size // 2) for p in position]
        elif self.s["positions"] == "centred":
            position = [(p - self.s["frame"] // 2 - 1) / 4 for p in position]
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
                marks[self.start + row - size // 2][self.start + column - size // 2] = [1]
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
    dict(size=13, complexity=0.05, density=0.2, length=0, view=3, query=3, positions="centred", frame=12),
    dict(size=5, complexity=0.0, density=1.0, length=1, view=9, query=9, positions="raw", frame=3),
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_ten_thousand_random_steps_equal_the_loops(settings):
    """625 steps of four worlds for each setting. What is done is reset, and now and then another one by chance."""
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


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_holds_whatever_is_done(settings):
    """Walls stop, a move goes to a neighbour or nowhere, what was seen stays seen, and reward is paid for new cells."""
    world, rng = Exploration(**settings).environment(64), np.random.default_rng(3)
    world.reset(rng)
    here, seen, coverage = (world.rows, world.columns), world.seen.copy(), world.coverage
    for t in range(1, world.task.steps + 1):
        actions = rng.integers(4, size=64)
        _, reward, done = world.step(actions)
        wished = [place + np.array(step)[actions] for place, step in zip(here, ((-1, 1, 0, 0), (0, 0, -1, 1)))]
        blocked = world.mazes[np.arange(64), *wished]
        for new, wish, old in zip((world.rows, world.columns), wished, here):
            np.testing.assert_array_equal(new, np.where(blocked, old, wish))
        assert not world.mazes[np.arange(64), world.rows, world.columns].any()
        assert not (seen & ~world.seen).any() and (world.coverage >= coverage).all() and (world.coverage <= 1).all()
        gained = (world.seen & ~seen).sum(axis=(1, 2))
        np.testing.assert_allclose(reward * settings["view"] ** 2, gained, rtol=1e-6)
        assert reward.dtype == np.float32 and done.all() == done.any() == (t == world.task.steps)
        here, seen, coverage = (world.rows, world.columns), world.seen.copy(), world.coverage


def test_blocked_moves_happen():
    world = Exploration(density=0.8).environment(200)
    world.reset(np.random.default_rng(0))
    before = world.rows
    world.step(np.full(200, UP))
    assert 10 < (world.rows == before).sum() < 190


def test_a_maze_seen_whole_gives_no_reward():
    world, player = Exploration(size=7, length=200).environment(32), NearestFrontier()
    observation = world.reset(np.random.default_rng(0))
    player.start(world, None)
    total = np.zeros(32)
    while not world.seen.all():
        observation, reward, _ = world.step(player.act(observation))
        total += reward
    np.testing.assert_allclose(total, (25 - 9) / 9, rtol=1e-5)             # all inner cells but those seen at the start
    assert (world.coverage == 1).all() and world.times[0] < 100
    for action in (UP, LEFT, DOWN, RIGHT) * 5:
        assert (world.step(np.full(32, action))[1] == 0).all()


def test_reset_of_some_leaves_the_others_as_they_are():
    world, rng = Exploration().environment(6), np.random.default_rng(0)
    world.reset(rng)
    for _ in range(10):
        world.step(rng.integers(4, size=6))
    kept, again = [0, 2, 5], [1, 3, 4]

    def state():
        return [x[kept].copy() for x in (world.mazes, world.seen, world.rows, world.columns, world.times,
                                         world.observation()["query"], world.targets())]

    before, mazes = state(), world.mazes[again].copy()
    observation = world.reset(rng, np.isin(np.arange(6), again))
    for old, new in zip(before, state()):
        np.testing.assert_array_equal(old, new)
    assert (world.mazes[again] != mazes).any() and (world.times[again] == 0).all()
    assert (world.seen[again, 1:-1, 1:-1].sum(axis=(1, 2)) == 9).all()
    np.testing.assert_array_equal(observation["query"][again, ..., :2], observation["observation"][again, ..., :2])
    before = world.observation()
    np.testing.assert_array_equal(world.reset(rng, np.zeros(6, dtype=bool))["observation"], before["observation"])


def test_the_same_seed_gives_the_same_world():
    def draw(seed):
        world, rng = Exploration().environment(8), np.random.default_rng(seed)
        world.reset(rng)
        return [world.step(np.full(8, action))[0]["query"] for action in (0, 3, 3, 1, 2)] + [world.mazes]
    assert all(np.array_equal(one, other) for one, other in zip(draw(4), draw(4)))
    assert not np.array_equal(draw(4)[-1], draw(5)[-1])


def test_queries_are_drawn_from_all_times_up_to_now():
    world, rng = Exploration(length=10).environment(4000), np.random.default_rng(0)
    world.reset(rng)
    for now in range(11):
        shares = np.bincount(world.query_steps) / 4000
        assert len(shares) == now + 1
        assert (abs(shares - 1 / (now + 1)) <= 5 * np.sqrt(now) / (now + 1) / np.sqrt(4000)).all()
        if now < 10:
            world.step(rng.integers(4, size=4000))


def test_a_wrong_step_is_refused():
    world, rng = Exploration(length=2).environment(3), np.random.default_rng(0)
    with pytest.raises(UserError, match="has ended or not begun"):
        world.step(np.zeros(3, dtype=int))
    world.reset(rng)
    for actions, message in ((np.zeros(2, dtype=int), "one for each of the 3"), (np.zeros(3), "whole numbers"),
                             ([0, 4, 0], "not among 0 to 3"), ([0, -1, 0], "not among 0 to 3")):
        with pytest.raises(UserError, match=message):
            world.step(actions)
    assert (world.times == 0).all()
    world.step([0, 0, 0])
    assert world.step([0, 0, 0])[2].all()
    world.reset(rng, [0])
    with pytest.raises(UserError, match="has ended or not begun"):
        world.step([0, 0, 0])


def test_bad_settings():
    for settings, message in ((dict(size=8), "task.size"), (dict(length=-1), "task.length"), (dict(frame=6), "task.frame")):
        with pytest.raises(UserError, match=message):
            Exploration(**settings)
    with pytest.raises(UserError, match="batch"):
        Exploration().environment(0)


def test_arrays_are_faster_than_loops():
    """256 worlds at once, against one of them in loops, 256 times: a ratio, for absolute times are the machine's."""
    world, rng = Exploration().environment(256), np.random.default_rng(0)
    world.reset(rng)
    loop = LoopWorld(SETTINGS[0], world.mazes[0].tolist(), world._query_steps[:, 0].tolist())
    actions = rng.integers(4, size=(world.task.steps, 256))

    def all_at_once(t):
        world.step(actions[t])

    def one(t):
        loop.step(actions[t, 0])
        loop.observation()

    def cost(step):
        times = []
        for t in range(world.task.steps):
            start = time.process_time()
            step(t)
            times.append(time.process_time() - start)
        return np.median(times)

    assert 5 * cost(all_at_once) < 256 * cost(one)


def test_the_benchmark_prints_times_and_areas(capsys, tmp_path):
    arguments = ["--sizes", "5,7", "--batch", "3", "--mazes", "4", "--seeds", "2", "--json", str(tmp_path / "numbers.json")]
    assert benchmark(arguments) == 0
    numbers, printed = json.loads((tmp_path / "numbers.json").read_text()), capsys.readouterr().out
    assert [line.split(":")[0] for line in printed.splitlines()] == list(numbers)
    for size in (5, 7):
        assert 0 < numbers[f"{size}.fastest_step_ms"] <= numbers[f"{size}.step_ms"]
        for name, player in (("random", RandomWalk()), ("frontier", NearestFrontier())):
            summary = evaluate(Exploration(size=size), player, 4, range(2)).summary()
            assert {key: numbers[f"{size}.{name}_{key}"] for key in summary} == summary


@pytest.mark.parametrize("arguments, message", [
    (["--sizes", "9,x"], "--sizes 9,x is not a list"), (["--batch", "0"], "--batch"), (["--sizes", "8"], "task.size = 8"),
])
def test_the_benchmark_refuses_bad_options(arguments, message, capsys):
    assert benchmark(arguments) == 2
    assert message in capsys.readouterr().err
