"""Scores, losses and baselines of the digit tasks, against numbers computed by hand."""

import itertools
import json
from math import prod
from pathlib import Path

import numpy as np
import pytest

from gradcheck.hostdevice import counted, installed
from mgnm.tasks import DigitRecall, DigitSort
from mgnm.tasks.digits import ClassScores, load_digits

SAMPLE = str(Path(__file__).parent / "data" / "digits")
CLASSES = load_digits(SAMPLE, "")[1].classes.tolist()       # of the pictures for validation


def test_scores_by_hand():
    logits = np.zeros((2, 3, 4), np.float32)
    logits[0, 0, 2] = logits[1, 0, 1] = logits[0, 1, 3] = 1         # answers 2 1, 3 0, 0 0
    targets = np.array([[2, 3, 1], [1, 1, 0]])
    scores = ClassScores.of_logits(logits, targets)
    assert scores.counts() == [4, 6, 1, 3] and str(scores) == "66.7% right"
    assert scores.summary() == {"accuracy": 4 / 6, "sequence_accuracy": 1 / 3}
    single = ClassScores.of_logits(logits[:1], targets[:1])
    assert single.counts() == [2, 3, 2, 3] and single.summary() == {"accuracy": 2 / 3}
    with pytest.raises(ValueError, match="differ in shape"):
        ClassScores.of_logits(logits, targets[:1])


def test_scores_add_up():
    a, b, c = ClassScores(1, 6, 0, 2), ClassScores(3, 3, 1, 1), ClassScores(2, 9, 0, 3)
    assert (a + b) + c == a + (b + c) == ClassScores(6, 18, 1, 6) and a + ClassScores() == a == DigitSort.no_scores + a
    back = ClassScores(*json.loads(json.dumps(a.counts())))
    assert back == a and back.summary() == a.summary() and ClassScores().summary() == {"accuracy": 0}
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((3, 8, 10)), rng.integers(10, size=(3, 8))
    halves = ClassScores.of_logits(logits[:, :3], targets[:, :3]) + ClassScores.of_logits(logits[:, 3:], targets[:, 3:])
    assert halves.counts() == DigitSort(source=SAMPLE).score(logits, targets).counts()


def test_a_score_reads_nothing_until_it_is_asked():
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((2, 30, 10)), rng.integers(10, size=(2, 30))
    expected = ClassScores.of_logits(logits, targets).summary()
    with installed() as cupy:
        logits, targets = cupy.asarray(logits), cupy.asarray(targets)
        with counted() as counts:
            scores = DigitSort.no_scores + ClassScores.of_logits(logits, targets)
        assert counts.uploads == counts.downloads == 0
        assert scores.summary() == expected


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", [DigitRecall, DigitSort])
def test_loss_and_its_gradient(kind, reduction):
    task = kind(source=SAMPLE)
    targets = task.episode(3, np.random.default_rng(1)).targets
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((*targets.shape, 10))

    def definition(z):
        p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
        each = [-np.log(p[t, b, k]) for (t, b), k in np.ndenumerate(targets)]
        return sum(each) / (len(each) if reduction == "mean" else 1)

    loss, gradient = task.loss(logits, targets, reduction)
    assert loss == pytest.approx(definition(logits), rel=1e-10)
    direction = rng.standard_normal(logits.shape)
    slope = (definition(logits + 1e-5 * direction) - definition(logits - 1e-5 * direction)) / 2e-5
    assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-7)
    loss, gradient = task.loss(logits.astype(np.float32), targets, reduction)
    assert np.asarray(loss).dtype == gradient.dtype == np.float32


def test_the_best_guess_of_recall_is_the_most_frequent_class():
    counts = [CLASSES.count(k) for k in range(10)]
    assert DigitRecall(source=SAMPLE).baseline() == {"memoryless_accuracy": max(counts) / 40}


@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_best_guesses_of_sort_over_all_sequences(n):
    shares = [CLASSES.count(k) / 40 for k in range(10)]
    positions, whole = np.zeros((n, 10)), {}
    for sequence in itertools.product(range(10), repeat=n):
        probability, ranked = prod(shares[k] for k in sequence), tuple(sorted(sequence))
        whole[ranked] = whole.get(ranked, 0) + probability
        for i, k in enumerate(ranked):
            positions[i, k] += probability
    assert DigitSort(source=SAMPLE, digits=n).baseline() == pytest.approx({
        "memoryless_accuracy": positions.max(axis=1).mean(), "memoryless_sequence_accuracy": max(whole.values())}, rel=1e-12)


def test_the_best_guess_of_a_long_sort_is_finite(monkeypatch):
    monkeypatch.setattr(DigitSort, "shares", lambda self: np.full(10, 0.1))
    guess = DigitSort(digits=1000).baseline()
    assert 0.9 < guess["memoryless_accuracy"] < 1 and 0 < guess["memoryless_sequence_accuracy"] < 1e-4
