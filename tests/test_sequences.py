"""Copy, repeat copy, sort and recall against plain Python: targets, masks, groups, losses, scores and baselines."""

import dataclasses
import json
from math import log2

import numpy as np
import pytest

from mgnm.errors import UserError
from mgnm.tasks import KINDS, Copy, Recall, RepeatCopy, Sort, build_task
from mgnm.tasks.sequences import BitScores, BitTargets
from mgnm.training import Shard, TrainingSettings

TASKS = [Copy, RepeatCopy, Sort, Recall]
SMALL = {Copy: dict(bits=3, longest=4), RepeatCopy: dict(bits=2, longest=3, most_repeats=3),
         Sort: dict(items=5, bits=3, top=4), Recall: dict(vectors=2, bits=3, most=4)}


def random_task(kind, seed):
    choose = np.random.default_rng(seed)
    low, high = sorted(choose.integers(1, 7, size=2).tolist())
    bits, shared = int(choose.integers(1, 6)), bool(choose.integers(2))
    if kind is Copy:
        return Copy(bits=bits, shortest=low, longest=high, shared_length=shared)
    if kind is RepeatCopy:
        fewest, most = sorted(choose.integers(1, 5, size=2).tolist())
        return RepeatCopy(bits=bits, shortest=low, longest=high, fewest_repeats=fewest, most_repeats=most,
                          shared_length=shared)
    if kind is Sort:
        items = int(choose.integers(1, 12))
        return Sort(items=items, bits=bits, top=int(choose.integers(1, items + 1)))
    return Recall(vectors=low, bits=6, fewest=low + 1, most=high + 1)


def draw(task, batch, seed):
    episode = task.episode(batch, np.random.default_rng(seed))
    return episode.chunk(0, episode.length)


# ------------------------------------------------------------------- what an input says, and the answer, sequence by sequence


def copy_answer(task, steps):
    """The vectors up to the end flag; what is not as the convention says fails here."""
    vectors, flags = [step[:task.bits] for step in steps], [step[task.bits] for step in steps]
    length = flags.index(1)
    assert sum(flags) == 1 and task.shortest <= length <= task.longest
    assert not any(any(vector) for vector in vectors[length:])
    return vectors[:length]


def repeat_copy_answer(task, steps):
    starts, counts = [step[task.bits] for step in steps], [step[task.bits + 1] for step in steps]
    assert starts == [1] + [0] * (len(steps) - 1)
    end = next(t for t, count in enumerate(counts) if count)
    repeats = round(counts[end] * task.most_repeats)
    assert counts[end] == np.float32(repeats / task.most_repeats) and sum(map(bool, counts)) == 1
    assert task.fewest_repeats <= repeats <= task.most_repeats and task.shortest <= end - 1 <= task.longest
    assert not any(steps[0][:task.bits]) and not any(any(step[:task.bits]) for step in steps[end:])
    return [[*step[:task.bits], 0] for step in steps[1:end]] * repeats + [[0] * task.bits + [1]]


def sort_answer(task, steps):
    assert all(-1 <= step[task.bits] <= 1 for step in steps) and len(steps) == task.items
    return [step[:task.bits] for step in sorted(steps, key=lambda step: -step[task.bits])][:task.top]


def recall_answer(task, steps):
    """What followed the query; where items are equal, any of the right answers: (the answer, place of the query)s."""
    parts = [steps[i:i + task.vectors + 1] for i in range(0, len(steps), task.vectors + 1)]
    assert [part[0][task.bits:] for part in parts] == [[1, 0]] * (len(parts) - 1) + [[0, 1]]
    assert not any(any(part[0][:task.bits]) or any(any(step[task.bits:]) for step in part[1:]) for part in parts)
    *items, query = ([step[:task.bits] for step in part[1:]] for part in parts)
    assert task.fewest <= len(items) <= task.most
    return [(items[k + 1], k + 1) for k in range(len(items) - 1) if items[k] == query]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize(("kind", "answer"), [(Copy, copy_answer), (RepeatCopy, repeat_copy_answer), (Sort, sort_answer)])
