"""The pictures of a run are drawn of a baseline, too: its memory as squares of units."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mgnm
from mgnm.figures import draw_run, record_episode, record_sequences
from mgnm.figures.digits import record_digits
from mgnm.figures.memory import write_and_ask
from mgnm.tasks import build_task

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

IMAGES = {"source": str(Path(__file__).parent / "data" / "digits"), "digits": 3, "levels": 2}
TASKS = {"mapping": {"size": 5, "frame": 6}, "sort": {"bits": 3, "items": 4, "top": 3}, "digit_recall": IMAGES,
         "digit_sort": IMAGES}
ENDS = {"mapping": {"questions": "every", "input": [3, 3, 4], "output": [6, 6, 1]},
        "sort": {"questions": "none", "input": [4], "output": [3]},
        "digit_recall": {"questions": "last", "input": [6, 6, 1], "output": [10]},
        "digit_sort": {"questions": "none", "input": [6, 6, 1], "output": [10]}}
PICTURES = {"mapping": ["episode.png", "episode.gif"], "sort": ["sequences.png", "memory.png"],
            "digit_recall": ["digits.png", "memory.png"], "digit_sort": ["digits.png", "memory.png"]}


def run_of(kind, **settings):
    network = {"kind": "lstm", "units": 7, "layers": 2, **ENDS[kind], **settings}
    return mgnm.build(network), build_task({"kind": kind, **TASKS[kind]})


@pytest.mark.parametrize("kind", TASKS)
def test_a_run_of_an_lstm_is_drawn(kind, tmp_path):
    network, task = run_of(kind)
    paths = draw_run(network, task, [], tmp_path, 1, task.baseline())
    assert [path.name for path in paths] == PICTURES[kind]
    for path in paths:
        with Image.open(path) as picture:
            assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 20


@pytest.mark.parametrize(("kind", "record"), [
    ("mapping", record_episode), ("sort", lambda *run: record_sequences(*run)[0].memory),
    ("digit_recall", lambda *run: record_digits(*run)[0].memory),
    ("digit_sort", lambda *run: record_digits(*run)[0].memory)])
def test_the_memory_of_an_lstm_is_a_square_for_every_layer(kind, record):
    memory = record(*run_of(kind), 1)
    for grids in (memory.hidden, memory.cells):
        assert grids.keys() == {(0, 0), (1, 0)}
        for grid in grids.values():
            assert grid.shape[1:] == (3, 3) and not grid[:, 2, 1:].any()
            assert grid.reshape(-1, 9)[:, :7].all()


def test_a_run_of_a_dnc_is_drawn(tmp_path):
    """A square for its controller, and its memory: a row for every slot; as what it tells, a row for every head."""
    memory = {"kind": "dnc", "units": 4, "slots": 6, "width": 3, "heads": 2}
    for kind in TASKS:
        network, task = mgnm.build(memory | ENDS[kind]), build_task({"kind": kind, **TASKS[kind]})
        paths = draw_run(network, task, [], tmp_path / kind, 1, task.baseline())
        assert [path.name for path in paths] == PICTURES[kind]
    sort = build_task({"kind": "sort", **TASKS["sort"]})
    record = record_sequences(mgnm.build(memory | ENDS["sort"]), sort, 1)[0].memory
    assert {place: grid.shape[1:] for place, grid in record.cells.items()} == {(0, 0): (2, 2), (1, 1): (6, 3)}
    assert {place: grid.shape[1:] for place, grid in record.hidden.items()} == {(0, 0): (2, 2), (1, 1): (2, 3)}
    assert record.cells[1, 1][-1].any()


@pytest.mark.parametrize("shown", [False, True])
def test_the_last_answer_is_that_of_the_whole_sequence(shown):
    """It is asked after every step to be drawn; that must not show in its memory."""
    network, task = run_of("digit_recall", show_query=shown)
    inputs = task.fresh_episode(1, np.random.default_rng(1)).inputs
    np.testing.assert_allclose(write_and_ask(network, inputs)[0], network.forward(inputs)[0][:, 0], rtol=1e-5)
