"""Copy, repeat copy, sort and recall against plain Python: targets, masks, groups, streams of chance, settings."""

import dataclasses

import numpy as np
import pytest
from sequence_answers import TASKS, Oracle, copy_answer, draw, random_task, recall_answer, repeat_copy_answer, sort_answer

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import KINDS, Copy, Recall, RepeatCopy, Sort, build_task
from mgnm.tasks.sequences.sort import crowd
from mgnm.training import Shard, TrainingSettings

# -------------------------------------------------------------------------------------------------------------- targets


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


@pytest.mark.parametrize("seed", range(10))
def test_several_queries_ask_for_different_items_of_the_same_sequence(seed):
    task = Recall(vectors=2, fewest=2, most=6, queries=3)
    inputs, targets = draw(task, 4, seed)
    n, S = inputs["input"].shape[0] // 3, inputs["queries"].shape[1] // 4
    assert S == min(3, n - 1) and inputs["queries"].shape == (3, S * 4, 8) and targets.bits.shape == (2, S * 4, 6)
    assert targets.mask.shape == (2, S * 4, 1) and targets.groups[f"n{n}"].shape == (S * 4,)
    places = np.array([[targets.groups[f"n{n}_q{k}"][b] for b in range(S * 4)] for k in range(1, n)]).argmax(0)
    assert all(len({*places[b::4]}) == S for b in range(4))
    for b in range(S * 4):
        steps = [*inputs["input"][:, b % 4].tolist(), *inputs["queries"][:, b].tolist()]
        assert (targets.bits[:, b].tolist(), places[b] + 1) in recall_answer(task, steps)
    assert task.fresh_episode(4, np.random.default_rng(seed)).inputs.keys() == {"input", "steps"}


def test_evaluation_asks_for_one_item_whatever_training_does():
    task = Recall()
    one, several = (Oracle(task), Oracle(task))
    task.evaluate(one, sequences=10, seed=3, batch=4)
    Recall(queries=5).evaluate(several, sequences=10, seed=3, batch=4)
    assert all(np.array_equal(a, b) for a, b in zip(one.seen, several.seen, strict=True))


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


# ----------------------------------------------------------------------------------------------------------- priorities


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


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_near_ties_are_drawn_for_training_only(share):
    task = Sort(items=6, top=6, near_ties=share)
    plain, crowded = (episode(4000, np.random.default_rng(3)).inputs["input"]
                      for episode in (task.fresh_episode, task.episode))
    assert np.array_equal(plain, draw(Sort(items=6, top=6), 4000, 3)[0]["input"])
    priorities = crowded[..., -1]
    assert priorities.dtype == np.float32 and abs(priorities).max() <= 1
    # A moved item makes one gap in the order a close one; the others are close as often as in even priorities.
    gaps = np.diff(np.sort(priorities, axis=0), axis=0)                                         # (5, B)
    by_chance = (np.diff(np.sort(plain[..., -1], axis=0), axis=0) < 0.04).mean()
    close = (gaps < 0.04).mean()
    assert by_chance < 0.12 and abs(close - (by_chance + (1 - by_chance) * share)) < 0.05, (close, by_chance)
    # At any distance in time: the item nearest to the first in priority is the second as often as chance has it.
    nearest = np.argsort(abs(priorities - priorities[:1])[1:], axis=0)[0] + 1
    assert abs((nearest == 1).mean() - 1 / 5) < 0.03


def test_near_ties_come_back_from_the_edge():
    edge = crowd(np.full((40, 50), 1, np.float32), 1.0, np.random.default_rng(0))
    assert edge.dtype == np.float32 and edge.max() <= 1 and 0.5 < edge.min() < 0.999


def test_gaps_by_hand():
    ranked = np.array([[0.9], [0.8], [0.5], [-1]], np.float32)
    np.testing.assert_allclose(Sort(items=4, top=3).gaps(ranked), [[0.1], [0.1], [0.3]], rtol=1e-5)
    assert Sort(items=1, top=1).gaps(ranked[:1]).tolist() == [[np.inf]]


# ---------------------------------------------------------------------------------------------------- streams of chance


