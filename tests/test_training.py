"""Training against loops written out by hand: chunks, carried memory, shards, workers, metrics, and what stops it."""

import os
import signal
import types
from math import sqrt

import numpy as np
import pytest
from tiny_run import TABLES, assert_same_run, assignments, command, metrics, refusal, tables, train

import mgnm
from mgnm.errors import UserError
from mgnm.tasks import build_task
from mgnm.tasks.episodes import chunks
from mgnm.training import Adam, Run, Shard, Team, Trainer, TrainingSettings, load_network
from mgnm.training.team import Group, work

TASK = build_task(TABLES["task"])
EPISODE = [(0, 3), (3, 6), (6, 9)]                          # the chunks of 9 steps, at most 4 at a time


def build(dtype="float64", seed=0):
    return mgnm.build(TABLES["network"], seed, dtype)


def settings(**changed):
    return TrainingSettings(**tables(**changed)["training"])


def gradient(network, task, chunk, state, reduction="mean"):
    """Loss, gradient, final state and scores of one chunk from a state."""
    inputs, targets = chunk
    outputs, state, cache = network.forward(inputs, state)
    loss, doutputs = task.loss(outputs, targets, reduction)
    network.grads.fill(0)
    network.backward(doutputs, cache)
    return loss, network.grads.copy(), state, task.score(outputs, targets)


# ---------------------------------------------------------------------------------------------------- chunks and memory