def test_targets_are_what_the_input_asks_for(kind, answer, seed):
    task = random_task(kind, seed)
    inputs, targets = draw(task, 4, seed)
    assert inputs.keys() == {"input", "steps"} and inputs["steps"] == len(targets.bits)
    assert inputs["input"].dtype == targets.bits.dtype == np.float32 and targets.mask.dtype == bool
    assert inputs["input"].shape[1:] == (4, task.input_channels) and targets.bits.shape[1:] == (4, task.output_channels)
    assert set(np.unique(targets.bits)) <= {0, 1}
    lengths = []
    for b in range(4):
        expected = answer(task, inputs["input"][:, b].tolist())
        assert targets.bits[:len(expected), b].tolist() == expected
        assert targets.mask[:, b, 0].tolist() == [t < len(expected) for t in range(inputs["steps"])]
        assert not targets.bits[len(expected):, b].any()
        lengths.append(len(expected))
    assert max(lengths) == inputs["steps"]
    if kind is not Sort and task.shared_length:
        assert len(set(lengths)) == 1


@pytest.mark.parametrize("seed", range(25))
def test_recall_asks_for_what_followed(seed):
    task = random_task(Recall, seed)
    inputs, targets = draw(task, 6, seed)
    n = inputs["input"].shape[0] // (task.vectors + 1) - 1
    assert targets.bits.shape == (task.vectors, 6, 6) and targets.mask.all()
    assert list(targets.groups) == [f"n{n}"] + [f"n{n}_q{k}" for k in range(1, n)] and targets.groups[f"n{n}"].all()
    assert inputs["input"].dtype == targets.bits.dtype == np.float32 and inputs["steps"] == task.vectors
    for b in range(6):
        [place] = [k for k in range(1, n) if targets.groups[f"n{n}_q{k}"][b]]
        assert (targets.bits[:, b].tolist(), place) in recall_answer(task, inputs["input"][:, b].tolist())


def test_lengths_repeats_items_and_queries_are_drawn_evenly():
    def evenly(values, choices):
        counts = np.array([np.count_nonzero(np.equal(values, choice)) for choice in choices])
        expected = len(values) / len(choices)
        assert counts.sum() == len(values) and (abs(counts - expected) < 5 * np.sqrt(expected)).all(), counts

    targets = draw(Copy(shortest=2, longest=6), 4000, 0)[1]
    evenly(targets.mask.sum((0, 2)), range(2, 7))
    assert abs(targets.bits[:2].mean() - 0.5) < 0.01
    shown = draw(RepeatCopy(most_repeats=5), 4000, 0)[0]["input"]
    evenly(np.rint(5 * shown[:, :, 5].sum(0)), range(1, 6))
    rng = np.random.default_rng(0)
    evenly([task.episode(1, rng).inputs["input"].shape[0] // 4 - 1 for task in [Recall()] * 2000], range(2, 7))
    groups = draw(Recall(fewest=5, most=5), 4000, 0)[1].groups
    evenly(sum(k * groups[f"n5_q{k}"] for k in range(1, 5)), range(1, 5))


# --------------------------------------------------------------------------------------------------------------- priorities


def test_a_thermometer_by_hand():
    code = Sort(priority="thermometer", thermometer_steps=4).code
    shown = code(np.array([[-1], [0], [0.25], [0.9], [1]], np.float32))[:, 0]
    np.testing.assert_allclose(shown, [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0.5, 0], [1, 1, 1, 0.8], [1, 1, 1, 1]], rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 27])
