"""Pictures of sequences of digits, and of memories: records against the network, what is drawn against the records."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import mgnm
from mgnm.errors import UserError
from mgnm.figures import digit_images, digit_sheet, memory_grids, memory_sheet, record_digits, style
from mgnm.figures.digit_images import RIGHT, WRONG
from mgnm.figures.episode import FIGURES
from mgnm.tasks import DigitRecall, DigitSort
from mgnm.tasks.digits import load_digits, resize

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

SAMPLE = str(Path(__file__).parent / "data" / "digits")
VALIDATION = load_digits(SAMPLE, "")[1]
TASKS = [DigitRecall(source=SAMPLE, digits=4, levels=2), DigitSort(source=SAMPLE, digits=4, levels=2)]


def tiny(task, seed=1, **settings):
    shape = {DigitRecall: {"kind": "digit_reader", "writer": [[2, 2], [2, 3]], "reader": [2, 2], "narrowing": [[1, 4]]},
             DigitSort: {"kind": "encoder_decoder", "layers": [[2, 2], [2, 3]], "input": "images", "input_channels": 1,
                         "output_channels": 10}}[type(task)]
    network = mgnm.build(shape | settings, seed)
    network.values[...] += np.random.default_rng(seed).normal(0, 0.3, network.values.shape)     # no two answers alike
    return network


def made_up(task, count=3):
    """Records with sure answers: the first of each is right, the last of each wrong."""
    records = []
    for record in record_digits(tiny(task), task, 0, count):
        predictions = np.full(record.predictions.shape, 0.02, np.float32)
        wrong = np.arange(len(record.truths)) == len(record.truths) - 1
        given = np.where(wrong & (len(records) > 0), (record.truths + 3) % 10, record.truths)
        predictions[np.arange(len(given)), given] = 0.82
        records.append(replace(record, predictions=predictions))
    return records


def words_of(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def boxes(ax, colour):
    """(left, width, linestyle) of every frame of this colour."""
    return [(patch.get_x(), patch.get_width(), patch.get_linestyle()) for patch in ax.patches
            if not patch.get_fill() and to_hex(patch.get_edgecolor()) == colour]


# -------------------------------------------------------------------------------------------------------------- records


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
@pytest.mark.parametrize("norm", ["none", "running", "batch"])
def test_a_record_is_what_the_network_does_with_the_whole_sequence(task, norm):
    network = tiny(task, batch_norm=norm)
    for number, record in enumerate(record_digits(network, task, seed=5, count=2)):
        episode = task.fresh_episode(32, np.random.default_rng([FIGURES, 5, number]))
        inputs, targets = episode.chunk(0, episode.length)
        logits, state, _ = network.forward(inputs)
        odds = np.exp(logits[:, 0])
        np.testing.assert_allclose(record.predictions, odds / odds.sum(axis=1, keepdims=True), rtol=1e-4)
        np.testing.assert_array_equal(record.truths, targets[:, 0])
        np.testing.assert_array_equal(record.wrong, logits[:, 0].argmax(axis=1) != targets[:, 0])
        for (layer, level), cells in record.memory.cells.items():
            for grids, array in ((cells, state[f"{layer}.{level}.c"]),
                                 (record.memory.hidden[layer, level], state[f"{layer}.{level}.h"])):
                assert grids.shape == (4 + (len(record.truths) if isinstance(task, DigitSort) else 0),
                                       3 * 2 ** level, 3 * 2 ** level)
                np.testing.assert_allclose(grids[-1], np.abs(array[..., 0]).mean(axis=1), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_the_pictures_are_fresh_and_the_classes_theirs(task):
    known = {(resize(image, 6) / np.float32(255)).tobytes(): int(k)
             for image, k in zip(VALIDATION.images, VALIDATION.classes, strict=True)}
    for record in record_digits(tiny(task), task, seed=0, count=6):
        assert [known[image.tobytes()] for image in record.images] == record.classes.tolist()
        assert record.classes[record.sources].tolist() == record.truths.tolist()


def test_the_record_of_recall_finds_the_picture_that_is_asked_for():
    task = TASKS[0]
    for number, record in enumerate(record_digits(tiny(task), task, seed=0, count=6)):
        inputs = task.fresh_episode(32, np.random.default_rng([FIGURES, 0, number])).inputs
        np.testing.assert_array_equal(record.images[record.asked], inputs["query"][1][0, 0, ..., 0])
        assert record.sources.tolist() == [record.asked + 1]


@pytest.mark.parametrize("network, task, reason", [
    (tiny(TASKS[0]), TASKS[1], "encoder_decoder"), (tiny(TASKS[1]), TASKS[0], "digit_reader"),
    (tiny(TASKS[1]), replace(TASKS[1], levels=3), "levels"), (tiny(TASKS[0]), replace(TASKS[0], digits=900), "too few"),
    (tiny(TASKS[0]), replace(TASKS[0], source="nowhere"), "nowhere"),
])
def test_what_does_not_fit_is_refused_in_one_line(network, task, reason):
    with pytest.raises(UserError, match=reason) as refusal:
        record_digits(network, task, seed=0)
    assert "\n" not in str(refusal.value)


# ------------------------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_the_sheet_shows_classes_answers_and_verdicts(task, tmp_path, figures):
    records = made_up(task)
    digit_sheet(records, tmp_path / "digits.png")
    [figure] = figures
    for record, pictures, answers in zip(records, figure.axes[0::3], figure.axes[2::3], strict=True):
        for image, ax_image in zip(record.images, pictures.images, strict=True):
            np.testing.assert_array_equal(ax_image.get_array(), image)
        assert [text.get_text() for text in pictures.texts] == [str(k) for k in record.classes]
        bars = [patch for patch in answers.patches if patch.get_fill()]
        np.testing.assert_allclose([bar.get_height() for bar in bars], record.predictions.ravel())
        orange = [to_hex(bar.get_facecolor()) == style.WRONG for bar in bars]
        for k, (truth, given, wrong) in enumerate(zip(record.truths, record.answers, record.wrong, strict=True)):
            assert np.flatnonzero(orange[10 * k:10 * k + 10]).tolist() == ([given] if wrong else [])
            expected = f"{WRONG} {given}, not {truth}" if wrong else f"{RIGHT} {given}"
            assert expected in [text.get_text() for text in answers.texts]
        frames = boxes(answers, style.INK)
        for truth, (left, width, _), first in zip(record.truths, frames, bars[::10], strict=True):
            assert left + width / 2 == pytest.approx(first.get_x() + first.get_width() / 2 + truth * digit_images.BAR)
    right = sum((~record.wrong).sum() for record in records)
    assert f"3 fresh sequences: {right} of {sum(map(len, (r.truths for r in records)))} answers right" in [
        text.get_text() for text in figure.texts]
    assert 0 < right < sum(len(record.truths) for record in records)


def test_the_sheet_of_recall_frames_the_query_and_shows_it_again(tmp_path, figures):
    records = made_up(TASKS[0])
    digit_sheet(records, tmp_path / "digits.png")
    for record, pictures, answers in zip(records, figures[0].axes[0::3], figures[0].axes[2::3], strict=True):
        for ax in (pictures, answers):
            [(left, width, linestyle)] = boxes(ax, style.QUESTION)
            assert (left + width / 2, linestyle) == (pytest.approx(record.asked), "--")
        [(left, width, _)] = boxes(pictures, style.INK)
        assert left + width / 2 == pytest.approx(record.asked + 1)
        np.testing.assert_array_equal(answers.images[0].get_array(), record.images[record.asked])
        assert "what came next?" in [text.get_text() for text in answers.texts]


def test_the_sheet_of_sort_leads_from_every_picture_to_its_place(tmp_path, figures):
    records = made_up(TASKS[1])
    digit_sheet(records, tmp_path / "digits.png")
    for record, links in zip(records, figures[0].axes[1::3], strict=True):
        assert [line.get_xdata()[1] for line in links.lines] == [0, 1, 2, 3]
        assert [record.classes[line.get_xdata()[0]] for line in links.lines] == record.truths.tolist()
        assert [line.get_color() == style.WRONG for line in links.lines] == record.wrong.tolist()


def test_the_sheet_differs_where_the_answer_differs(tmp_path):
    for task in TASKS:
        records = made_up(task)
        other = [*records[:-1], replace(records[-1], predictions=records[-1].predictions[:, ::-1])]
        first, changed, again = (np.asarray(Image.open(digit_sheet(some, tmp_path / "a.png")))
                                 for some in (records, other, records))
        assert np.array_equal(first, again)
        assert 20 < (first != changed).any(axis=2).sum() < 0.1 * first[..., 0].size


def test_many_pictures_have_marks_but_no_words(tmp_path, figures):
    task = DigitSort(source=SAMPLE, digits=30, levels=2)
    [record] = made_up(task, count=1)
    digit_sheet([replace(record, truths=(record.truths + 1) % 10)], tmp_path / "digits.png")
    assert words_of(figures[0]) == [str(k) for k in record.classes] + [WRONG] * 30


# --------------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize("task, steps", [(TASKS[0], [0, 1, 2, 3]), (TASKS[1], [0, 1, 2, 3, 4, 5, 6, 7])],
                         ids=lambda x: type(x).__name__)
def test_the_memory_sheet_shows_every_layer_and_level_at_the_chosen_steps(task, steps, tmp_path, figures):
    [record] = record_digits(tiny(task), task, 0, count=1)
    drawn = []
    memory_sheet(record.memory, tmp_path / "memory.png", lambda ax, t: drawn.append(t), ("in", "out"))
    assert drawn == steps
    for kind, _, cmap in memory_grids.KINDS:
        shown = [ax.images[0] for ax in figures[0].axes if ax.images and ax.images[0].get_cmap().name == cmap]
        expected = [grids for grids in getattr(record.memory, kind).values()]
        for k, t in enumerate(steps):
            for image, grids in zip(shown[4 * k:4 * k + 4], expected, strict=True):
                np.testing.assert_array_equal(image.get_array(), grids[t])
                assert image.get_clim() == (0, grids.max())
    said = [text.get_text() for text in figures[0].texts]
    assert "in" in said and ("out" in said) == (len(steps) == 8)
    assert said.count("3x3") == said.count("6x6") == len(steps)
    assert said.count("layer 1") == said.count("layer 2") == 3


def test_chosen_steps_are_spread_from_the_first_to_the_last():
    assert memory_grids.chosen(0, 8, 4) == [0, 2, 5, 7]
    assert memory_grids.chosen(10, 12, 4) == [10, 11]
    assert memory_grids.chosen(5, 6, 4) == [5]
    assert memory_grids.chosen(5, 5, 4) == []


def test_the_memory_sheet_differs_where_the_memory_differs(tmp_path):
    task = TASKS[1]
    pictures = []
    for seed in (1, 1, 2):
        record = record_digits(tiny(task, seed), task, 0, count=1)[0]
        pictures.append(np.asarray(Image.open(memory_sheet(record.memory, tmp_path / "m.png", lambda ax, t: None, "ab"))))
    assert np.array_equal(pictures[0], pictures[1]) and (pictures[0] != pictures[2]).mean() > 0.02
