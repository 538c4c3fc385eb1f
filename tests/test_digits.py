"""Recall and sorting of digits against plain Python: pictures, targets, streams of chance, settings."""

import dataclasses
import itertools
from math import prod
from pathlib import Path

import numpy as np
import pytest

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import KINDS, DigitRecall, DigitSort, build_task
from mgnm.tasks.digits import Digits, load_digits, pyramid, resize, split
from mgnm.tasks.digits.images import jitter
from mgnm.tasks.episodes import distinct
from mgnm.training import Shard, TrainingSettings

SAMPLE = str(Path(__file__).parent / "data" / "digits")
TASKS = [DigitRecall, DigitSort]
WHOLE = dict(source=SAMPLE, base=7)                         # level 2 is the whole picture of 28 x 28
TRAIN, VALIDATION = load_digits(SAMPLE, "")


def draw(task, batch, seed):
    episode = task.episode(batch, np.random.default_rng(seed))
    return episode.chunk(0, episode.length)


def numbers(images, part):
    """Which pictures of a part these are: float32 (..., 28, 28, 1) -> int (...,)."""
    known = {image.tobytes(): k for k, image in enumerate(part.images)}
    assert len(known) == len(part.images)
    flat = np.rint(255 * images).astype(np.uint8).reshape(-1, 28 * 28)
    return np.array([known[image.tobytes()] for image in flat]).reshape(images.shape[:-3])


def moved(image, down, right):
    """A picture moved by whole pixels, written out with slices: uint8 (S, S)."""
    S, answer = len(image), np.zeros_like(image)
    answer[max(down, 0):S + min(down, 0), max(right, 0):S + min(right, 0)] = \
        image[max(-down, 0):S + min(-down, 0), max(-right, 0):S + min(-right, 0)]
    return answer


# ------------------------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(("count", "cut"), [(10_000, 8000), (1797, 1437), (200, 160), (1, 0)])
def test_every_picture_is_for_training_or_for_validation(count, cut):
    everything = Digits(np.arange(count).reshape(count, 1, 1), np.arange(count))
    train, validation = split(everything)
    assert len(train.classes) == cut and sorted([*train.classes, *validation.classes]) == list(range(count))
    assert np.array_equal(train.images[:, 0, 0], train.classes)
    assert np.array_equal(validation.images[:, 0, 0], validation.classes)


def test_the_parts_are_always_the_same():
    """Weights that were trained on one part must never be scored on it: these numbers may not change."""
    train, validation = split(Digits(np.zeros((10_000, 1, 1)), np.arange(10_000)))
    assert train.classes[:6].tolist() == [6037, 855, 921, 3697, 269, 2693]
    assert validation.classes[:6].tolist() == [869, 7651, 3421, 4053, 5291, 1465]


@pytest.mark.parametrize("S", [1, 2, 5, 8, 28])
@pytest.mark.parametrize("side", [1, 3, 6, 12, 28, 48])
def test_resize_takes_the_pixel_under_the_middle(S, side):
    images = np.random.default_rng(0).integers(256, size=(2, 3, S, S), dtype=np.uint8)
    small = resize(images, side)
    assert small.shape == (2, 3, side, side) and small.dtype == np.uint8
    for r, c in itertools.product(range(side), repeat=2):
        row, column = int((r + 0.5) * S / side), int((c + 0.5) * S / side)
        assert np.array_equal(small[:, :, r, c], images[:, :, row, column])
    assert side != S or np.array_equal(small, images)


def test_resize_is_the_same_from_every_side():
    image = np.arange(28 * 28).reshape(28, 28)
    for side in (4, 12):                                    # no middle lies on an edge between two pixels
        assert np.array_equal(resize(image[::-1], side), resize(image, side)[::-1])


def test_jitter_moves_every_picture_by_a_shift_of_its_own():
    images = TRAIN.images[:150].reshape(5, 30, 28, 28)
    shifts = list(itertools.product(range(-2, 3), repeat=2))
    found = [[shift for shift in shifts if np.array_equal(after, moved(before, *shift))]
             for before, after in zip(images.reshape(-1, 28, 28),
                                      jitter(images, 2, np.random.default_rng(0)).reshape(-1, 28, 28), strict=True)]
    assert all(len(shift) == 1 for shift in found) and {shift for [shift] in found} == set(shifts)


@pytest.mark.parametrize("kind", TASKS)
def test_only_pictures_for_training_are_moved(kind):
    still, shaken = kind(**WHOLE), kind(**WHOLE, shift=2)
    name = "observation" if kind is DigitRecall else "input"
    episodes = [[draw(task, 4, np.random.default_rng(0)).inputs[name][2]
                 for draw in (type(task).episode, type(task).fresh_episode)] for task in (still, shaken)]
    assert not np.array_equal(episodes[0][0], episodes[1][0]) and np.array_equal(episodes[0][1], episodes[1][1])