def test_a_thermometer_changes_the_input_and_nothing_else(steps):
    plain, task = Sort(), Sort(priority="thermometer", thermometer_steps=steps)
    (a, targets), (b, coded) = draw(plain, 5, 3), draw(task, 5, 3)
    assert np.array_equal(targets.bits, coded.bits) and np.array_equal(a["input"][..., :8], b["input"][..., :8])
    assert b["input"].shape == (20, 5, 8 + steps) and b["input"].dtype == np.float32
    w = 2 / steps
    expected = [[[min(max((p + 1 - k * w) / w, 0), 1) for k in range(steps)] for p in row]
                for row in a["input"][..., 8].tolist()]
    np.testing.assert_allclose(b["input"][..., 8:], expected, atol=1e-5)
    np.testing.assert_allclose(b["input"][..., 8:].sum(-1) * w - 1, a["input"][..., 8], atol=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_items_apart_are_far_from_all_others(seed):
    task = random_task(Sort, seed)
    inputs, targets = draw(task, 8, seed)
    assert list(targets.groups) == ["apart"]
    for b in range(8):
        priorities = sorted(inputs["input"][:, b, -1], reverse=True)
        for r, p in enumerate(priorities[:task.top]):
            others = priorities[:r] + priorities[r + 1:]
            assert targets.groups["apart"][r, b] == all(abs(p - other) > 0.08 for other in others)


def test_gaps_by_hand():
    ranked = np.array([[0.9], [0.8], [0.5], [-1]], np.float32)
    np.testing.assert_allclose(Sort(items=4, top=3).gaps(ranked), [[0.1], [0.1], [0.3]], rtol=1e-5)
    assert Sort(items=1, top=1).gaps(ranked[:1]).tolist() == [[np.inf]]


# -------------------------------------------------------------------------------------------------------- streams of chance


@pytest.mark.parametrize("kind", TASKS)
def test_an_episode_is_a_function_of_the_generator(kind):
    task = kind()
    (a, ta), (b, tb), (other, _) = draw(task, 4, 7), draw(task, 4, 7), draw(task, 4, 8)
    assert np.array_equal(a["input"], b["input"]) and np.array_equal(ta.bits, tb.bits)
    assert a["input"].shape != other["input"].shape or not np.array_equal(a["input"], other["input"])


class Oracle:
    """The interface of a network; answers by reading the input as the docstrings say. Keeps what it was shown."""

    def __init__(self, task):
        self.task, self.seen = task, []

    def answer(self, steps):
        if isinstance(self.task, Recall):
            return recall_answer(self.task, steps)[0][0]
        answers = {Copy: copy_answer, RepeatCopy: repeat_copy_answer, Sort: sort_answer}
        return answers[type(self.task)](self.task, steps)

    def forward(self, inputs, state=None):
        assert state is None
        self.seen.append(inputs["input"])
        shape = inputs["steps"], inputs["input"].shape[1], self.task.output_channels
        logits = np.full(shape, -30, np.float32)
        for b in range(shape[1]):
            answer = np.array(self.answer(inputs["input"][:, b].tolist()))
            logits[:len(answer), b] += 60 * answer
        return logits, {}, None


@pytest.mark.parametrize("kind", TASKS)
def test_all_that_is_asked_stands_in_the_input(kind):
    task = kind()
    scores = task.evaluate(Oracle(task), sequences=21, batch=8)
    assert scores.summary()["bit_error"] == 0 and scores.summary()["bits_per_sequence"] < 1e-9
    assert scores.counts()[0][""][0] == 21


@pytest.mark.parametrize("kind", TASKS)
def test_evaluation_has_sequences_of_its_own(kind):
    task, first, again, chunked = kind(), Oracle(kind()), Oracle(kind()), Oracle(kind())
    task.evaluate(first, sequences=10, seed=3, batch=4)
    task.evaluate(again, sequences=10, seed=3, batch=4)
    task.evaluate(chunked, sequences=10, seed=3, batch=4, chunk=1)
    assert len(first.seen) == len(again.seen) == len(chunked.seen) and sum(x.shape[1] for x in first.seen) == 10
    for a, b, c in zip(first.seen, again.seen, chunked.seen):
        assert np.array_equal(a, b) and np.array_equal(a, c)
    for seed in ([3], [3, 0], [4], [1001, 3], [3, 2]):
        training = draw(task, 4, seed)[0]["input"]
        assert not any(x.shape == training.shape and np.array_equal(x, training) for x in first.seen)


@pytest.mark.parametrize(("sequences", "expected"), [(96, [19, 19, 19, 19, 20]), (7, [1, 1, 2, 1, 2]), (3, [0, 1, 0, 1, 1])])
def test_recall_is_evaluated_evenly_over_the_numbers_of_items(sequences, expected):
    task = Recall()
    [groups] = task.evaluate(Oracle(task), sequences, seed=[1, 2], batch=8).counts()
    assert [groups.get(f"n{n}", [0])[0] for n in range(2, 7)] == expected and groups[""][0] == sequences


def test_every_number_of_items_is_evaluated_with_a_stream_of_its_own():
    oracle = Oracle(Recall())
    oracle.task.evaluate(oracle, sequences=20, seed=3)
    items = [x[1:4].tobytes() for x in oracle.seen]
    assert {len(x) for x in oracle.seen} == {12, 16, 20, 24, 28} and len(set(items)) == 5


# ------------------------------------------------------------------------------------------------------------------- scores


def targets_by_hand():
    """3 steps of 2 sequences of 1 bit; the second has 2 steps. The group "late" is one item of each."""
    bits = np.array([[[1], [0]], [[1], [1]], [[0], [0]]], np.float32)
    mask = np.array([[[1], [1]], [[1], [1]], [[1], [0]]], bool)
    late = np.array([[0, 0], [0, 1], [1, 1]], bool)
    return BitTargets(bits, mask, {"late": late, "second": np.array([False, True])})


def logit(p):
    return np.log(p / (1 - p))


def test_scores_by_hand():
    p = np.array([[[0.5], [0.25]], [[0.75], [0.25]], [[0.875], [0.99]]])
    scores = BitScores.of_logits(logit(p).astype(np.float32), targets_by_hand())
    assert scores.groups[""][1].dtype == np.float64
    bits = {"": 1 - log2(0.75) - log2(0.75) + 2 + 3, "late": 2 + 3, "second": -log2(0.75) + 2}
    wrong = {"": (3, 5), "late": (2, 2), "second": (1, 2)}      # p = 1/2 is read as a 0
    [groups] = scores.counts()
    for name in bits:
        assert groups[name][1] == pytest.approx(bits[name], rel=1e-6) and tuple(groups[name][2:]) == wrong[name]
    assert [groups[name][0] for name in ("", "late", "second")] == [2, 0, 1]
    assert scores.summary() == pytest.approx({
        "bits_per_sequence": bits[""] / 2, "bit_error": 3 / 5, "bit_error_late": 1.0,
        "bits_per_sequence_second": bits["second"], "bit_error_second": 1 / 2}, rel=1e-6)
    assert str(scores) == "3.42 bits, 60.0% wrong"


def test_scores_add_up():
    rng, task = np.random.default_rng(0), Recall()
    a, b, c = (task.score(rng.standard_normal(targets.bits.shape).astype(np.float32), targets)
               for targets in (draw(task, 3, seed)[1] for seed in (0, 1, 2)))
    same = lambda x, y: all(x.counts()[0][name] == pytest.approx(y.counts()[0][name], rel=1e-12) for name in x.counts()[0])
    assert same((a + b) + c, a + (b + c)) and same(a + b, b + a) and same(a, task.no_scores + a)
    assert (a + b + c).counts()[0][""][0] == 9
    assert (a + b + c).counts()[0].keys() == a.counts()[0].keys() | b.counts()[0].keys() | c.counts()[0].keys()
    back = BitScores(*json.loads(json.dumps(a.counts())))
    assert back.counts() == a.counts() and back.summary() == a.summary() and same(back + b, a + b)


def test_sequences_scored_together_or_apart():
    """One batch, or each of its sequences by itself: the same sums."""
    for kind in TASKS:
        task = kind()
        targets = draw(task, 5, 1)[1]
        logits = np.random.default_rng(0).standard_normal(targets.bits.shape)
        total = task.no_scores
        for b in range(5):
            groups = {name: x[..., b:b + 1] for name, x in targets.groups.items()}
            total += task.score(logits[:, b:b + 1], BitTargets(targets.bits[:, b:b + 1], targets.mask[:, b:b + 1], groups))
        [whole], [parts] = task.score(logits, targets).counts(), total.counts()
        assert whole.keys() == parts.keys()
        for name in whole:
            assert whole[name] == pytest.approx(parts[name], rel=1e-12)


def test_nothing_is_scored_as_nothing():
    assert BitScores().summary() == {"bits_per_sequence": 0, "bit_error": 0} and BitScores().counts() == [{}]
    scores = BitScores.of_logits(np.zeros((1, 2, 1)), BitTargets(np.zeros((1, 2, 1)), np.ones((1, 2, 1), bool),
                                                                 {"nobody": np.zeros(2, bool)}))
    assert scores.summary() == {"bits_per_sequence": 1, "bit_error": 0}
    with pytest.raises(ValueError, match="differ in shape"):
        BitScores.of_logits(np.zeros((2, 2, 1)), targets_by_hand())


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", TASKS)
def test_loss_and_its_gradient(kind, reduction):
    task = kind(**SMALL[kind])
    targets = draw(task, 3, 1)[1]
    rng = np.random.default_rng(0)
    logits = rng.standard_normal(targets.bits.shape)

    def definition(z):
        p = 1 / (1 + np.exp(-z))
        each = -(targets.bits * np.log(p) + (1 - targets.bits) * np.log(1 - p))
        asked = np.broadcast_to(targets.mask, each.shape)
        return (each * asked).sum() / (asked.sum() if reduction == "mean" else 1)

    loss, gradient = task.loss(logits, targets, reduction)
    assert loss == pytest.approx(definition(logits), rel=1e-10)
    direction = rng.standard_normal(logits.shape)
    slope = (definition(logits + 1e-5 * direction) - definition(logits - 1e-5 * direction)) / 2e-5
    assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-7)
    loss, gradient = task.loss(logits.astype(np.float32), targets, reduction)
    assert np.asarray(loss).dtype == gradient.dtype == np.float32


