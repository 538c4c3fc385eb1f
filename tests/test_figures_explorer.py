"""Figures of exploration show what happened: records against games, drawn data against records, files as promised."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from mgnm.errors import UserError
from mgnm.figures import coverage_figure, draw_explorer, explorer_animation, record_explorer, style
from mgnm.figures.episode import FIGURES
from mgnm.tasks.exploration import Curves, Exploration, NearestFrontier, RandomWalk, play

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

TASK = Exploration(length=24, density=0.4)
OTHERS = {"nearest frontier": NearestFrontier(), "random walk": RandomWalk()}


class Guesser(NearestFrontier):
    """Goes to the frontier; of the right answer it is sure by 0.9, and everywhere else by 0.2."""

    def act(self, observation):
        self.belief = np.float32(0.2) + np.float32(0.7) * self._environment.targets()[..., 0]
        return super().act(observation)


@pytest.fixture(scope="module")
def record():
    return record_explorer(TASK, Guesser(), seed=4, others=OTHERS)


def colours_of(path, t, figure):
    """A function that tells the colour at a cell (row, column) of an axes, in step t of a GIF."""
    with Image.open(path) as gif:
        gif.seek(t)
        picture = np.asarray(gif.convert("RGB")) / 255

    def colour(ax, row, column):
        x, y = ax.transData.transform((column, row))
        return picture[int(len(picture) - y), int(x)]

    return colour


def titled(figure, start):
    return next(ax for ax in figure.axes if ax.get_title().startswith(start))


def test_a_record_is_the_game(record):
    world, rng, player = TASK.environment(1), np.random.default_rng([FIGURES, 4]), Guesser()
    observation = world.reset(rng)
    player.start(world, rng)
    assert record.length == 25 and record.observations.shape == record.queries.shape == (25, 3, 3, 4)
    np.testing.assert_array_equal(record.maze, world.mazes[0])
    for t in range(25):
        assert (record.rows[t], record.columns[t], record.query_steps[t]) == (
            world.rows[0], world.columns[0], world.query_steps[0])
        np.testing.assert_array_equal(record.observations[t], observation["observation"][0])
        np.testing.assert_array_equal(record.queries[t], observation["query"][0])
        np.testing.assert_array_equal(record.truths[t], world.targets()[0, ..., 0])
        np.testing.assert_array_equal(record.seen[t], world.seen[0])
        assert record.coverage[t] == world.coverage[0]
        actions = player.act(observation)
        np.testing.assert_array_equal(record.predictions[t], player.belief[0])
        if t < 24:
            observation = world.step(actions)[0]
    for name, player in OTHERS.items():
        coverage, _ = play(TASK.environment(1), player, np.random.default_rng([FIGURES, 4]))
        np.testing.assert_array_equal(record.others[name], coverage[:, 0])
    np.testing.assert_array_equal(record.others["nearest frontier"], record.coverage)


def test_an_explorer_without_maps_has_no_predictions():
    record = record_explorer(TASK, RandomWalk(), seed=1)
    assert record.predictions is None and record.others == {}
    again = record_explorer(TASK, RandomWalk(), seed=1)
    np.testing.assert_array_equal(record.rows, again.rows)
    assert (record_explorer(TASK, RandomWalk(), seed=2).maze != record.maze).any()


@pytest.mark.parametrize("frame", [7, 8, 9, 12])
def test_maps_lie_on_the_maze_even_where_the_frame_leaves_its_border_out(frame):
    record = record_explorer(Exploration(length=24, frame=frame), Guesser(), seed=4)
    truths = record.cropped(record.truths)
    assert truths.shape == (25, 9, 9) and truths.sum() == record.truths.sum() > 0
    asked = record.query_steps
    assert truths[np.arange(25), record.rows[asked], record.columns[asked]].all()


def test_the_animation_shows_world_answer_and_coverage(record, tmp_path, figures):
    path = explorer_animation(record, tmp_path / "explorer.gif")
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size) == (25, (936, 594))
    figure = figures[0]
    world, answer, truth = (titled(figure, start) for start in ("step 25 of 25", "answer", "the truth"))
    coverage = figure.axes[-1]
    assert f"{record.coverage[-1]:.0%} seen" in world.get_title()
    np.testing.assert_array_equal(coverage.lines[-2].get_xydata(), np.stack([np.arange(25), record.coverage], 1))
    for line, name in zip(coverage.lines, OTHERS):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_ydata(), record.others[name])
    for t in (0, 9, 24):
        colour = colours_of(path, t, figure)
        np.testing.assert_allclose(colour(world, record.rows[t], record.columns[t]), to_rgb(style.AGENT), atol=0.01)
        np.testing.assert_allclose(colour(coverage, record.coverage[t], t), to_rgb(style.AGENT), atol=0.01)
        for row, column in np.argwhere(~record.seen[t]):
            fog = style.FAINT_WALL if record.maze[row, column] else style.UNKNOWN
            np.testing.assert_allclose(colour(world, row + 0.3, column + 0.3), to_rgb(fog), atol=0.01)
        for row, column in np.argwhere(record.seen[t] & record.maze):
            np.testing.assert_allclose(colour(world, row + 0.3, column + 0.3), to_rgb(style.WALL), atol=0.01)
        for row, column in np.argwhere(record.cropped(record.truths)[t]):
            np.testing.assert_allclose(colour(truth, row + 0.3, column + 0.3), to_rgb(style.QUESTION), atol=0.01)
            expected = 0.1 + 0.9 * np.array(to_rgb(style.QUESTION))
            np.testing.assert_allclose(colour(answer, row + 0.3, column + 0.3), expected, atol=0.03)


def test_without_maps_there_are_world_and_coverage_alone(tmp_path, figures):
    record = record_explorer(TASK, RandomWalk(), seed=1, others=OTHERS)
    path = explorer_animation(record, tmp_path / "explorer.gif")
    world, coverage = figures[0].axes
    assert world.get_title() == f"step 25 of 25: {record.coverage[-1]:.0%} seen" and coverage.get_ylabel() == "coverage"
    colour = colours_of(path, 12, figures[0])
    np.testing.assert_allclose(colour(world, record.rows[12], record.columns[12]), to_rgb(style.AGENT), atol=0.01)
    question = np.array(to_rgb(style.QUESTION))
    with Image.open(path) as gif:
        gif.seek(12)
        assert (np.abs(np.asarray(gif.convert("RGB")) / 255 - question).max(axis=-1) > 0.05).all()


def test_coverage_is_drawn_with_its_band(tmp_path, figures):
    rng = np.random.default_rng(0)
    curves = {name: Curves(np.sort(rng.random((2, 30, 11)), axis=-1), None) for name in ("network", "frontier", "walk")}
    path = coverage_figure(curves, tmp_path / "coverage.png")
    with Image.open(path) as picture:
        assert picture.size == (960, 576)
    ax, = figures[0].axes
    assert "60 mazes" in ax.get_title() and ax.get_xlim() == (0, 10)
    for line, band, (name, curve) in zip(ax.lines, ax.collections, curves.items(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), curve.coverage.mean(axis=(0, 1)))
        low, high = np.percentile(curve.coverage.reshape(60, 11), (10, 90), axis=0)
        edge = {tuple(point) for point in band.get_paths()[0].vertices}
        assert {(t, low[t]) for t in range(11)} | {(t, high[t]) for t in range(11)} <= edge
        assert line.get_label() == f"{name} (area {curve.coverage[..., 1:].mean():.3f})"
    assert len({line.get_color() for line in ax.lines}) == 3
    with pytest.raises(UserError, match="no coverage curves"):
        coverage_figure({}, tmp_path / "none.png")


def test_a_player_is_drawn_beside_the_others(tmp_path, figures):
    paths = draw_explorer(Guesser(), Exploration(size=7, length=6), tmp_path, seed=1)
    assert [path.name for path in paths] == ["coverage.png", "explorer.gif"]
    assert [line.get_label().split(" (")[0] for line in figures[0].axes[0].lines] == [
        "this explorer", "nearest frontier", "random walk"]
