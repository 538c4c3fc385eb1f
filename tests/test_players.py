"""Players of exploration: what they may know, that they go the shortest way, and how they are scored."""

from itertools import product

import numpy as np
import pytest

from mgnm.errors import UserError
from mgnm.tasks.exploration import ACTIONS, Clairvoyant, Exploration, NearestFrontier, RandomWalk, evaluate, play
from mgnm.tasks.exploration.clairvoyant import plan
from mgnm.tasks.exploration.players import frontier_moves

STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def way_lengths(maze, seen, view, start):
    """The moves from `start` to the nearest place from which an unseen cell is in view, through seen free cells: by a
    search in plain loops; None where there is no such place."""
    size, half = len(maze), view // 2
    known, depth, ring = {start}, 0, [start]
    while ring:
        for row, column in ring:
            around = [(r, c) for r in range(row - half, row + half + 1) for c in range(column - half, column + half + 1)]
            if any(0 <= r < size and 0 <= c < size and not seen[r][c] for r, c in around):
                return depth
        wider = {(r + i, c + j) for r, c in ring for i, j in STEPS} - known
        ring = [(r, c) for r, c in wider if seen[r][c] and not maze[r][c]]
        known |= set(ring)
        depth += 1
    return None


@pytest.mark.parametrize("settings", [dict(size=9), dict(size=13, frame=14, density=0.6, complexity=0.1),
                                      dict(size=11, view=5, density=0.4), dict(size=7, density=0.0)])
def test_the_frontier_player_goes_a_shortest_way(settings):
    world, player, rng = Exploration(**settings).environment(8), NearestFrontier(), np.random.default_rng(0)
    observation = world.reset(rng)
    player.start(world, rng)
    view, everywhere = world.task.view, range(8)
    for t in range(world.task.steps):
        seen, mazes = world.seen.copy(), world.mazes
        length = [way_lengths(mazes[b], seen[b], view, (world.rows[b], world.columns[b])) for b in everywhere]
        observation, reward, _ = world.step(player.act(observation))
        for b in everywhere:
            left = way_lengths(mazes[b], seen[b], view, (world.rows[b], world.columns[b]))
            assert left is None if length[b] is None else left == length[b] - 1
            assert (reward[b] > 0) == (left == 0)
    assert [n is None for n in length] == world.seen.all(axis=(1, 2)).tolist()


def test_the_frontier_player_knows_only_what_was_seen():
    world, rng = Exploration(size=11, density=0.6).environment(64), np.random.default_rng(1)
    player = NearestFrontier()
    world.reset(rng)
    player.start(world, rng)
    for _ in range(12):
        actions = player.act(None)
        mazes = world.mazes.copy()
        world.mazes[...] ^= ~world.seen                                 # all that was not seen turns into its opposite
        np.testing.assert_array_equal(player.act(None), actions)
        world.mazes[...] = mazes
        world.step(actions)


def test_the_frontier_player_sees_all_in_the_end():
    for settings in (dict(size=9, length=150), dict(size=13, frame=13, length=400, density=0.9, complexity=0.3),
                     dict(size=9, view=5, length=150)):
        assert (evaluate(Exploration(**settings), NearestFrontier(), 32).coverage[..., -1] == 1).all()


def test_nothing_left_to_be_seen_ends_the_search():
    free = np.zeros((2, 5, 5), dtype=bool)
    free[:, 1:-1, 1:-1] = True
    unseen = np.zeros((2, 5, 5), dtype=bool)
    unseen[1, 1, 3] = True
    free[1, 1:-1, 2] = False                                            # a wall between the agent and what is unseen
    free[1, 1, 3] = False
    centre = np.full(2, 3), np.full(2, 1)
    assert frontier_moves(free, unseen, 3, *centre).tolist() == [0, 0]


def test_random_walk_takes_every_move_alike():
    world, player = Exploration().environment(4000), RandomWalk()
    player.start(world, np.random.default_rng(0))
    shares = np.bincount(player.act(None), minlength=ACTIONS) / 4000
    assert len(shares) == ACTIONS and (abs(shares - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 4000)).all()


@pytest.mark.parametrize("size, density", [(7, 0.5), (9, 0.2), (13, 0.4)])
def test_the_frontier_player_sees_more_than_a_random_walk(size, density):
    task = Exploration(size=size, density=density, frame=size)
    frontier, walk = (evaluate(task, player, 48, range(4)) for player in (NearestFrontier(), RandomWalk()))
    assert (frontier.areas.mean(axis=1) > walk.areas.mean(axis=1) + 0.1).all()                  # for every seed
    assert (frontier.coverage.mean(axis=(0, 1)) >= walk.coverage.mean(axis=(0, 1))).all()       # at every step
    np.testing.assert_array_equal(frontier.coverage[..., 0], walk.coverage[..., 0])             # in the same mazes