@pytest.mark.parametrize("kind", TASKS)
def test_the_best_guess_without_memory(kind):
    """The share of ones at every step, counted on many sequences, is as good a guess as the baseline says."""
    task = kind(**SMALL[kind] | ({"fewest": 4} if kind is Recall else {}))
    known, asked = draw(task, 40_000, 0)[1], draw(task, 40_000, 1)[1]
    share = (known.bits * known.mask).sum(1, keepdims=True) / known.mask.sum(1, keepdims=True)      # (T, 1, K)
    share = np.clip(share, 1e-9, 1 - 1e-9)
    guess = np.broadcast_to(logit(share), asked.bits.shape)
    scores = task.score(guess, asked).summary()
    baseline = task.baseline()
    assert set(baseline) == {"memoryless_bits_per_sequence", "memoryless_bit_error"}
    assert scores["bits_per_sequence"] == pytest.approx(baseline["memoryless_bits_per_sequence"], rel=0.01)
    assert scores["bit_error"] == pytest.approx(baseline["memoryless_bit_error"], abs=0.005)


def test_baselines_by_hand():
    assert Sort().baseline() == {"memoryless_bits_per_sequence": 128, "memoryless_bit_error": 0.5}
    assert Recall().baseline() == {"memoryless_bits_per_sequence": 18, "memoryless_bit_error": 0.5}
    assert Copy(shortest=3, longest=6).baseline()["memoryless_bits_per_sequence"] == 8 * 4.5
    certain = RepeatCopy(shortest=2, longest=2, fewest_repeats=3, most_repeats=3, bits=4).baseline()
    assert certain["memoryless_bits_per_sequence"] == 24                # the end is no surprise
    assert certain["memoryless_bit_error"] == pytest.approx(12 / 35)    # half of the 24, of 7 steps with 5 bits


