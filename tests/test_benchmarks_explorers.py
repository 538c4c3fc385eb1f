"""Several trainings of explorers beside each other: the program's sums, and what it refuses."""

import json

import numpy as np
import pytest

from benchmarks.explorers import by_name, joined, main, summary
from mgnm.tasks.exploration import Curves
from mgnm.tasks.mapping import Scores

# Two trainings with the areas 0.5 and 0.9, and F of 2/3 and 1.
GAMES = [Curves(np.full((1, 3, 5), 0.5), Scores(1, 1, 0)), Curves(np.full((1, 3, 5), 0.9), Scores(2, 0, 0))]
OTHERS = {"knows the maze": [Curves(np.full((1, 3, 5), 0.875), None)],
          "nearest frontier": [Curves(np.full((1, 3, 5), 0.8), None)],
          "random walk": [Curves(np.full((1, 3, 5), 0.35), None)]}


def test_a_player_is_the_mean_of_its_trainings():
    numbers = summary({"net": GAMES, **OTHERS})
    assert [numbers[f"net.area{end}"] for end in ("", "_lowest", "_highest")] == pytest.approx([0.7, 0.5, 0.9])
    assert [numbers[f"net.f_score{end}"] for end in ("", "_lowest", "_highest")] == pytest.approx([5 / 6, 2 / 3, 1])
    assert numbers["net.times_random"] == pytest.approx(2)
    assert numbers["net.times_frontier"] == pytest.approx(0.875)
    assert numbers["net.times_clairvoyant"] == pytest.approx(0.8)
    assert "random walk.f_score" not in numbers and numbers["random walk.times_random"] == 1


def test_joined_games_are_all_of_them():
    both = joined(GAMES)
    assert both.coverage.shape == (2, 3, 5) and both.areas.mean() == pytest.approx(0.7)
    assert both.scores.counts() == [3, 1, 0]
    assert joined(OTHERS["random walk"]).scores is None


def test_the_program_plays_and_draws(tmp_path, capsys):
    picture, numbers = tmp_path / "explorers.png", tmp_path / "explorers.json"
    assert main(["one=explore-9", "two=explore-9,explore-9", "--mazes", "3", "--picture", str(picture),
                 "--json", str(numbers)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(picture) and picture.stat().st_size > 10_000
    found = json.loads(numbers.read_text())
    assert found["mazes"] == 3 and found["one.area"] == found["two.area_lowest"] == found["two.area_highest"]
    assert found["random walk.area"] < found["one.area"] < found["knows the maze.area"] and 0.8 < found["one.f_score"] < 1


@pytest.mark.parametrize(("arguments", "says"), [
    (["explore-9"], "explore-9 is not of the form PLAYER=WEIGHTS,WEIGHTS"),
    (["a=explore-9,"], "a=explore-9, is not of the form"),
    (["a=explore-9", "a=explore-9"], "there is a player a already"),
    (["random walk=explore-9"], "there is a player random walk already"),
    (["a=tiny"], "tiny was trained on mapping: give weights of the task exploration"),
    (["a=explore-9", "--picture", "x.gif"], "--picture x.gif: name a file that ends in .png"),
    (["a=explore-9", "--mazes", "0"], "--mazes = 0")])
def test_what_cannot_be_played_is_told(capsys, arguments, says):
    assert main(arguments) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("benchmarks.explorers: ") and says in line


def test_names_lead_to_their_weights():
    assert by_name(["a=one,two", "b c=three"]) == {"a": ["one", "two"], "b c": ["three"]}
