"""Figures show what happened: records against the network, drawn data against records, and files as promised."""

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import mgnm
from mgnm import ops
from mgnm.errors import UserError
from mgnm.figures import (
    animation,
    draw_run,
    episode_animation,
    episode_sheet,
    learning_curve,
    panels,
    record_episode,
    sheet,
    style,
)
from mgnm.figures.episode import FIGURES
from mgnm.tasks import Mapping

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

METRICS = [{"update": 10 * n, "seconds": 50.0 * n, "loss": 1 / n, "f_score": n / 20} for n in range(1, 16)]
METRICS[7]["evaluation"] = {"precision": 0.5, "recall": 0.3, "f_score": 0.375}
LARGE = {"kind": "reader_writer", "base": 5, "writer": [[2, 4], [3, 4]], "reader": [4, 4], "narrowing": [[1, 1]]}


@pytest.fixture(scope="module")
def record():
    """An episode of the 9x9 task; the answers are the truth, blurred by chance: some are right and some wrong."""
    blurred = record_episode(mgnm.build("tiny", seed=1), Mapping(), seed=3)
    chance = np.random.default_rng(0).random(blurred.truths.shape, dtype=np.float32)
    return replace(blurred, predictions=0.6 * blurred.truths + 0.4 * chance * (chance > 0.95) + 0.2 * (chance > 0.98))


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def by_title(figure, start):
    return [ax for ax in figure.axes if ax.get_title().startswith(start)]


def test_record_is_what_the_network_does_with_the_whole_episode():
    network, task = mgnm.build("tiny", seed=2), Mapping(walk="random", density=0.5)
    record = record_episode(network, task, seed=5)
    episode = task.episode(1, np.random.default_rng([FIGURES, 5]))
    inputs, targets = episode.chunk(0, episode.length)
    outputs, state, _ = network.forward(inputs)
    np.testing.assert_array_equal(record.maze, episode.mazes[0])
    np.testing.assert_array_equal(record.rows, episode.rows[:, 0])
    np.testing.assert_array_equal(record.columns, episode.columns[:, 0])
    np.testing.assert_array_equal(record.query_steps, episode.query_steps[:, 0])
    np.testing.assert_array_equal(record.observations, inputs["observation"][:, 0])
    np.testing.assert_array_equal(record.queries, inputs["query"][:, 0])
    np.testing.assert_array_equal(record.truths, targets[:, 0, ..., 0])
    np.testing.assert_allclose(record.predictions, ops.sigmoid(outputs)[0][:, 0, ..., 0], rtol=1e-4, atol=1e-6)
    assert record.hidden.keys() == record.cells.keys() == {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)}
    for kind, grids in (("h", record.hidden), ("c", record.cells)):
        for (layer, level), grid in grids.items():
            assert grid.shape == (49, 3 * 2 ** level, 3 * 2 ** level)
            assert grid.dtype == np.float32
            mean = np.abs(state[f"{layer}.{level}.{kind}"]).mean(axis=(1, 3))
            np.testing.assert_allclose(grid[-1], mean, rtol=1e-4, atol=1e-6)
            assert np.abs(grid[-1] - grid[0]).max() > 1e-3


def test_record_depends_on_the_seed_alone():
    network, task = mgnm.build("tiny"), Mapping(length=8)
    first, again, other = (record_episode(network, task, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.predictions, again.predictions)
    np.testing.assert_array_equal(first.maze, again.maze)
    assert (first.maze != other.maze).any()


def test_record_refuses_a_network_of_another_size():
    with pytest.raises(UserError, match="12 x 12 x 1 at a step and the task wants 24 x 24 x 1"):
        record_episode(mgnm.build("tiny"), Mapping(frame=24), seed=0)


def test_learning_curve_draws_the_metrics(tmp_path, figures):
    path = learning_curve(METRICS, tmp_path / "curve.png", Mapping.headlines, {"memoryless_f_score": 0.31})
    assert size_of(path) == (960, 720)
    loss, score = figures[0].axes
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), [line["loss"] for line in METRICS])
    assert loss.get_yscale() == "log"
    training, fresh, memoryless = score.lines
    np.testing.assert_array_equal(training.get_xdata(), [line["update"] for line in METRICS])
    np.testing.assert_array_equal(training.get_ydata(), [line["f_score"] for line in METRICS])
    assert (list(fresh.get_xdata()), list(fresh.get_ydata())) == ([80], [0.375])
    assert set(memoryless.get_ydata()) == {0.31}
    assert [text.get_text() for text in score.get_legend().get_texts()] == [
        "training data", "fresh data (last 0.375)", "best guess without memory (0.310)"]
    assert "12 min 30 s" in score.get_xlabel()