# ------------------------------------------------------------------------------------------------------------- in a training


class Guess:
    """As much of a network as a Shard needs: one logit for every output channel, whatever is shown."""

    xp = np

    def __init__(self, task):
        self.values, self.grads = np.zeros((2, task.output_channels), np.float32)
        self.seen = []

    def initial_state(self, batch):
        return {"nothing": np.zeros(batch)}

    def forward(self, inputs, state=None):
        self.seen.append(inputs["input"])
        batch = inputs["input"].shape[1]
        return np.broadcast_to(self.values, (inputs["steps"], batch, len(self.values))), state, None

    def backward(self, doutputs, cache):
        self.grads += doutputs.sum((0, 1))


@pytest.mark.parametrize("kind", TASKS)
def test_a_shard_takes_whole_sequences_and_goes_on_where_it_was(kind):
    task = kind()
    settings = TrainingSettings(updates=1, learning_rate=1.0, batch=4, bptt=3, shards=1)
    network, twin = Guess(task), Guess(task)
    shard, other = Shard(network, task, settings, 0), Shard(twin, task, settings, 0)
    rng = np.random.default_rng([0, 0])
    for _ in range(2):
        targets = task.episode(4, rng).targets
        loss, scores = shard.step()
        assert loss == pytest.approx(np.log(2), rel=1e-6) and scores.counts()[0][""][0] == 4
        assert np.array_equal(network.grads, task.loss(np.zeros_like(targets.bits), targets)[1].sum((0, 1)))
    other.restore(shard.snapshot())
    losses = [(shard.step()[0], other.step()[0]) for _ in range(3)]
    assert all(a == b for a, b in losses)
    for a, b in zip(network.seen[2:], twin.seen, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(network.seen[0][:2], network.seen[1][:2])


@pytest.mark.parametrize("kind", TASKS)
def test_an_episode_is_not_cut(kind):
    episode = kind().episode(2, np.random.default_rng(0))
    inputs, targets = episode.chunk(0, episode.length)
    assert episode.length == len(inputs["input"]) + inputs["steps"] == len(inputs["input"]) + len(targets.bits)
    assert all(episode.chunks(most) == [(0, episode.length)] for most in (1, 20, 10_000))
    for start, stop in ((0, 1), (1, episode.length), (0, episode.length + 1)):
        with pytest.raises(UserError, match="take it whole"):
            episode.chunk(start, stop)


@dataclasses.dataclass
class Shape:
    """As much of a network as `check` looks at."""

    input: str = "vector"
    input_channels: int = 9
    output_channels: int = 8

    @property
    def config(self):
        return self


def test_a_network_of_another_shape_is_refused():
    Sort().check(Shape())
    Sort(priority="thermometer").check(Shape(input_channels=35))
    RepeatCopy().check(Shape(input_channels=6, output_channels=5))
    for wrong, says in ((dict(input_channels=8), "input_channels and the task's differ \\(8 and 9\\)"),
                        (dict(output_channels=9), "output_channels"), (dict(input="images"), 'input = "vector"'),
                        (dict(input=None), "encoder_decoder")):
        with pytest.raises(UserError, match=says):
            Sort().check(Shape(**wrong))


# ----------------------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(("kind", "setting", "value", "says"), [
    *((kind, "bits", value, "a whole number from 1 to 1024") for kind in TASKS for value in (0, 1025, 2.0, "8", True)),
    (Copy, "shortest", 0, "from 1 to 20 (longest)"), (Copy, "shortest", 21, "from 1 to 20 (longest)"),
    (Copy, "longest", 10 ** 9, "from 1 to 10000"), (Copy, "shared_length", 1, "true or false"),
    (RepeatCopy, "shortest", 6, "from 1 to 5 (longest)"), (RepeatCopy, "longest", 0, "from 1 to 10000"),
    (RepeatCopy, "fewest_repeats", 5, "from 1 to 4 (most_repeats)"), (RepeatCopy, "most_repeats", 0, "from 1 to 10000"),
    (RepeatCopy, "shared_length", "yes", "true or false"),
    (Sort, "items", 0, "from 1 to 10000"), (Sort, "top", 21, "from 1 to 20 (items)"), (Sort, "top", 0, "from 1 to 20"),
    (Sort, "priority", "termometer", "did you mean thermometer?"), (Sort, "thermometer_steps", 0, "from 1 to 1024"),
    (Recall, "vectors", 0, "from 1 to 10000"), (Recall, "fewest", 1, "from 2 to 6 (most)"),
    (Recall, "fewest", 7, "from 2 to 6 (most)"), (Recall, "most", 1, "from 2 to 10000"),
])
def test_bad_settings_are_named(kind, setting, value, says):
    with pytest.raises(UserError) as error:
        kind(**{setting: value})
    message = str(error.value)
    assert message.startswith(f"{setting} = {value!r} ") and says in message and "\n" not in message


