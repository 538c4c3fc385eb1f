"""One episode of mapping: a batch of mazes, walked through from the first step to the last (REFERENCE 3).

All that is random is drawn when the episode is made; `chunk` only looks things up, so that any cut into chunks gives
the same inputs and targets.
"""

import numpy as np

from ...errors import UserError
from ..episodes import chunks
from .maze import generate_mazes
from .patches import patch_ids, patches
from .sight import ask, mark, observe
from .walk import draw_walks, first_visits


class Episode:
    """Mazes, paths and questions for one batch. Plain attributes:

    length        T, the number of steps
    mazes         bool (B, size, size), True = wall
    rows, columns int (T, B), the cell of the maze where the agent is; the same cell of the map is `task.offset` further
    query_steps   int (T, B), the step (now or earlier) whose patch is asked for
    first         int32 (B, size-2, size-2), the step that first enters an inner cell; T where none does
    ids           int32 (B, size-2, size-2), equal where the query-sized patches around two inner cells are equal
    """

    def __init__(self, task, batch, rng):
        self.task = task
        self.length = task.steps
        self.mazes = generate_mazes(batch, task.size, task.complexity, task.density, rng)       # (B, size, size)
        self.rows, self.columns = draw_walks(task.walk, batch, task.size, self.length, rng)     # (T, B)
        so_far = np.arange(1, self.length + 1)[:, None]                                         # (T, 1)
        asked = rng.integers(so_far, size=(self.length, 1 if task.shared_query else batch))     # (T, 1 or B)
        self.query_steps = np.broadcast_to(asked, (self.length, batch))                         # (T, B)
        self.first = first_visits(self.rows, self.columns, task.size)                           # (B, inner, inner)
        self.ids = patch_ids(self.mazes, task.query)[:, 1:-1, 1:-1]                             # (B, inner, inner)
        self._views = patches(self.mazes, task.view)                                # (B, size, size, view, view)

    def chunks(self, most):
        """[start, stop) of the pieces, of at most `most` steps, into which truncated BPTT may cut the episode."""
        return chunks(self.length, most)

    def chunk(self, start, stop):
        """Inputs and targets of the steps start <= t < stop.

        Returns ({"observation": (T, B, view, view, 4), "query": (T, B, view, view, 4)}, targets (T, B, S, S, 1)),
        all float32. The channels are FREE, WALL, ROW, COLUMN; a query has its patch in the middle and no position.
        Targets are 1 at every cell entered by step t whose surroundings equal the query.
        """
        if not 0 <= start < stop <= self.length:
            raise UserError(f"a chunk from step {start} to {stop} does not exist: the episode has {self.length} steps, "
                            "and a chunk at least one")
        batch = np.arange(len(self.mazes))                                                      # (B,)
        rows, columns = self.rows[start:stop], self.columns[start:stop]                         # (T, B)
        query_steps = self.query_steps[start:stop]                                              # (T, B)
        asked = self.rows[query_steps, batch], self.columns[query_steps, batch]                 # 2 x (T, B)
        now = np.arange(start, stop, dtype=np.int32)[:, None]                                   # (T, 1)
        inputs = {"observation": observe(self.task, self._views[batch, rows, columns], rows, columns),
                  "query": ask(self.task, self._views[batch, *asked])}
        return inputs, mark(self.task, self.ids, self.first, *asked, now)
