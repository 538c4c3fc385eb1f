"""The best guess without memory: known cases, and bands that hold it in place."""

import numpy as np
import pytest

from mgnm.errors import UserError
from mgnm.tasks import Mapping
from mgnm.tasks.mapping import memoryless_scores


def test_nothing_to_remember_where_all_mazes_are_equal():
    """Without inner walls the query and the time tell everything."""
    scores = Mapping(size=7, density=0.0).memoryless(mazes=20)
    assert scores.half.f_score == scores.best.f_score == 1.0


def test_a_view_of_the_whole_maze_tells_where_it_was_taken():
    scores = Mapping(size=7, view=9, query=9).memoryless(mazes=20)
    assert scores.best.f_score > 0.98


@pytest.mark.parametrize("settings, half, best", [
    (dict(size=9), (0.50, 0.60), (0.60, 0.68)),
    (dict(size=9, density=0.5), (0.22, 0.34), (0.44, 0.53)),
    (dict(size=9, walk="random"), (0.13, 0.27), (0.38, 0.48)),
])
def test_on_small_maps_much_can_be_guessed(settings, half, best):
    scores = Mapping(**settings).memoryless(mazes=200, seed=11)
    assert half[0] < scores.half.f_score < half[1]
    assert best[0] < scores.best.f_score < best[1]
    assert 0 < scores.threshold < 0.5


def test_larger_maps_leave_less_to_guess():
    f = [memoryless_scores(Mapping(size=size), np.random.default_rng(0), 40, 4000).best.f_score for size in (7, 9, 11)]
    assert f[0] > f[1] > f[2]


def test_the_guess_marks_as_many_true_cells_as_there_are():
    """Found and missed together are the ones of the targets: half the drawn mazes, all their steps and cells."""
    task = Mapping(size=7)
    scores = task.memoryless(mazes=30)
    total = scores.best.true_positives + scores.best.false_negatives
    assert total == scores.half.true_positives + scores.half.false_negatives
    per_maze = task.episode(500, np.random.default_rng(0)).chunk(0, 25)[1].sum() / 500
    assert total / 30 == pytest.approx(per_maze, rel=0.1)


def test_the_guess_is_a_function_of_the_generator():
    guess = lambda seed: memoryless_scores(Mapping(size=7), np.random.default_rng(seed), mazes=10, known=500)
    assert guess(1) == guess(1) != guess(2)


def test_no_mazes_are_refused():
    with pytest.raises(UserError, match="^mazes"):
        Mapping().memoryless(mazes=0)