@pytest.mark.parametrize("kind", TASKS)
def test_an_episode_is_a_function_of_the_generator(kind):
    task = kind()
    (a, ta), (b, tb), (other, _) = draw(task, 4, 7), draw(task, 4, 7), draw(task, 4, 8)
    assert np.array_equal(a["input"], b["input"]) and np.array_equal(ta.bits, tb.bits)
    assert a["input"].shape != other["input"].shape or not np.array_equal(a["input"], other["input"])


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


# -------------------------------------------------------------------------------------------------------- in a training


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


SORTER = {"kind": "encoder_decoder", "layers": [[1, 1]], "base": 1, "input_channels": 9, "output_channels": 8}
LSTM = {"kind": "lstm", "units": 2, "questions": "none", "input": [9], "output": [8]}


def test_networks_that_fit():
    for network in (SORTER, LSTM):
        Sort().check(mgnm.build(network))
    Sort(priority="thermometer").check(mgnm.build(SORTER | {"input_channels": 35}))
    RepeatCopy().check(mgnm.build(SORTER | {"input_channels": 6, "output_channels": 5}))
    RepeatCopy().check(mgnm.build(LSTM | {"input": [6], "output": [5]}))


@pytest.mark.parametrize(("network", "says"), [
    (SORTER | {"input_channels": 8}, "takes vectors of 8 at a step and the task gives vectors of 9: change network.input, "
     "network.input_channels, or task.bits"),
    (SORTER | {"output_channels": 9}, "answers with vectors of 9 at a step and the task wants vectors of 8: change "
     "network.output_channels, or task.bits"),
    (SORTER | {"input": "images"}, "takes images of 1 x 1 x 9 at a step and the task gives vectors of 9"),
    (LSTM | {"input": [3, 3, 1]}, "takes 3 x 3 x 1 at a step and the task gives vectors of 9"),
    (LSTM | {"questions": "last"}, 'network.questions = "last" does not fit this task: use "none", for no query, but'),
    ({"kind": "digit_reader", "writer": [[1, 1]], "reader": [1], "narrowing": [[1, 1]]},
     'network.kind = "digit_reader" does not fit this task: use encoder_decoder or ')])
def test_a_network_of_another_shape_is_refused(network, says):
    with pytest.raises(UserError) as error:
        Sort().check(mgnm.build(network))
    assert says in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("network", [LSTM | {"input": [8], "output": [6]}, SORTER | {
    "input_channels": 8, "output_channels": 6, "batch_norm": "running"}])
def test_a_network_that_answers_one_query_is_not_asked_for_several(network):
    network = mgnm.build(network)
    Recall().check(network)
    with pytest.raises(UserError, match="^task.queries = 2 does not fit this network.*use task.queries = 1, or"):
        Recall(queries=2).check(network)


# ------------------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(("kind", "setting", "value", "says"), [
    *((kind, "bits", value, "a whole number from 1 to 1024") for kind in TASKS for value in (0, 1025, 2.0, "8", True)),
    (Copy, "shortest", 0, "from 1 to 20 (task.longest)"), (Copy, "shortest", 21, "from 1 to 20 (task.longest)"),
    (Copy, "longest", 10 ** 9, "from 1 to 10000"), (Copy, "shared_length", 1, "true or false"),
    (RepeatCopy, "shortest", 6, "from 1 to 5 (task.longest)"), (RepeatCopy, "longest", 0, "from 1 to 10000"),
    (RepeatCopy, "fewest_repeats", 5, "from 1 to 4 (task.most_repeats)"), (RepeatCopy, "most_repeats", 0, "from 1 to 10000"),
    (RepeatCopy, "shared_length", "yes", "true or false"),
    (Sort, "items", 0, "from 1 to 10000"), (Sort, "top", 21, "from 1 to 20 (items)"), (Sort, "top", 0, "from 1 to 20"),
    (Sort, "priority", "termometer", "did you mean thermometer?"), (Sort, "thermometer_steps", 0, "from 1 to 1024"),
    (Sort, "near_ties", 1.5, "a number from 0 to 1"), (Sort, "near_ties", -0.1, "a number from 0 to 1"),
    (Recall, "vectors", 0, "from 1 to 10000"), (Recall, "fewest", 1, "from 2 to 6 (task.most)"),
    (Recall, "queries", 0, "from 1 to 5"), (Recall, "queries", 6, "from 1 to 5"),
    (Recall, "fewest", 7, "from 2 to 6 (task.most)"), (Recall, "most", 1, "from 2 to 10000"),
])
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