def test_a_query_is_the_picture_as_it_was_shown():
    inputs = DigitRecall(**WHOLE, shift=2).episode(8, np.random.default_rng(0)).inputs
    shown, asked = inputs["observation"][2], inputs["query"][2][0]
    assert all((shown[:, b] == asked[b]).all(axis=(1, 2, 3)).sum() == 1 for b in range(8))


def test_a_pyramid_of_pictures():
    levels = pyramid(TRAIN.images[:6].reshape(2, 3, 28, 28), 3, 3)
    assert {j: x.shape for j, x in levels.items()} == {0: (2, 3, 3, 3, 1), 1: (2, 3, 6, 6, 1), 2: (2, 3, 12, 12, 1)}
    for j, x in levels.items():
        assert x.dtype == np.float32 and x.max() <= 1
        assert np.array_equal(np.rint(255 * x[1, 2, :, :, 0]), resize(TRAIN.images[5], 3 * 2 ** j))


# ---------------------------------------------------------------------------------------------------------------- tasks


@pytest.mark.parametrize("seed", range(8))
def test_recall_asks_for_the_class_of_the_digit_that_followed(seed):
    digits = int(np.random.default_rng(seed).integers(2, 15))
    task = DigitRecall(**WHOLE, digits=digits)
    inputs, targets = draw(task, 5, seed)
    assert inputs.keys() == {"observation", "query"} and targets.shape == (1, 5) and targets.dtype == np.int64
    seen, asked = (numbers(inputs[name][2], TRAIN) for name in ("observation", "query"))
    assert seen.shape == (digits, 5) and asked.shape == (1, 5)
    for b in range(5):
        sequence = seen[:, b].tolist()
        assert len(set(sequence)) == digits
        assert targets[0, b] == TRAIN.classes[sequence[sequence.index(asked[0, b]) + 1]]
    check_levels(inputs["observation"], 7)
    check_levels(inputs["query"], 7)


@pytest.mark.parametrize("seed", range(8))
def test_a_training_may_ask_for_several_digits_and_an_evaluation_asks_for_one(seed):
    task = DigitRecall(**WHOLE, digits=6, queries=int(np.random.default_rng(seed).integers(2, 6)))
    inputs, targets = draw(task, 7, seed)
    seen, asked = (numbers(inputs[name][2], TRAIN) for name in ("observation", "query"))
    assert asked.shape == targets.shape == (task.queries, 7)
    for b in range(7):
        sequence = seen[:, b].tolist()
        assert len(set(asked[:, b])) == task.queries
        for question, answer in zip(asked[:, b], targets[:, b]):
            assert answer == TRAIN.classes[sequence[sequence.index(question) + 1]]
    assert task.fresh_episode(7, np.random.default_rng(seed)).targets.shape == (1, 7)


@pytest.mark.parametrize("seed", range(8))
def test_sort_asks_for_the_classes_in_order(seed):
    digits = int(np.random.default_rng(seed).integers(1, 15))
    inputs, targets = draw(DigitSort(**WHOLE, digits=digits), 5, seed)
    assert inputs.keys() == {"input", "steps"} and inputs["steps"] == digits and targets.dtype == np.int64
    seen = numbers(inputs["input"][2], TRAIN)
    assert seen.shape == targets.shape == (digits, 5)
    for b in range(5):
        assert targets[:, b].tolist() == sorted(TRAIN.classes[k] for k in seen[:, b].tolist())
    check_levels(inputs["input"], 7)


def check_levels(levels, base):
    """Every level is the finest one, resized."""
    assert list(levels) == [0, 1, 2]
    for j in levels:
        assert levels[j].dtype == np.float32
        assert np.array_equal(levels[j][..., 0], resize(levels[2][..., 0], base * 2 ** j))


def test_every_place_is_asked_for_equally_often():
    inputs, _ = draw(DigitRecall(**WHOLE, digits=5), 4000, 0)
    seen, asked = (numbers(inputs[name][2], TRAIN) for name in ("observation", "query"))
    counts = (seen == asked).sum(axis=1)
    assert counts[4] == 0 and (abs(counts[:4] - 1000) < 5 * np.sqrt(1000)).all()


@pytest.mark.parametrize(("count", "size"), [(1, 1), (5, 5), (7, 3), (8000, 10)])
def test_distinct_numbers(count, size):
    chosen = distinct(count, size, 600, np.random.default_rng(0))
    assert chosen.shape == (size, 600) and chosen.min() >= 0 and chosen.max() < count
    assert all(len(set(column)) == size for column in chosen.T.tolist())
    if count < 10:                                          # every ordered choice equally often
        choices = prod(range(count - size + 1, count + 1))
        many = distinct(count, size, 100 * choices, np.random.default_rng(1))
        times = np.unique(many, axis=1, return_counts=True)[1]
        assert len(times) == choices and (abs(times - 100) < 50).all()