def test_learning_curve_of_one_line_or_none(tmp_path, figures):
    learning_curve(METRICS[:1], tmp_path / "curve.png", Mapping.headlines)
    assert len(figures[0].axes[1].lines) == 1
    with pytest.raises(UserError, match="metrics are empty"):
        learning_curve([], tmp_path / "none.png", Mapping.headlines)
    assert not (tmp_path / "none.png").exists()


def test_telling_moments_are_chosen_by_the_questions(record):
    steps = sheet.telling_moments(record)
    assert len(steps) == 5
    assert [int(5 * t / record.length) for t in steps] == [0, 1, 2, 3, 4]
    for t, stretch in zip(steps, np.array_split(np.arange(49), 5), strict=True):
        walled = [s for s in stretch if record.queries[s, ..., 1].any()]
        assert t in walled
        assert record.truths[t].sum() == max(record.truths[s].sum() for s in walled)


def test_sheet_shows_the_record(record, tmp_path, figures):
    path = episode_sheet(record, tmp_path / "episode.png")
    assert size_of(path) == (1400, 1160)
    figure, inside = figures[0], slice(3, 12)                   # the maze's place in the frame of side 12
    steps = sheet.telling_moments(record)
    for t, world, seen, asked, answer, truth in zip(
            steps, *(by_title(figure, start) for start in ("step", "it sees", "where", "answer", "the truth")),
            strict=True):
        assert world.get_title() == f"step {t + 1} of 49"
        np.testing.assert_array_equal(world.images[0].get_array(), record.maze)
        path_line, agent = world.lines
        np.testing.assert_array_equal(path_line.get_xydata(), np.stack([record.columns, record.rows], 1)[:t + 1])
        assert agent.get_xydata().tolist() == [[record.columns[t], record.rows[t]]]
        views = {patch.get_edgecolor()[:3]: patch.get_bbox().extents for patch in world.patches}
        s = record.query_steps[t]
        around = np.array([-1.5, -1.5, 1.5, 1.5])
        np.testing.assert_array_equal(views[to_rgb(style.AGENT)], around + 2 * [record.columns[t], record.rows[t]])
        np.testing.assert_array_equal(views[to_rgb(style.QUESTION)], around + 2 * [record.columns[s], record.rows[s]])
        np.testing.assert_array_equal(seen.images[0].get_array() == 2, record.observations[t, ..., 1] == 1)
        np.testing.assert_array_equal(asked.images[0].get_array() == 2, record.queries[t, ..., 1] == 1)
        np.testing.assert_array_equal(answer.images[1].get_array(), record.predictions[t, inside, inside])
        np.testing.assert_array_equal(truth.images[1].get_array(), record.truths[t, inside, inside])
        assert len(answer.collections[0].get_paths()) == record.truths[t].sum()
    for side, level in ((3, 0), (6, 1), (12, 2)):
        shown = [ax.images[0].get_array() for ax in by_title(figure, f"{side}x{side}")]
        np.testing.assert_array_equal(shown[0::2], record.hidden[1, level][steps])
        np.testing.assert_array_equal(shown[1::2], record.cells[1, level][steps])


def test_verdict_counts_the_whole_map(record):
    predictions, truths = np.zeros((2, 1, 12, 12), np.float32)
    truths[0, 5, 5:8] = 1
    predictions[0, 5, 5:7] = 0.9
    made_up = replace(record, predictions=predictions, truths=truths)
    assert panels.verdict(made_up, 0) == "answer: 2 of 3 found"
    predictions[0, 0, 0] = 0.6
    assert panels.verdict(made_up, 0) == "answer: 2 of 3 found, 1 wrong"


