"""Pictures of sequences of bits: records against the network, readings against the input, what is drawn against both."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image
from sequence_answers import TASKS, random_task

import mgnm
from mgnm import ops
from mgnm.errors import UserError
from mgnm.figures import record_sequences, sequence_sheet, style
from mgnm.figures.episode import FIGURES
from mgnm.figures.memory import steady
from mgnm.figures.readings import read
from mgnm.tasks import Copy, Recall, RepeatCopy, Sort

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


def tiny(task, seed=1, **settings):
    return mgnm.build({"kind": "encoder_decoder", "layers": [[2, 3], [2, 2]], "input_channels": task.input_channels,
                       "output_channels": task.output_channels, "grid_channels": 2, **settings}, seed)


def made_up(task, seed=0, count=3):
    """Records whose answers are the truth blurred by chance, some bits wrong."""
    rng = np.random.default_rng(seed)
    records = record_sequences(tiny(task), task, seed, count)
    return [replace(record, predictions=(0.3 * record.truths + 0.7 * rng.random(record.truths.shape))
                    .astype(np.float32)) for record in records]


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def titles(figure):
    return [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes]


def images(figure, cmap):
    """The arrays of all images in these colours."""
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes if ax.images and ax.images[0].get_cmap() == cmap]


def everything(texts):
    return [text.get_text() for text in texts]


# -------------------------------------------------------------------------------------------------------------- records


@pytest.mark.parametrize("kind", TASKS)
def test_a_record_is_what_the_network_does_with_the_whole_sequence(kind):
    task = random_task(kind, 3)
    network = tiny(task)
    records = record_sequences(network, task, seed=5, count=2)
    for number, record in enumerate(records):
        episode = task.episode(32, np.random.default_rng([FIGURES, 5, number]))
        inputs, targets = episode.chunk(0, episode.length)
        outputs, asked = network.forward(inputs)[0], targets.mask[:, 0, 0]
        np.testing.assert_array_equal(record.shown, inputs["input"][:, 0])
        np.testing.assert_array_equal(record.truths, targets.bits[asked, 0])
        np.testing.assert_allclose(record.predictions, ops.sigmoid(outputs)[0][asked, 0], rtol=1e-5, atol=1e-6)
        assert record.predictions.dtype == np.float32

        memory, steps_in = record.memory, len(record.shown)
        assert (memory.steps_in, memory.length) == (steps_in, steps_in + len(record.truths))
        state, encoded, before = (network.forward(inputs | {"steps": steps})[1]
                                  for steps in (asked.sum(), 0, asked.sum() - 1))
        assert memory.cells.keys() == memory.hidden.keys() == memory.changes.keys() == {(0, 0), (0, 1), (1, 0), (1, 1)}
        for (layer, level), cells in memory.cells.items():
            name = f"{layer}.{level}"
            for shown, array in ((cells[steps_in - 1], encoded[f"{name}.c"]), (cells[-1], state[f"{name}.c"]),
                                 (memory.hidden[layer, level][-1], state[f"{name}.h"]),
                                 (memory.changes[layer, level][-1], state[f"{name}.c"] - before[f"{name}.c"])):
                assert shown.shape == (3 * 2 ** level,) * 2 and shown.dtype == np.float32
                np.testing.assert_allclose(shown, np.abs(array[..., 0]).mean(axis=1), rtol=1e-4, atol=1e-6)
            np.testing.assert_array_equal(memory.changes[layer, level][0], cells[0])            # from zero


def test_records_depend_on_the_seed_alone():
    task = Sort(items=5, top=3, bits=4)
    first, again, other = (record_sequences(tiny(task), task, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.shown, again.shown)
    np.testing.assert_array_equal(first.predictions, again.predictions)
    assert (first.shown != other.shown).any()


def test_the_sequences_of_a_record_differ():
    records = record_sequences(tiny(Copy()), Copy(), seed=0)
    assert len({record.shown.tobytes() for record in records}) == len(records) == 3


def test_a_network_that_normalises_by_the_batch_is_made_steady():
    task = Copy(bits=3, longest=4)
    rng = np.random.default_rng(0)
    [many, one] = [task.episode(batch, rng).inputs for batch in (32, 1)]
    network = tiny(task, batch_norm="batch")
    network.values[...] += rng.normal(0, 0.3, network.values.shape)
    [record] = record_sequences(network, task, seed=0, count=1)
    drawn = task.episode(32, np.random.default_rng([FIGURES, 0, 0])).inputs
    answers = ops.sigmoid(network.forward(drawn)[0])[0][:len(record.truths), 0]
    np.testing.assert_allclose(record.predictions, answers, rtol=1e-3, atol=1e-4)
    twin, saved = steady(network, many), network.state_dict()
    np.testing.assert_allclose(twin.forward(many)[0], network.forward(many)[0], rtol=1e-4, atol=1e-5)
    assert np.abs(twin.forward(one)[0] - network.forward(one)[0]).max() > 1e-3     # whose statistics are those of one
    assert all(np.array_equal(saved[name], value) for name, value in network.state_dict().items())
    for kind in ("none", "running"):
        network = tiny(task, batch_norm=kind)
        assert steady(network, many) is network


@pytest.mark.parametrize("network, task, reason", [
    (tiny(Copy()), Copy(bits=4), "channels"), (mgnm.build("tiny"), Copy(), "reader_writer"),
])
def test_networks_of_other_tasks_are_refused_in_one_line(network, task, reason):
    with pytest.raises(UserError, match=reason) as refusal:
        record_sequences(network, task, seed=0)
    assert "\n" not in str(refusal.value)


# ------------------------------------------------------------------------------------------------------------- readings


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", TASKS)
def test_a_reading_says_which_step_an_answer_repeats(kind, seed):
    task = random_task(kind, seed)
    for record in record_sequences(tiny(task), task, seed):
        reading, bits = read(record), task.bits
        assert len(reading.sources) == len(record.truths)
        for source, truth in zip(reading.sources, record.truths, strict=True):
            if source < 0:
                assert truth.tolist() == [0] * bits + [1]       # an end marker
            else:
                np.testing.assert_array_equal(record.shown[source, :bits], truth[:bits])
        channels = bits if kind is Sort else task.input_channels
        assert bits + len(reading.flags) == channels and bits + len(reading.marks) == task.output_channels


def test_a_reading_of_recall_finds_the_query_and_what_followed_it():
    task = Recall(vectors=2, bits=8, fewest=4, most=4)
    for record in record_sequences(tiny(task), task, seed=1, count=6):
        reading = read(record)
        (start, stop), right = reading.asked, reading.right
        np.testing.assert_array_equal(record.shown[start + 1:stop], record.shown[-2:])
        assert right == (stop, stop + 3) and reading.offset == stop + 1
        assert reading.caption == f"4 items, then item {start // 3 + 1} again"


def test_of_equal_items_a_reading_takes_one_that_the_answer_followed():
    task = Recall(vectors=1, bits=1, fewest=6, most=6)
    for record in record_sequences(tiny(task), task, seed=0, count=10):
        reading = read(record)
        np.testing.assert_array_equal(record.shown[reading.sources, :1], record.truths)
        np.testing.assert_array_equal(record.shown[reading.asked[0] + 1], record.shown[-1])


def test_a_reading_tells_of_the_empty_steps_after_a_short_sequence():
    for task, flags, words in ((Copy(bits=3, longest=6), 1, "{0} step{1} to copy"),
                               (RepeatCopy(bits=3, most_repeats=2), 2, "{0} step{1}, {2} time{3}")):
        records = record_sequences(tiny(task), task, seed=1, count=8)
        ends = [int(np.flatnonzero(record.shown.any(axis=1))[-1]) + 1 for record in records]
        for record, end in zip(records, ends, strict=True):
            length = end - flags
            repeats = (len(record.truths) - 1) // length
            empty = len(record.shown) - end
            assert read(record).caption == words.format(length, "s" * (length > 1), repeats, "s" * (repeats > 1)) + (
                f" ({empty} empty)" if empty else "")
        assert len(set(ends)) > 2


@pytest.mark.parametrize("task", [Sort(), Sort(priority="thermometer", thermometer_steps=11)], ids=str)
def test_priorities_are_read_back_from_their_code(task):
    priorities = np.random.default_rng(0).uniform(-1, 1, (20, 2)).astype(np.float32)
    shown = np.concatenate([np.ones((20, 2, task.bits), np.float32), task.code(priorities)], axis=2)
    np.testing.assert_allclose(task.priorities(shown), priorities, atol=1e-6)


# ------------------------------------------------------------------------------------------------------------- pictures


def test_the_sheet_shows_the_records(tmp_path, figures):
    task = Sort(items=6, bits=4, top=5)
    records = made_up(task)
    assert records[0].wrong.any() and not records[0].wrong.all()
    sequence_sheet(records, tmp_path / "sequences.png")
    [figure] = figures
    shown, bits = images(figure, style.SHOWN), images(figure, style.PROBABILITY)
    for number, record in enumerate(records):
        np.testing.assert_array_equal(shown[number], record.shown[:, :4].T)
        np.testing.assert_array_equal(bits[number], record.truths.T)
        np.testing.assert_array_equal(bits[3 + number], record.predictions.T)
        error = [ax for ax in figure.axes if ax.images and ax.images[0].get_cmap() == style.ERROR][number]
        np.testing.assert_array_equal(error.images[0].get_array(), np.abs(record.predictions - record.truths).T)
        [crosses] = error.lines
        assert sorted(map(tuple, crosses.get_xydata())) == sorted(map(tuple, np.argwhere(record.wrong)))
        assert f"{record.wrong.sum()} of 20 bits wrong" in titles(figure)
    wrong = sum(record.wrong.sum() for record in records)
    assert f"3 fresh sequences: {wrong} of 60 bits wrong" in everything(figure.texts)
    assert titles(figure).count("6 items, the 5 highest wanted") == 3


def test_the_sheet_of_sort_shows_priorities_and_where_each_item_goes(tmp_path, figures):
    task = Sort(items=6, bits=4, top=5, priority="thermometer")
    records = made_up(task)
    sequence_sheet(records, tmp_path / "sequences.png")
    bars = [ax for ax in figures[0].axes if ax.get_ylim() == (-1, 1)]
    links = [ax for ax in figures[0].axes if ax.lines and not ax.images]
    for record, bar, link in zip(records, bars, links, strict=True):
        priorities = read(record).priorities
        tops = {round(patch.get_x() + patch.get_width() / 2): patch.get_y() + patch.get_height() for patch in bar.patches}
        np.testing.assert_allclose([tops[item] for item in range(6)], priorities, atol=1e-6)
        faint = [round(patch.get_x() + patch.get_width() / 2) for patch in bar.patches if patch.get_alpha() != 1]
        assert faint == [priorities.argmin()]                   # the one that is not asked for
        assert [line.get_xdata()[0] for line in link.lines] == sorted(range(6), key=lambda item: -priorities[item])[:5]
        assert [line.get_color() for line in link.lines] == [
            style.WRONG if wrong else style.QUIET for wrong in record.wrong.any(axis=1)]


def test_the_sheet_of_recall_frames_the_query_and_the_right_item(tmp_path, figures):
    task = Recall(vectors=2, bits=5, fewest=3, most=3)
    records = made_up(task)
    sequence_sheet(records, tmp_path / "sequences.png")
    shown = [ax for ax in figures[0].axes if ax.images and ax.images[0].get_cmap() == style.SHOWN]
    for record, ax in zip(records, shown, strict=True):
        frames = {patch.get_edgecolor()[:3]: patch for patch in ax.patches}
        reading = read(record)
        for colour, (start, stop) in ((style.QUESTION, reading.asked), (style.INK, reading.right)):
            assert (frames[to_rgb(colour)].get_x(), frames[to_rgb(colour)].get_width()) == (start - 0.5, stop - start)
    assert everything(shown[0].get_yticklabels()) == ["item", "query"]


@pytest.mark.parametrize("kind", TASKS)
def test_the_sheet_differs_where_the_answer_differs_and_only_there(kind, tmp_path):
    task = random_task(kind, 4)
    records = made_up(task)
    flipped = records[0].predictions.copy()
    flipped[-1, 0] = 1 - flipped[-1, 0]
    paths = [sequence_sheet([replace(records[0], predictions=answer), *records[1:]], tmp_path / f"{number}.png")
             for number, answer in enumerate((records[0].predictions, flipped, records[0].predictions))]
    first, other, again = map(pixels, paths)
    assert np.array_equal(first, again)
    changed = (first != other).any(axis=2)
    assert 20 < changed.sum() < 0.05 * changed.size


@pytest.mark.parametrize("task", [
    Copy(bits=1, longest=1), Copy(bits=70, shortest=90, longest=90), Sort(items=1, top=1, bits=1),
    RepeatCopy(bits=1, longest=1, most_repeats=1), Recall(vectors=1, bits=1, fewest=2, most=2),
], ids=str)
def test_smallest_and_large_sequences_are_drawn(task, tmp_path):
    paths = [sequence_sheet(made_up(task, count=count), tmp_path / f"{count}.png") for count in (1, 3)]
    for path in paths:
        height, width, _ = pixels(path).shape
        assert 400 < height < 1600 and 1000 < width < 1700
