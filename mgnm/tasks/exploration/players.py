"""Who explores: the interface of a player, and two to compare a trained network with.

    player.start(environment, rng)      before the first step of a batch of episodes
    actions = player.act(observation)   int (B,), one for each environment
    player.belief                       None, or after `act`: float32 (B, S, S), its answer to the query, as probabilities

`rng` is a player's only source of chance, so that a game is a function of the seed. A network is given nothing but the
observations; a player made by hand may look at the environment that it was started with.
"""

import numpy as np

from ..mapping.patches import windows
from .environment import ACTIONS, MOVES, UP


class RandomWalk:
    """Any of the four moves, each as likely as the others; into walls as well."""

    belief = None

    def start(self, environment, rng):
        """Take the source of chance."""
        self._rng, self._batch = rng, len(environment.times)

    def act(self, observation):
        """int (B,)"""
        return self._rng.integers(ACTIONS, size=self._batch)


class NearestFrontier:
    """A shortest way, through free cells that were seen, to the nearest place from which something new can be seen.

    It is given the true map of what was seen so far, and nothing else: the classical explorer that remembers perfectly
    (Yamauchi 1997, "A frontier-based approach for autonomous exploration"). Nothing in it is left to chance.
    """

    belief = None

    def start(self, environment, rng):
        """Take the environment, to look at what was seen of it."""
        self._environment = environment

    def act(self, observation):
        """int (B,)"""
        world = self._environment
        return frontier_moves(world.seen & ~world.mazes, ~world.seen, world.task.view, world.rows, world.columns)


def frontier_moves(free, unseen, view, rows, columns):
    """The first moves of shortest ways to the nearest frontier: int (B,).

    free: bool (B, size, size), the cells known to be free; the border is none of them. unseen: bool (B, size, size).
    A frontier is a free cell whose view x view patch holds something unseen. Of several first moves the one with the
    lowest number is taken; where nothing is left to be seen, UP.

    A wave runs out from all frontiers at once, a cell further each time. An agent goes where it first meets the wave.
    """
    margin = view // 2
    around = windows(np.pad(unseen, ((0, 0), (margin, margin), (margin, margin))), view)    # (B, size, size, view, view)
    wave = free & around.any(axis=(-2, -1))                                                 # (B, size, size)
    batch, neighbours = np.arange(len(rows)), (rows + MOVES[:, :1], columns + MOVES[:, 1:])         # 2 x (4, B)
    actions, waiting = np.full(len(rows), UP), np.ones(len(rows), dtype=bool)               # (B,)
    while True:
        met = wave[batch, *neighbours]                                                      # (4, B)
        arrived = waiting & met.any(axis=0)                                                 # (B,)
        actions[arrived] = met.argmax(axis=0)[arrived]
        waiting &= ~arrived
        wider = _spread(wave) & free                                                        # (B, size, size)
        if not waiting.any() or (wider == wave).all():
            return actions
        wave = wider


def _spread(cells):
    """The cells and all their neighbours, (B, size, size)."""
    spread = cells.copy()
    spread[:, 1:] |= cells[:, :-1]
    spread[:, :-1] |= cells[:, 1:]
    spread[:, :, 1:] |= cells[:, :, :-1]
    spread[:, :, :-1] |= cells[:, :, 1:]
    return spread