def test_chunks_are_few_equal_and_complete():
    for length in range(1, 60):
        for most in (1, 2, 3, 7, 20, 59, 60, 1000):
            parts = chunks(length, most)
            sizes = [stop - start for start, stop in parts]
            assert [step for start, stop in parts for step in range(start, stop)] == list(range(length))
            assert len(parts) == -(-length // most) and max(sizes) - min(sizes) <= 1


def test_memory_is_carried_from_chunk_to_chunk_and_empty_at_the_start_of_an_episode():
    network, twin = build(), build()
    shard, rng = Shard(network, TASK, settings(), 1), np.random.default_rng([0, 1])
    carried = []
    for _ in range(3):
        episode, state = TASK.episode(2, rng), None
        for part in EPISODE:
            _, forgetful, _, _ = gradient(twin, TASK, episode.chunk(*part), None)
            expected_loss, expected, state, scores = gradient(twin, TASK, episode.chunk(*part), state)
            loss, found = shard.step()
            assert loss == expected_loss and found == scores
            assert np.array_equal(network.grads, expected)
            carried.append(not np.allclose(expected, forgetful))
            for one in (network, twin):
                one.values -= 0.1 * expected                # so that a gradient of old weights would be noticed
    assert carried == [False, True, True] * 3


def test_a_restored_shard_goes_on_with_the_same_numbers():
    for steps in range(5):
        shards = [Shard(build(), TASK, settings(), 0) for _ in range(2)]
        for _ in range(steps):
            shards[0].step()
        shards[1].restore(shards[0].snapshot())
        for _ in range(5):
            results = [(*shard.step(), shard.network.grads.tolist()) for shard in shards]
            assert results[0] == results[1]


# ------------------------------------------------------------------------------------------------------ shards, workers


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("shards", [1, 2, 4])
def test_shards_together_are_the_whole_batch(reduction, shards):
    network, whole = build(), build()
    chosen = settings(shards=shards, loss=reduction)
    episodes = [TASK.episode(4 // shards, np.random.default_rng([0, k])) for k in range(shards)]
    state = None
    with Team(network, TASK, chosen, TABLES) as team:
        for part in EPISODE:
            cut = [episode.chunk(*part) for episode in episodes]
            inputs = {name: np.concatenate([inputs[name] for inputs, _ in cut], axis=1) for name in cut[0][0]}
            targets = np.concatenate([targets for _, targets in cut], axis=1)
            expected_loss, expected, state, scores = gradient(whole, TASK, (inputs, targets), state, reduction)
            assert team.step() == (pytest.approx(expected_loss, rel=1e-12), scores)
            np.testing.assert_allclose(network.grads, expected, rtol=1e-9, atol=1e-13)


def test_shards_draw_different_mazes():
    episodes = [Shard(build(), TASK, settings(batch=16, seed=seed), k).episode for seed, k in ((0, 0), (0, 1), (1, 0))]
    mazes = [episode.mazes.tobytes() for episode in episodes]
    assert len(set(mazes)) == 3


@pytest.mark.parametrize("changed", [{}, {"batch": 6, "shards": 3, "loss": "sum", "optimiser": "rmsprop"}])
def test_the_number_of_workers_changes_not_one_bit(tmp_path, changed):
    train(tmp_path / "one", workers=1, **changed)
    train(tmp_path / "two", workers=2, **changed)
    assert_same_run(tmp_path / "one", tmp_path / "two")


def test_a_worker_that_dies_is_told_in_one_line():
    team = Team(build("float32"), TASK, settings(), TABLES, workers=2)
    with team, pytest.raises(UserError, match="worker process ended.*--workers 1"):
        os.kill(team.processes[0].pid, signal.SIGKILL)
        for _ in range(3):                                  # what was sent before may still be answered
            team.step()
    assert not any(process.is_alive() for process in team.processes)


def test_an_error_in_a_worker_is_not_lost():
    team = Team(build("float32"), TASK, settings(), TABLES, workers=2)
    with team, pytest.raises(RuntimeError, match="worker process failed(.|\n)*KeyError"):
        team.restore({0: team.group.shards[0].snapshot(), 1: {}})


def test_bad_input_in_a_worker_is_told_as_such():
    bad = {**TABLES, "task": TABLES["task"] | {"size": 6}}
    with (Team(build("float32"), TASK, settings(), bad, workers=2) as team,
          pytest.raises(UserError, match="size = 6 does not fit")):
        team.step()


def test_lack_of_memory_in_a_worker_is_told_as_such(monkeypatch):
    def exhausted(_):
        raise MemoryError("Unable to allocate 9.31 TiB")

    monkeypatch.setattr(Group, "step", exhausted)
    asked, answers = [("step", ())], []
    pipe = types.SimpleNamespace(recv=lambda: asked.pop() if asked else end(), send=answers.append)

    def end():
        raise EOFError

    network = build("float32")
    work(pipe, TABLES, settings(), [0], "float32", [network.values, network.grads])
    [(error, _)] = answers
    assert isinstance(error, MemoryError) and str(error) == "Unable to allocate 9.31 TiB, in a worker process"


# ---------------------------------------------------------------------------------------------------- the whole trainer


def test_a_training_is_what_the_formulas_say(tmp_path):
    """Two shards, clipping, Adam and a linear schedule over two and a third episodes, written out."""
    trainer = train(tmp_path / "run", updates=7, log_every=1, evaluate_every=7, clip=0.51, final_learning_rate=0.002)
    network = build("float32")
    w = network.values.astype(np.float64)
    m, s = np.zeros_like(w), np.zeros_like(w)
    rngs = [np.random.default_rng([0, k]) for k in range(2)]
    lines = metrics(tmp_path / "run")
    clipped = 0
    for n in range(7):
        if n % 3 == 0:
            episodes, states = [TASK.episode(2, rng) for rng in rngs], [None, None]
        losses, grads, counts = [], [], TASK.no_scores
        for k in range(2):
            chunk = episodes[k].chunk(*EPISODE[n % 3])
            loss, g, states[k], scores = gradient(network, TASK, chunk, states[k])
            losses.append(loss)
            grads.append(g.astype(np.float64))
            counts += scores
        g = (grads[0] + grads[1]) / 2
        norm = sqrt((g * g).sum())
        clipped += norm > 0.51
        g *= min(1, 0.51 / norm)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        rate = 0.01 + (0.002 - 0.01) * n / 7
        w -= rate * (m / (1 - 0.9 ** (n + 1))) / (np.sqrt(s / (1 - 0.999 ** (n + 1))) + 1e-8)
        network.values[:] = w
        assert lines[n] | {"evaluation": None} == {
            "update": n + 1, "loss": pytest.approx(sum(losses) / 2, rel=1e-5), **counts.summary(),
            "gradient_norm": pytest.approx(norm, rel=1e-4), "learning_rate": pytest.approx(rate), "evaluation": None}
    assert 0 < clipped < 7
    np.testing.assert_allclose(trainer.network.values, w, rtol=1e-4, atol=1e-6)
    assert trainer.network.values.dtype == np.float32


def test_metrics_average_over_the_updates_since_the_last_line(tmp_path):
    single = train(tmp_path / "a", log_every=1, updates=10).run.metrics()
    lines = train(tmp_path / "b", log_every=4, updates=10).run.metrics()
    assert [line["update"] for line in lines] == [4, 6, 8]                  # and at 6, because it is evaluated then
    for line, members in zip(lines, (single[:4], single[4:6], single[6:8])):
        assert line["loss"] == pytest.approx(np.mean([each["loss"] for each in members]), rel=1e-12)
        for name in ("gradient_norm", "learning_rate"):
            assert line[name] == members[-1][name]
        low, high = (f(each["f_score"] for each in members) for f in (min, max))
        assert low <= line["f_score"] <= high
    assert [("evaluation" in line) for line in lines] == [False, True, False]
    seconds = [line["seconds"] for line in lines]
    assert seconds == sorted(seconds) and seconds[0] > 0


def test_evaluation_on_the_way_is_on_fresh_mazes(tmp_path):
    trainer = train(tmp_path / "run", updates=6, seed=3)
    expected = TASK.evaluate(trainer.network, 2, [3, 6], batch=2, chunk=4).summary()
    expected["memoryless_f_score"] = TASK.memoryless().best.f_score
    assert trainer.run.metrics()[-1]["evaluation"] == expected


def test_a_training_learns(tmp_path):
    lines = train(tmp_path / "run", updates=60, batch=8, log_every=10, learning_rate=0.03).run.metrics()
    assert lines[-1]["loss"] < 0.7 * lines[0]["loss"]


def test_everything_kept_is_float32(tmp_path):
    trainer = train(tmp_path / "run", updates=2)
    kept = [trainer.network.values, trainer.network.grads, *trainer.optimiser.state.values()]
    with np.load(tmp_path / "run" / "checkpoint.npz", allow_pickle=False) as file:
        kept += [file[key] for key in file.files if file[key].dtype.kind == "f"]
    assert {x.dtype.name for x in kept} == {"float32"}


def test_weights_of_a_run_load_as_a_network(tmp_path):
    trainer = train(tmp_path / "run")
    for source in (tmp_path / "run", tmp_path / "run" / "weights.npz", tmp_path / "run" / "checkpoint.npz"):
        network, settings, update = load_network(source)
        assert np.array_equal(network.values, trainer.network.values) and (settings, update) == (tables(), 8)


def test_start_from_begins_with_trained_weights(tmp_path):
    first = train(tmp_path / "first")
    trainer = Trainer(Run.create(tmp_path / "second", tables(seed=5, start_from=str(tmp_path / "first"))))
    assert np.array_equal(trainer.network.values, first.network.values)
    assert trainer.train(progress=False)
    again = Trainer(Run.open(tmp_path / "second"))
    assert again.train(resume=True, progress=False)
    assert np.array_equal(again.network.values, trainer.network.values)


def test_start_from_nothing_leaves_no_run_behind(tmp_path, capsys):
    out = tmp_path / "run"
    line = refusal(capsys, "train", "--out", out, *assignments(start_from=str(tmp_path / "missing")))
    assert "missing does not exist" in line and not out.exists()


# ------------------------------------------------------------------------------------------------ when it is not finite


def not_finite_at(update, monkeypatch):
    """Plant a loss that is not a number."""
    step, count = Team.step, []

    def planted(team):
        count.append(1)
        loss, scores = step(team)
        return (float("nan") if len(count) == update else loss), scores

    monkeypatch.setattr(Team, "step", planted)


def test_a_loss_that_is_not_finite_keeps_the_last_checkpoint(tmp_path, monkeypatch, capsys):
    good = train(tmp_path / "good", updates=8, schedule="constant")
    not_finite_at(6, monkeypatch)
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", "1", *assignments(updates=8, schedule="constant")) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("mgnm: not finite any more at update 6 (loss nan") and f"{out}/checkpoint.npz keeps" in said
    assert load_network(out)[2] == 4 and [line["update"] for line in metrics(out)] == [3]
    monkeypatch.undo()
    assert command("train", "--resume", out, "--workers", "1") == 0         # without the planted fault it goes on
    assert_same_run(out, good.run.folder)


def test_before_the_first_checkpoint_there_is_nothing_to_keep(tmp_path, monkeypatch):
    not_finite_at(1, monkeypatch)
    with pytest.raises(UserError, match="at update 2 .*nothing is saved"):
        train(tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoint.npz").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_training_that_diverges_stops_with_one_line(tmp_path, capfd, workers):
    out = tmp_path / "run"
    sets = assignments(updates=50, learning_rate=9e18, clip=9e18, optimiser="sgd", checkpoint_every=1, loss="sum")
    assert command("train", "--out", out, "--workers", workers, *sets) == 2
    err = capfd.readouterr().err
    assert "Warning" not in err and "Traceback" not in err
    assert err.splitlines()[-1].startswith("mgnm: not finite any more at update ")
    network, _, update = load_network(out)
    assert update > 0 and np.isfinite(network.values).all()


def test_weights_that_are_not_finite_are_never_saved(tmp_path, monkeypatch):
    step = Adam.step

    def planted(optimiser, values, grads, rate, update):
        step(optimiser, values, grads, float("inf") if update == 4 else rate, update)

    monkeypatch.setattr(Adam, "step", planted)
    with pytest.raises(UserError, match="at update 5 .*largest weight (inf|nan)"):
        train(tmp_path / "run", checkpoint_every=1)
    network, _, update = load_network(tmp_path / "run")
    assert update == 4 and np.isfinite(network.values).all()