def test_every_setting_is_checked():
    """A value of a type no setting has: whichever setting gets it, it must be refused."""
    for kind in TASKS:
        for field in dataclasses.fields(kind):
            with pytest.raises(UserError, match=f"^{field.name} "):
                kind(**{field.name: 1j})


def test_bad_batches_and_seeds_are_refused():
    for kind in TASKS:
        task = kind()
        with pytest.raises(UserError, match="^batch = 0"):
            task.episode(0, np.random.default_rng(0))
        for name in ("sequences", "batch", "chunk"):
            with pytest.raises(UserError, match=f"^{name} = 0"):
                task.evaluate(Oracle(task), **{name: 0})
        for seed in (-1, [0, -1], 0.5):
            with pytest.raises(UserError, match="^seed"):
                task.evaluate(Oracle(task), seed=seed)


def test_tasks_are_built_by_name():
    for kind, cls in {"copy": Copy, "repeat_copy": RepeatCopy, "sort": Sort, "recall": Recall}.items():
        assert KINDS[kind] is cls and build_task({"kind": kind, "bits": 2}) == cls(bits=2)
    with pytest.raises(UserError, match="task.btis is not a setting: did you mean bits?"):
        build_task({"kind": "sort", "btis": 2})
    with pytest.raises(UserError, match="did you mean recall?"):
        build_task({"kind": "recal"})
