"""A player that knows the whole maze before its first move: what nobody who has yet to see it can be expected to beat.

A way through a maze is worth its area, the sum of the coverage after every move. Two ways that stand in the same cell and
have seen the same have the same future, so of them only the better one is followed. What remains grows with every move;
a beam follows the `width` ways that would have the largest area if they saw nothing more. As long as there are fewer,
nothing is left out and the best one is found for certain.
"""

import numpy as np

from ...settings import check_whole
from ..episodes import MOST
from .environment import MOVES


class Clairvoyant:
    """See `players`. width: of the beam, from 1."""

    belief = None

    def __init__(self, width=500):
        check_whole("width", width, 1, MOST)
        self._width = width

    def start(self, environment, rng):
        """Look at the mazes, and plan all moves. Nothing is left to chance."""
        task = environment.task
        plans = [plan(maze, start, task.steps, task.view, self._width)
                 for maze, *start in zip(environment.mazes, environment.rows, environment.columns)]
        self._moves = iter(np.stack(plans, axis=1))                                 # T times (B,)

    def act(self, observation):
        """int (B,)"""
        return next(self._moves)


def plan(maze, start, steps, view, width):
    """The moves of the best way that the beam finds: int (steps,).

    maze: bool (size, size), True = wall, as is the border. start: row, column. view: side of the patch that is seen.
    """
    places = np.argwhere(~maze)                                                     # (N, 2)
    number = np.zeros(maze.shape, dtype=int)
    number[~maze] = np.arange(len(places))
    there = places[:, None] + MOVES                                                 # (N, 4, 2)
    there = np.where(maze[*there.T].T[..., None], places[:, None], there)           # a wall stops it
    after = number[*there.T].T                                                      # (N, 4): the place after each move
    sight = (abs(places[:, None] - places) <= view // 2).all(axis=-1)               # (N, N): what is seen from each
    marks = np.random.default_rng(0).integers(2 ** 63, size=(2, len(places)))       # a sum of them names a situation

    place = number[*start][None]                                                    # (K,), of K ways; seen: (K, N)
    seen, area, history = sight[place], np.zeros(1, dtype=int), []
    for left in reversed(range(steps)):
        way, move = np.divmod(np.arange(place.size * len(MOVES)), len(MOVES))       # every way goes on in every direction
        place = after[place[way], move]
        seen = seen[way] | sight[place]
        covered = seen.sum(axis=1)
        area = area[way] + covered
        best_first = np.argsort(-(area + left * covered), kind="stable")
        _, once = np.unique((marks[0, place] + seen @ marks[1])[best_first], return_index=True)
        kept = best_first[np.sort(once)[:width]]
        place, seen, area = place[kept], seen[kept], area[kept]
        history.append((way[kept], move[kept]))
    moves, k = [], area.argmax()
    for way, move in reversed(history):
        moves.append(move[k])
        k = way[k]
    return np.array(moves[::-1])
