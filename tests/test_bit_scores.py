"""Scores, losses and baselines of sequences of bits, against numbers computed by hand."""

import json
from math import log2

import numpy as np
import pytest
from sequence_answers import TASKS, draw

from gradcheck.hostdevice import counted, installed
from mgnm.device import place
from mgnm.tasks import Copy, Recall, RepeatCopy, Sort
from mgnm.tasks.sequences import BitScores, BitTargets

SMALL = {Copy: dict(bits=3, longest=4), RepeatCopy: dict(bits=2, longest=3, most_repeats=3),
         Sort: dict(items=5, bits=3, top=4), Recall: dict(vectors=2, bits=3, most=4)}


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


@pytest.mark.parametrize("kind", TASKS)
def test_a_score_reads_nothing_until_it_is_asked(kind):
    task = kind()
    targets = draw(task, 4, 0)[1]
    logits = np.random.default_rng(0).standard_normal(targets.bits.shape)
    expected = (task.score(logits, targets) + task.score(logits, targets)).summary()
    with installed() as cupy:
        logits, targets = cupy.asarray(logits), place(targets, cupy)
        with counted() as counts:
            task.loss(logits, targets)
            scores = task.no_scores + task.score(logits, targets) + task.score(logits, targets)
        assert counts.uploads == counts.downloads == 0
        assert scores.summary() == pytest.approx(expected, rel=1e-12)
