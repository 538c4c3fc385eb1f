"""What the agent is shown, and what it is to draw: the same for who is led through a maze and who explores it.

All arrays may have any leading axes, written "..." here; the last of them is B, the batch of mazes.
"""

import numpy as np

FREE, WALL, ROW, COLUMN = range(4)                              # the channels of an observation


def observe(task, walls, rows, columns):
    """The patch around the agent and its position: float32 (..., view, view, 4), channels FREE, WALL, ROW, COLUMN.

    task: a MazeTask. walls: bool (..., view, view), the patches around the cells rows, columns (...) of the mazes.
    """
    observation = np.empty((*walls.shape, 4), dtype=np.float32)                     # (..., view, view, 4)
    observation[..., FREE] = ~walls
    observation[..., WALL] = walls
    observation[..., ROW] = task.positions_of(rows)[..., None, None]
    observation[..., COLUMN] = task.positions_of(columns)[..., None, None]
    return observation


def ask(task, walls):
    """The middle of a patch as a question, without its position: float32 (..., view, view, 4).

    walls: bool (..., view, view); task.query says how much of it is asked for, the rest is 0.
    """
    margin = (task.view - task.query) // 2
    middle = slice(margin, task.view - margin)
    query = np.zeros((*walls.shape, 4), dtype=np.float32)                           # (..., view, view, 4)
    query[..., middle, middle, FREE] = ~walls[..., middle, middle]
    query[..., middle, middle, WALL] = walls[..., middle, middle]
    return query


def mark(task, ids, first, query_rows, query_columns, now):
    """The map that answers a question: float32 (..., S, S, 1), 1 at every cell entered by now that looks the same.

    ids, first: (B, size-2, size-2), the numbers of the patches around all inner cells (`patch_ids`) and the steps at which
    these cells were first entered. query_rows, query_columns: int (..., B), where the patch was seen. now: int, (..., B)
    or broadcast to it, the step.
    """
    batch = np.arange(len(ids))                                                     # (B,)
    wanted = ids[batch, query_rows - 1, query_columns - 1]                          # (..., B)
    found = (ids == wanted[..., None, None]) & (first <= now[..., None, None])      # (..., B, inner, inner)
    side, corner, inner = task.frame, 1 + task.offset, task.size - 2
    targets = np.zeros((*wanted.shape, side, side, 1), dtype=np.float32)            # (..., B, S, S, 1)
    targets[..., corner:corner + inner, corner:corner + inner, 0] = found
    return targets
