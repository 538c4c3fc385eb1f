"""What happened to an explorer in one maze: where it went, what it saw, what it answered when it was asked."""

from dataclasses import dataclass

import numpy as np

from mgnm.figures.episode import FIGURES, WalkRecord
from mgnm.tasks.exploration import play


@dataclass(frozen=True)
class ExplorerRecord(WalkRecord):
    """A walk of the exploration task, from the start to after the last move: T = task.steps + 1.

    seen      bool (T, size, size), the cells that were in view so far
    coverage  float64 (T,), the share of the free cells among them
    others    {name: float64 (T,)}, the coverage of other players in the same maze
    """

    seen: np.ndarray
    coverage: np.ndarray
    others: dict


def record_explorer(task, player, seed, others=None):
    """Let a player explore a fresh maze: ExplorerRecord.

    task: an Exploration. player: see `mgnm.tasks.exploration.players`. seed: of the maze, the queries and the player.
    others: {name: player} to compare it with.
    """
    rng, world, moments = np.random.default_rng([FIGURES, seed]), task.environment(1), []
    observation = world.reset(rng)
    player.start(world, rng)
    for left in range(task.steps, -1, -1):
        actions = player.act(observation)                       # after the last move as well: it is asked once more
        belief = None if player.belief is None else player.belief[0]
        moments.append((world.rows[0], world.columns[0], world.query_steps[0], observation["observation"][0],
                        observation["query"][0], belief, world.targets()[0, ..., 0], world.seen[0].copy(),
                        world.coverage[0]))
        if left:
            observation, _, _ = world.step(actions)
    rows, columns, query_steps, observations, queries, beliefs, truths, seen, coverage = zip(*moments)
    compared = {name: play(task.environment(1), other, np.random.default_rng([FIGURES, seed]))[0][:, 0]
                for name, other in (others or {}).items()}
    return ExplorerRecord(task, world.mazes[0].copy(), np.array(rows), np.array(columns), np.array(query_steps),
                          np.stack(observations), np.stack(queries), None if beliefs[0] is None else np.stack(beliefs),
                          np.stack(truths), np.stack(seen), np.array(coverage), compared)
