"""How long a memory lasts: the program against networks that know, and forget, by design."""

import numpy as np
import pytest

from benchmarks.retention import EDGES, ages_of, main, retention
from mgnm.tasks import Mapping


class Oracle:
    """Knows the true map of the episode, but for the cells that the agent left `span` steps ago or more. Its state is the
    number of the step: it must be carried on."""

    def __init__(self, task, episode, span):
        self.episode, self.span, self.ages = episode, span, list(ages_of(episode, task))

    def forward(self, inputs, state):
        start = state or 0
        stop = start + len(inputs["query"])
        targets = self.episode.chunk(start, stop)[1]
        return np.where(np.array(self.ages[start:stop])[..., None] < self.span, targets, 0) - 0.5, stop, None


@pytest.fixture
def walk():
    task = Mapping(size=7, frame=9, walk="random", length=400)
    return task, task.episode(6, np.random.default_rng(0))


def test_the_age_of_a_cell_is_counted_from_the_last_visit(walk):
    task, episode = walk
    for t, ages in enumerate(ages_of(episode, task)):
        for b in range(0, 6, 5):
            for row, column in {(1, 1), (3, 3), (episode.rows[t, b], episode.columns[t, b])}:
                visits = np.flatnonzero((episode.rows[:t + 1, b] == row) & (episode.columns[:t + 1, b] == column))
                if len(visits):
                    assert ages[b, row + task.offset, column + task.offset] == t - visits[-1]


@pytest.mark.parametrize("span", [10, 100, 1000])
def test_recall_ends_where_the_memory_does(walk, span):
    task, episode = walk
    numbers = retention(task, Oracle(task, episode, span), episode)
    recalls = {int(name.split("_")[-1]): value for name, value in numbers.items() if name.startswith("recall_age")}
    assert set(recalls) >= {0, 10, 30}
    assert all(value == (age < span) for age, value in recalls.items())
    whole = [value for name, value in numbers.items() if name.startswith("f_score")]
    assert (np.array(whole) == 1).all() if span == EDGES[5] else numbers["f_score"] < 1


def test_the_program_scores_weights_of_the_task(capsys):
    assert main(["tiny", "--steps", "60", "--mazes", "2"]) == 0
    said = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert said["steps"] == "60" and 0 < float(said["tiny.f_score"]) < 1 and 0 <= float(said["tiny.recall_age_10"]) <= 1
    assert "tiny.f_score_step_100" not in said


@pytest.mark.parametrize(("arguments", "says"), [
    (["copy"], "copy was trained on copy: give weights of the task mapping"), (["tiny", "--steps", "1"], "--steps = 1"),
    (["nothing"], "nothing"), (["tiny", "--mazes", "0"], "--mazes = 0")])
def test_what_cannot_be_measured_is_told(capsys, arguments, says):
    assert main(arguments) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("benchmarks.retention: ") and says in line