def moved(maze, place, move):
    """Where a move leads: into a wall, nowhere."""
    there = place[0] + STEPS[move][0], place[1] + STEPS[move][1]
    return place if maze[there] else there


def free_around(maze, place):
    """The free cells of the 3 x 3 patch around a place."""
    rows, columns = (range(x - 1, x + 2) for x in place)
    return {(r, c) for r in rows for c in columns if not maze[r, c]}


def area(maze, place, moves):
    """The sum of the numbers of free cells seen after each of these moves."""
    seen, counts = free_around(maze, place), []
    for move in moves:
        place = moved(maze, place, move)
        seen = seen | free_around(maze, place)
        counts.append(len(seen))
    return sum(counts)


def test_who_knows_the_maze_finds_the_best_of_all_ways():
    world, length = Exploration(size=9, density=0.5).environment(6), 5
    world.reset(np.random.default_rng(2))
    for maze, *start in zip(world.mazes, world.rows.tolist(), world.columns.tolist()):
        best = max(area(maze, start, moves) for moves in product(range(ACTIONS), repeat=length))
        assert area(maze, start, plan(maze, start, length, 3, width=100_000)) == best


def test_who_knows_the_maze_sees_no_less_than_the_frontier_player():
    for settings in (dict(), dict(size=11, view=5), dict(size=13, frame=12, positions="centred")):
        curves = [evaluate(Exploration(**settings), player, 6, (5,)) for player in (Clairvoyant(), NearestFrontier())]
        np.testing.assert_array_equal(*(curve.coverage[..., 0] for curve in curves))    # in the same mazes
        assert (curves[0].areas >= curves[1].areas).all() and curves[0].areas.mean() > curves[1].areas.mean()


def test_a_wider_beam_sees_no_less():
    task = Exploration(size=13, frame=12, positions="centred")
    narrow, wide = (evaluate(task, Clairvoyant(width), 8).areas for width in (5, 500))
    assert (wide >= narrow).all() and wide.mean() > narrow.mean()
    with pytest.raises(UserError, match="width = 0"):
        Clairvoyant(0)


class Teacher(RandomWalk):
    """Wanders about and answers every query rightly, but for the share `forgets` of the marks."""

    def __init__(self, forgets=0.0):
        self.forgets = forgets

    def start(self, environment, rng):
        super().start(environment, rng)
        self.environment, self.marked, self.right = environment, 0, 0

    def act(self, observation):
        marks = self.environment.targets()[..., 0]
        self.belief = marks * (self._rng.random(marks.shape) >= self.forgets)
        self.marked, self.right = self.marked + self.belief.sum(), self.right + marks.sum()
        return super().act(observation)


def test_the_maps_of_a_player_are_scored():
    task, teacher = Exploration(length=12), Teacher(forgets=0.5)
    assert evaluate(task, Teacher(), 16, (3,)).summary()["f_score"] == 1
    summary = evaluate(task, teacher, 16, (3,)).summary()
    assert teacher.right >= 12 * 16 and summary["precision"] == 1
    assert summary["recall"] == teacher.marked / teacher.right < 1
    assert evaluate(task, RandomWalk(), 16).scores is None
    assert set(summary) - set(evaluate(task, RandomWalk(), 16).summary()) == {"precision", "recall", "f_score"}


def test_curves_are_those_of_the_games():
    task, player = Exploration(size=7, length=10), RandomWalk()
    curves = evaluate(task, player, 5, (1, 2))
    assert curves.coverage.shape == (2, 5, 11)
    again = evaluate(task, player, 5, (2, 1))
    np.testing.assert_array_equal(curves.coverage, again.coverage[::-1])
    by_hand = [[sum(game[1:]) / 10 for game in games] for games in curves.coverage.tolist()]
    summary = curves.summary()
    assert summary["area"] == pytest.approx(np.mean(by_hand))
    assert summary["area_spread_mazes"] == pytest.approx(np.std(by_hand))
    assert summary["area_spread_seeds"] == pytest.approx(np.std([np.mean(games) for games in by_hand]))
    assert summary["coverage"] == pytest.approx(np.mean([[game[-1] for game in games] for games in curves.coverage]))
    assert (np.diff(curves.coverage) >= 0).all()


def test_a_game_is_played_from_the_start_to_the_end():
    world = Exploration(length=7).environment(3)
    world.reset(np.random.default_rng(0))
    world.step(np.zeros(3, dtype=int))
    coverage, scores = play(world, RandomWalk(), np.random.default_rng(1))
    assert coverage.shape == (8, 3) and scores is None and (world.times == 7).all()
    np.testing.assert_array_equal(coverage[-1], world.coverage)


def test_bad_numbers():
    with pytest.raises(UserError, match="mazes"):
        evaluate(Exploration(), RandomWalk(), mazes=0)
    with pytest.raises(UserError, match="seed"):
        evaluate(Exploration(), RandomWalk(), seeds=(-1,))