@pytest.mark.parametrize("kind", TASKS)
def test_an_episode_is_a_function_of_the_generator(kind):
    task = kind(source=SAMPLE)
    (a, ta), (b, tb), (other, _) = draw(task, 4, 7), draw(task, 4, 7), draw(task, 4, 8)
    name = next(iter(a))
    assert np.array_equal(ta, tb) and all(np.array_equal(a[name][j], b[name][j]) for j in range(3))
    assert not np.array_equal(a[name][2], other[name][2])


class Diary:
    """The interface of a network that knows every picture of the validation part, and remembers all it was shown."""

    def __init__(self):
        self.seen = []

    def forward(self, inputs, state=None):
        if "query" in inputs:
            seen, asked = (numbers(inputs[name][2], VALIDATION) for name in ("observation", "query"))
            answers = np.array([[VALIDATION.classes[column[column.index(query) + 1]]
                                 for column, query in zip(seen.T.tolist(), asked[0])]])
        else:
            seen = numbers(inputs["input"][2], VALIDATION)
            answers = np.array([sorted(VALIDATION.classes[column]) for column in seen.T]).T
            assert len(answers) == inputs["steps"]
        self.seen.append(seen)
        return np.eye(10, dtype=np.float32)[answers], {}, None


@pytest.mark.parametrize("kind", TASKS)
def test_evaluation_is_on_pictures_kept_apart(kind):
    task, diary, again = kind(**WHOLE), Diary(), Diary()
    scores = task.evaluate(diary, sequences=11, seed=3, batch=4)
    assert scores.summary()["accuracy"] == 1 and scores.sequences == scores.right_sequences == 11
    assert [seen.shape[1] for seen in diary.seen] == [4, 4, 3]
    task.evaluate(again, sequences=11, seed=3, batch=4, chunk=1)
    assert all(np.array_equal(a, b) for a, b in zip(diary.seen, again.seen, strict=True))
    other = Diary()
    task.evaluate(other, sequences=11, seed=4, batch=4)
    assert not np.array_equal(diary.seen[0], other.seen[0])


@pytest.mark.parametrize("kind", TASKS)
def test_an_episode_is_not_cut(kind):
    episode = kind(source=SAMPLE).episode(2, np.random.default_rng(0))
    assert episode.chunks(1) == [(0, episode.length)]
    with pytest.raises(UserError, match="take it whole"):
        episode.chunk(0, 1)


# ---------------------------------------------------------------------------------------------- in a training; settings


class Guess:
    """As much of a network as a Shard needs: one logit for every class, whatever is shown."""

    xp = np

    def __init__(self):
        self.values, self.grads = np.zeros((2, 10), np.float32)

    def initial_state(self, batch):
        return {"nothing": np.zeros(batch)}

    def forward(self, inputs, state=None):
        steps, batch = inputs.get("steps", 1), next(iter(inputs.values()))[0].shape[1]
        return np.broadcast_to(self.values, (steps, batch, 10)), state, None

    def backward(self, doutputs, cache):
        self.grads += doutputs.sum((0, 1))


@pytest.mark.parametrize("kind", TASKS)
def test_a_shard_takes_whole_sequences(kind):
    task, network = kind(source=SAMPLE), Guess()
    shard = Shard(network, task, TrainingSettings(updates=1, learning_rate=1.0, batch=4, bptt=3, shards=1), 0)
    rng = np.random.default_rng([0, 0])
    for _ in range(3):
        targets = task.episode(4, rng).targets
        loss, scores = shard.step()
        assert loss == pytest.approx(np.log(10), rel=1e-6) and scores.sequences == 4
        assert scores.right_answers == (targets == 0).sum()
        shares = np.bincount(targets.ravel(), minlength=10) / targets.size
        np.testing.assert_allclose(network.grads, 0.1 - shares, atol=1e-6)


READER = {"kind": "digit_reader", "writer": [[3, 1]], "reader": [1], "narrowing": [[1, 1]]}
SORTER = {"kind": "encoder_decoder", "layers": [[3, 1]], "input": "images", "input_channels": 1, "output_channels": 10}
LSTM = {"kind": "lstm", "units": 2, "input": [12, 12, 1], "output": [10]}
FITTING = {DigitRecall: (READER, LSTM | {"questions": "last"}), DigitSort: (SORTER, LSTM | {"questions": "none"})}