def test_animation_has_a_frame_for_every_step_and_shows_the_record(record, tmp_path, figures):
    path = episode_animation(record, tmp_path / "episode.gif")
    assert path.stat().st_size < 2_000_000
    world, answer, truth = (by_title(figures[0], start)[0] for start in ("step", "answer", "the truth"))
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size) == (49, (936, 522))
        for t in (0, 17, 48):
            gif.seek(t)
            picture = np.asarray(gif.convert("RGB")) / 255

            def colour(ax, row, column, picture=picture):
                x, y = ax.transData.transform((column, row))
                return picture[int(522 - y), int(x)]

            assert gif.info["duration"] == (2000 if t == 48 else 160)
            assert tuple(picture[0, 0]) == (1, 1, 1)
            np.testing.assert_allclose(colour(world, record.rows[t], record.columns[t]), to_rgb(style.AGENT), atol=0.01)
            wall = record.maze & ~record.cropped(record.truths)[t].astype(bool)
            for row, column in np.argwhere(record.cropped(record.truths)[t]):
                np.testing.assert_allclose(colour(truth, row + 0.3, column + 0.3), to_rgb(style.QUESTION), atol=0.01)
            for row, column in np.argwhere(wall):
                expected = np.array(to_rgb(style.FAINT_WALL))
                np.testing.assert_allclose(colour(truth, row + 0.3, column + 0.3), expected, atol=0.01)
                p = record.cropped(record.predictions)[t, row, column]
                expected += p * (np.array(to_rgb(style.QUESTION)) - expected)
                np.testing.assert_allclose(colour(answer, row + 0.3, column + 0.3), expected, atol=0.03)


def test_long_episodes_are_animated_with_steps_left_out(record, tmp_path, monkeypatch, figures):
    monkeypatch.setattr(animation, "MOST_FRAMES", 20)
    with Image.open(episode_animation(record, tmp_path / "episode.gif")) as gif:
        assert gif.n_frames == 17                               # every third step, and the last one
    assert by_title(figures[0], "step 49 of 49")


def test_palette_holds_what_is_drawn():
    colours = np.array(animation.palette().getpalette()).reshape(-1, 3)
    assert len(colours) <= 256
    for ink in (style.WALL, style.FAINT_WALL, style.UNKNOWN, style.FREE, style.PATH, style.AGENT, style.QUESTION):
        assert np.abs(colours - 255 * np.array(to_rgb(ink))).max(axis=1).min() <= 1, ink


@pytest.mark.parametrize("settings, task", [
    ("tiny", Mapping(length=1)),
    (LARGE, Mapping(size=15, view=5, query=3, frame=20, walk="random", length=30, positions="raw")),
])
def test_draw_run_draws_everything(settings, task, tmp_path):
    network, folder = mgnm.build(settings), tmp_path / "run" / "figures"
    paths = draw_run(network, task, METRICS, folder, seed=1, baseline={"memoryless_f_score": 0.3})
    assert [path.name for path in paths] == ["learning_curve.png", "episode.png", "episode.gif"]
    assert sorted(folder.iterdir()) == sorted(paths)
    with Image.open(paths[-1]) as gif:
        assert getattr(gif, "n_frames", 1) == task.steps


def test_draw_run_without_metrics(tmp_path):
    paths = draw_run(mgnm.build("tiny"), Mapping(length=3), [], tmp_path, seed=1)
    assert [path.name for path in paths] == ["episode.png", "episode.gif"]


def test_the_users_settings_change_nothing(record, tmp_path):
    plain = episode_sheet(record, tmp_path / "plain.png").read_bytes()
    odd = {"font.size": 20, "axes.grid": True, "image.origin": "lower", "image.interpolation": "bicubic"}
    with matplotlib.rc_context(odd):
        assert episode_sheet(record, tmp_path / "again.png").read_bytes() == plain
