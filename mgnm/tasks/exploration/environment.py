"""A batch of mazes to be explored, one step at a time (REFERENCE 9). All state is arrays over the batch, no loop.

All that is random about an episode is drawn by `reset`: the maze, and for every step which earlier step is asked for.
"""

import numpy as np

from ...errors import UserError
from ..mapping.maze import generate_mazes
from ..mapping.patches import patch_ids, windows
from ..mapping.sight import ask, mark, observe

UP, DOWN, LEFT, RIGHT = range(4)
MOVES = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])            # rows and columns further, for each action
ACTIONS = len(MOVES)
STATE = ("mazes", "seen", "rows", "columns", "times", "_ids", "_first", "_path", "_query_steps")


class Environment:
    """B agents, each alone in a maze of its own. `reset` all of them before the first step.

        observation = environment.reset(rng)
        observation, reward, done = environment.step(actions)
        if done.any():
            observation = environment.reset(rng, done)

    An observation is what the network of the mapping task gets, without the axis of time:
    {"observation": float32 (B, view, view, 4), "query": float32 (B, view, view, 4)}; `targets()` is the map that answers
    the query. It tells the agent all that the step did: where it is now says whether a wall stopped it.

    An episode begins at the cell nearest to the centre that no maze walls, and ends after `task.steps` moves, wherever
    that is. A move into a wall is lost. The reward of a move is (cells of the maze now seen for the first time) / view^2;
    the border, which is the same in every maze, counts as seen from the start.

    mazes          bool (B, size, size), True = wall
    seen           bool (B, size, size), the cells that were in view since the start
    rows, columns  int (B,), the cell where the agent is
    times          int (B,), moves since the start: 0 to task.steps
    query_steps    int (B,), the time (now or earlier) whose patch is asked for now
    """

    def __init__(self, task, batch):
        size, view, inner = task.size, task.view, task.size - 2
        margin, wide = view // 2, size + view - 1
        self.task, self.batch = task, np.arange(batch)
        walled = np.ones((batch, wide, wide), dtype=bool)                           # outside, all is wall
        looked = np.ones((batch, wide, wide), dtype=bool)                           # and there is nothing to be seen
        inside = slice(margin, margin + size)
        self.mazes, self.seen = walled[:, inside, inside], looked[:, inside, inside]            # views
        self._walls = windows(walled, view)                                         # (B, size, size, view, view)
        self._looked = windows(looked, view, writeable=True)                        # (B, size, size, view, view)
        self.rows, self.columns = np.full((2, batch), size // 2 | 1)                # (B,)
        self.times = np.full(batch, task.steps)                                     # every episode has ended
        self._ids = np.zeros((batch, inner, inner), dtype=np.int32)
        self._first = np.full((batch, inner, inner), task.steps + 1, dtype=np.int32)
        self._path = np.zeros((2, task.steps + 1, batch), dtype=np.int64)           # rows and columns at every time
        self._query_steps = np.zeros((task.steps + 1, batch), dtype=np.int64)

    def reset(self, rng, which=None):
        """Begin new episodes in new mazes. Returns the observation of the whole batch.

        rng: numpy Generator, the only source of chance. which: where, as bool (B,) or as numbers; None: everywhere.
        """
        which = self.batch if which is None else self.batch[which]                              # (n,)
        task, count = self.task, len(which)
        if count:
            mazes = generate_mazes(count, task.size, task.complexity, task.density, rng)        # (n, size, size)
            so_far = np.arange(1, task.steps + 2)[:, None]                                      # (T + 1, 1)
            self._query_steps[:, which] = rng.integers(so_far, size=(task.steps + 1, count))
            self._ids[which] = patch_ids(mazes, task.query)[:, 1:-1, 1:-1]
            self._first[which] = task.steps + 1
            self.mazes[which] = mazes
            self.seen[which, 1:-1, 1:-1] = False
            self.rows[which] = self.columns[which] = task.size // 2 | 1
            self.times[which] = 0
            self._look()
        return self.observation()

    def step(self, actions):
        """Move: int (B,), UP, DOWN, LEFT or RIGHT. Returns observation, reward float32 (B,), done bool (B,).

        The observation of an episode that is done is its last. UserError for other actions, and where an episode has
        ended and was not reset.
        """
        actions = np.asarray(actions)
        if actions.shape != self.times.shape or actions.dtype.kind not in "iu":
            raise UserError(f"the actions are {actions.dtype} {actions.shape}: give whole numbers, one for each of the "
                            f"{len(self.batch)} environments")
        if not ((actions >= 0) & (actions < ACTIONS)).all():
            raise UserError(f"there is an action that is not among 0 to {ACTIONS - 1}: give only these")
        if (self.times == self.task.steps).any():
            raise UserError("an episode has ended or not begun: reset the environments that are done before the next step")
        rows, columns = self.rows + MOVES[actions, 0], self.columns + MOVES[actions, 1]         # (B,)
        free = ~self.mazes[self.batch, rows, columns]                                           # (B,)
        self.rows, self.columns = np.where(free, rows, self.rows), np.where(free, columns, self.columns)
        self.times = self.times + 1
        reward = self._look() / np.float32(self.task.view ** 2)                                 # (B,)
        return self.observation(), reward, self.times == self.task.steps

    def observation(self):
        """What the agents see now and are asked for: see the class."""
        walls, asked = self._walls[self.batch, self.rows, self.columns], self._walls[self.batch, *self._asked()]
        return {"observation": observe(self.task, walls, self.rows, self.columns), "query": ask(self.task, asked)}

    def targets(self):
        """The right answers to the queries of now: float32 (B, S, S, 1), 1 at every cell that the agent has been at and
        whose surroundings equal the query; the mapping task's, for the same path."""
        return mark(self.task, self._ids, self._first, *self._asked(), self.times)

    def snapshot(self):
        """All that the environment is, but for its settings: {name: array}, copies."""
        return {name.strip("_"): getattr(self, name).copy() for name in STATE}

    def restore(self, snapshot):
        """Be again what the snapshot was taken of; the batch must be of the same size."""
        for name in STATE:
            getattr(self, name)[...] = snapshot[name.strip("_")]

    @property
    def coverage(self):
        """The share of the free cells that were seen: float64 (B,). All free cells of these mazes can be reached."""
        free = ~self.mazes                                                                      # (B, size, size)
        return (free & self.seen).sum(axis=(1, 2)) / free.sum(axis=(1, 2))

    @property
    def query_steps(self):
        """See the class."""
        return self._query_steps[self.times, self.batch]

    def _asked(self):
        """Rows and columns, each (B,), at which the agents were at the time that is asked for."""
        return self._path[:, self.query_steps, self.batch]

    def _look(self):
        """Note where the agents are and what they see; returns how many cells they see for the first time: (B,)."""
        here = self.batch, self.rows, self.columns
        self._path[:, self.times, self.batch] = here[1:]
        entered = self.batch, self.rows - 1, self.columns - 1
        self._first[entered] = np.minimum(self._first[entered], self.times)
        new = self.task.view ** 2 - self._looked[here].sum(axis=(1, 2), dtype=np.float32)       # (B,)
        self._looked[here] = True
        return new
