"""Let a player explore fresh mazes and measure how well it does: coverage against steps, and the maps that it draws."""

from dataclasses import dataclass

import numpy as np

from ...settings import check_whole
from ..episodes import EVALUATION, MOST, stream
from ..mapping.score import Scores


@dataclass(frozen=True)
class Curves:
    """How some games went.

    coverage  float64 (seeds, mazes, T + 1), the share of the free cells that were seen, before the first move and after
              every one
    scores    Scores of the maps that the player drew before every move; None for a player that draws none
    """

    coverage: np.ndarray
    scores: Scores | None

    @property
    def areas(self):
        """The area under the curve of every maze, (seeds, mazes): the mean coverage after a move, from 0 to 1."""
        return self.coverage[..., 1:].mean(axis=-1)

    def summary(self):
        """The numbers for a table or a file:

        area                      mean over all mazes
        area_spread_mazes         standard deviation from maze to maze
        area_spread_seeds         standard deviation of the means of the seeds (0 for one seed)
        coverage                  mean after the last move
        precision, recall, f_score   of the maps, where there are any
        """
        areas = self.areas
        numbers = {"area": areas.mean(), "area_spread_mazes": areas.std(), "area_spread_seeds": areas.mean(axis=1).std(),
                   "coverage": self.coverage[..., -1].mean()}
        return {name: float(number) for name, number in numbers.items()} | (self.scores.summary() if self.scores else {})


def play(environment, player, rng):
    """Play one whole episode in every maze of an environment. Returns (coverage (T + 1, B), Scores or None).

    player: see `players`. rng: numpy Generator; the mazes are drawn from it before the player draws anything, so they are
    the same for all players.
    """
    observation, steps = environment.reset(rng), environment.task.steps
    player.start(environment, rng)
    coverage, scores = [environment.coverage], None
    for _ in range(steps):
        actions = player.act(observation)
        if player.belief is not None:
            answers = Scores.of_probabilities(player.belief, environment.targets()[..., 0])
            scores = answers if scores is None else scores + answers
        observation, _, _ = environment.step(actions)
        coverage.append(environment.coverage)
    return np.stack(coverage), scores


def evaluate(task, player, mazes=96, seeds=(0,)):
    """Curves of a player in fresh mazes, `mazes` at once for every seed.

    task: an Exploration. seeds: whole numbers. The mazes and the queries depend on these alone, and are none of a
    training run's with that seed.
    """
    check_whole("mazes", mazes, 1, MOST)
    environment = task.environment(mazes)
    games = [play(environment, player, stream(seed, EVALUATION)) for seed in seeds]
    coverage = np.stack([covered.T for covered, _ in games])                        # (seeds, mazes, T + 1)
    scores = [score for _, score in games if score is not None]
    return Curves(coverage, sum(scores, Scores()) if scores else None)