@pytest.mark.parametrize("task", TASKS)
def test_networks_that_fit(task):
    for network in FITTING[task]:
        task(source=SAMPLE).check(mgnm.build(network))


@pytest.mark.parametrize(("task", "network", "says"), [
    (DigitRecall, SORTER, 'network.kind = "encoder_decoder" does not fit this task: use digit_reader or '),
    (DigitSort, READER, 'network.kind = "digit_reader" does not fit this task: use encoder_decoder or '),
    (DigitSort, SORTER | {"input": "vector", "layers": [[1, 1]]}, "takes vectors of 1 at a step and the task gives images"),
    (DigitRecall, READER | {"base": 2}, "takes images of 2 x 2 x 1 and 4 x 4 x 1 and 8 x 8 x 1 at a step and the task gives "
     "images of 3 x 3 x 1 and 6 x 6 x 1 and 12 x 12 x 1: change network.base, network.writer, network.input_channels, or "
     "task.base, task.levels"),
    (DigitRecall, READER | {"writer": [[2, 1]]}, "takes images of 3 x 3 x 1 and 6 x 6 x 1 at a step"),
    (DigitRecall, READER | {"output_channels": 1}, "answers with vectors of 1 at a step and the task wants vectors of 10"),
    (DigitRecall, LSTM | {"questions": "last", "input": [6, 6, 1]}, "takes 6 x 6 x 1 at a step and the task gives images"),
    (DigitRecall, LSTM | {"questions": "none"}, 'network.questions = "none" does not fit this task: use "last", for q')])
def test_a_network_of_another_shape_is_refused(task, network, says):
    with pytest.raises(UserError) as error:
        task(source=SAMPLE).check(mgnm.build(network))
    assert says in str(error.value) and "\n" not in str(error.value)


def test_too_few_pictures_are_refused():
    for kind in TASKS:
        kind(source=SAMPLE, digits=40).episode(1, np.random.default_rng(0))
        few = kind(source=SAMPLE, digits=41)
        for use in (lambda: few.episode(1, np.random.default_rng(0)), lambda: few.evaluate(Diary()),
                    lambda: few.check(mgnm.build(FITTING[kind][0]))):
            with pytest.raises(UserError, match="too few pictures for task.digits = 41"):
                use()


def test_pictures_that_are_missing_are_told_before_a_training():
    for kind in TASKS:
        task = kind(source="/nowhere")
        with pytest.raises(UserError, match="No such file"):
            task.check(mgnm.build(FITTING[kind][0]))


@pytest.mark.parametrize(("kind", "setting", "value", "says"), [
    *((kind, *rest) for kind in TASKS for rest in (
        ("source", "", "give a text"), ("source", 3, "give a text"), ("url", "", "give a text"),
        ("base", 0, "from 1 to 64"), ("base", 3.0, "whole number"), ("levels", 0, "from 1 to 10"),
        ("levels", True, "whole number"), ("shift", -1, "from 0 to 8"),
        ("digits", 0, "to 1000"), ("digits", 1001, "to 1000"))),
    (DigitRecall, "digits", 1, "from 2 to 1000"), (DigitRecall, "queries", 0, "from 1 to 9"),
    (DigitRecall, "queries", 10, "from 1 to 9")])
def test_bad_settings_are_named(kind, setting, value, says):
    with pytest.raises(UserError) as error:
        kind(**{setting: value})
    message = str(error.value)
    assert message.startswith(f"task.{setting} = {value!r} ") and says in message and "\n" not in message


def test_every_setting_is_checked():
    """A value of a type no setting has: whichever setting gets it, it must be refused."""
    for kind in TASKS:
        for field in dataclasses.fields(kind):
            with pytest.raises(UserError, match=f"^task.{field.name} "):
                kind(**{field.name: 1j})


def test_bad_batches_and_seeds_are_refused():
    for kind in TASKS:
        task = kind(**WHOLE)
        with pytest.raises(UserError, match="^batch = 0"):
            task.episode(0, np.random.default_rng(0))
        for name in ("sequences", "batch", "chunk"):
            with pytest.raises(UserError, match=f"^{name} = 0"):
                task.evaluate(Diary(), **{name: 0})
        with pytest.raises(UserError, match="^seed"):
            task.evaluate(Diary(), seed=-1)


def test_tasks_are_built_by_name():
    for kind, cls in {"digit_recall": DigitRecall, "digit_sort": DigitSort}.items():
        assert KINDS[kind] is cls and build_task({"kind": kind, "digits": 4}) == cls(digits=4)    # nothing is read yet
    with pytest.raises(UserError, match="task.digit is not a setting: did you mean digits?"):
        build_task({"kind": "digit_sort", "digit": 2})
