"""Actor-critic training: acting against a loop written out, the loss against its formula, and runs that go on exactly."""

import copy
import json

import numpy as np
import pytest
from tiny_run import assert_goes_on, assert_same_run, command, metrics, refusal

import mgnm
from gradcheck.devices import opened
from mgnm import ops
from mgnm.errors import UserError
from mgnm.tasks import build_task
from mgnm.tasks.exploration import RolloutScores
from mgnm.training import Run, Trainer, TrainingSettings
from mgnm.training.actor_critic import ActorCriticShard, actor_critic_loss
from mgnm.training.rollout import Actors
from mgnm.training.settings import ActorCriticSettings

TABLES = {
    "network": {"kind": "explorer", "writer": [[1, 2], [2, 2]], "reader": [2, 2], "narrowing": [[1, 1]], "head_units": 4},
    "task": {"kind": "exploration", "size": 5, "density": 0.8, "frame": 6, "length": 6},
    "training": {"updates": 8, "learning_rate": 0.01, "batch": 4, "bptt": 4, "shards": 2,
                 "log_every": 3, "evaluate_every": 6, "evaluate_sequences": 2, "checkpoint_every": 2,
                 "actor_critic": {"discount": 0.9, "trace": 0.8, "entropy": 0.03, "localisation": 0.5}},
}
TASK = build_task(TABLES["task"])
WEIGHTS = ActorCriticSettings(**TABLES["training"]["actor_critic"])


def build(seed=0, dtype="float64"):
    return mgnm.build(TABLES["network"], seed, dtype)


def tables(**training):
    changed = copy.deepcopy(TABLES)
    changed["training"] |= training
    return changed


def settings(**training):
    return TrainingSettings(**tables(**training)["training"])


def train(folder, workers=1, device="cpu", **training):
    trainer = Trainer(Run.create(folder, tables(**training)), device, workers)
    assert trainer.train(progress=False)
    return trainer


# -------------------------------------------------------------------------------------------------------------- acting


def actors(batch=5, seed=1):
    return Actors(build(), TASK, batch, np.random.default_rng(seed))


def test_a_roll_out_is_what_the_environment_did():
    one, other = actors(), actors()
    rollout, environment = one.roll_out(15), other.environment
    keep = other.keep
    for t in range(15):
        seen = environment.observation()
        for name in ("observation", "query"):
            np.testing.assert_array_equal(rollout.inputs[name][t], seen[name])
        np.testing.assert_array_equal(rollout.inputs["keep"][t], keep)
        np.testing.assert_array_equal(rollout.targets[t], environment.targets())
        other._step()                                       # the same chance, so the same actions
        keep = 1 - rollout.ends[t]
        np.testing.assert_array_equal(environment.times == 0, rollout.ends[t] == 1)
    assert rollout.ends.any() and (rollout.inputs["keep"] == 0).any()
    assert rollout.rewards.any() and ((0 < rollout.coverage) & (rollout.coverage <= 1)).all()


def test_what_was_decided_step_by_step_is_what_is_learned_from():
    """The policy by which the actions were drawn, and the one pass over the whole roll-out: the same to rounding."""
    learner = actors()
    learner.roll_out(3)
    decided, decide = [], learner._decide

    def noted():
        decided.append(decide())
        return decided[-1]

    learner._decide = noted
    rollout = learner.roll_out(10)
    outputs, state, _ = learner.network.forward(rollout.inputs, rollout.state)
    assert len(decided) == 11 and (rollout.inputs["keep"] == 0).any()
    for name in ("policy", "value"):
        step_by_step = np.concatenate([each[name] for each, _ in decided])
        np.testing.assert_allclose(outputs[name], step_by_step[:10], rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(rollout.last_value, decided[10][0]["value"][0])
    for name, x in learner.state.items():
        np.testing.assert_allclose(x, state[name], rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(x, decided[9][1][name])       # the look ahead left no trace


def test_the_environments_are_of_all_ages():
    times = actors(batch=200).environment.times
    assert set(times) == set(range(TASK.steps)) and np.bincount(times).max() < 70


def test_actions_follow_the_policy():
    network = build()
    network.values[...] = 0
    network.parameters["agent.policy.bias"].value[...] = np.log([0.1, 0.2, 0.3, 0.4])
    rollout = Actors(network, TASK, 100, np.random.default_rng(0)).roll_out(100)
    np.testing.assert_allclose(np.bincount(rollout.actions.ravel()) / 10_000, [0.1, 0.2, 0.3, 0.4], atol=0.015)


# ------------------------------------------------------------------------------------------------------------ learning


def rollout_and_outputs():
    acting = actors()
    rollout = acting.roll_out(9)
    outputs, _, cache = acting.network.forward(rollout.inputs, rollout.state)
    return acting.network, rollout, outputs, cache


def advantages(rollout, outputs):
    rewards, ends = rollout.rewards.astype(float), rollout.ends.astype(float)
    return ops.generalised_advantages(rewards, outputs["value"], rollout.last_value, ends, 0.9, 0.8)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_loss_is_its_formula(reduction):
    _, rollout, outputs, _ = rollout_and_outputs()
    loss, _, scores = actor_critic_loss(outputs, rollout, WEIGHTS, reduction)
    z, V, m = outputs["policy"], outputs["value"], outputs["map"]
    log_pi = z - np.log(np.exp(z).sum(-1, keepdims=True))
    A, R = advantages(rollout, outputs)
    chosen = np.take_along_axis(log_pi, rollout.actions[..., None], -1)[..., 0]
    H = -(np.exp(log_pi) * log_pi).sum(-1)
    maps = np.log1p(np.exp(m)) - rollout.targets * m
    reduce = np.mean if reduction == "mean" else np.sum
    assert loss == pytest.approx(reduce(-chosen * A + 0.5 * (V - R) ** 2 - 0.03 * H) + 0.5 * reduce(maps), rel=1e-10)
    summary = scores.summary()
    assert summary["entropy"] == pytest.approx(H.mean()) and summary["area"] == pytest.approx(rollout.coverage.mean())
    assert scores.marks == TASK.score(m, rollout.targets)


def test_its_gradient_is_that_of_the_formula_with_constant_advantages():
    _, rollout, outputs, _ = rollout_and_outputs()
    _, doutputs, _ = actor_critic_loss(outputs, rollout, WEIGHTS)
    A, R = advantages(rollout, outputs)

    def loss(z, V, m):
        log_pi = z - np.log(np.exp(z).sum(-1, keepdims=True))
        chosen = np.take_along_axis(log_pi, rollout.actions[..., None], -1)[..., 0]
        H = -(np.exp(log_pi) * log_pi).sum(-1)
        maps = np.log1p(np.exp(m)) - rollout.targets * m
        return (-chosen * A + 0.5 * (V - R) ** 2 - 0.03 * H).mean() + 0.5 * maps.mean()

    point = [outputs[name] for name in ("policy", "value", "map")]
    rng = np.random.default_rng(0)
    for k, name in enumerate(("policy", "value", "map")):
        direction = rng.standard_normal(point[k].shape)
        ahead, behind = (loss(*point[:k], point[k] + h * direction, *point[k + 1:]) for h in (1e-5, -1e-5))
        numeric = (ahead - behind) / 2e-5
        assert (doutputs[name] * direction).sum() == pytest.approx(numeric, rel=1e-7)


def test_a_shard_learns_from_one_roll_out_after_another():
    shard, twin = ActorCriticShard(build(), TASK, settings(), 1), Actors(build(), TASK, 2, np.random.default_rng([0, 1]))
    for _ in range(3):
        loss, scores = shard.step()
        rollout = twin.roll_out(4)
        outputs, _, cache = twin.network.forward(rollout.inputs, rollout.state)
        expected_loss, doutputs, expected_scores = actor_critic_loss(outputs, rollout, WEIGHTS)
        twin.network.grads.fill(0)
        twin.network.backward(doutputs, cache)
        assert (loss, scores) == (expected_loss, expected_scores)
        np.testing.assert_array_equal(shard.network.grads, twin.network.grads)
        for network in (shard.network, twin.network):
            network.values -= 0.1 * network.grads


def test_a_restored_shard_goes_on_with_the_same_numbers():
    for steps in range(4):
        shards = [ActorCriticShard(build(), TASK, settings(), index) for index in (0, 1)]
        for _ in range(steps):
            shards[0].step()
        shards[1].restore(json_and_back(shards[0].snapshot()))
        for _ in range(4):
            results = [(*shard.step(), shard.network.grads.tolist()) for shard in shards]
            assert results[0] == results[1]


def json_and_back(snapshot):
    """Copies, so that nothing is shared."""
    return {name: x.copy() for name, x in snapshot.items()}


# ----------------------------------------------------------------------------------------------------------- whole runs


def test_scores_are_joined_and_survive_a_file():
    a, b = RolloutScores(2, 0.5, 1.0, 1, 2, 3), RolloutScores(4, 2.0, 0.5, 3, 0, 1)
    assert a + b == RolloutScores(6, 2.5, 1.5, 4, 2, 4) and RolloutScores() + a == a
    assert RolloutScores(*json.loads(json.dumps(a.counts()))) == a
    assert a.summary() == {"area": 0.25, "entropy": 0.5, **a.marks.summary()} and str(a) == "area 0.250, F 0.286"
    assert RolloutScores().summary()["area"] == 0


def test_the_number_of_workers_changes_not_one_bit(tmp_path):
    train(tmp_path / "one", workers=1)
    train(tmp_path / "two", workers=2)
    assert_same_run(tmp_path / "one", tmp_path / "two")


def test_the_metrics_say_how_it_explores_and_maps(tmp_path):
    train(tmp_path / "run")
    lines = metrics(tmp_path / "run")
    assert [line["update"] for line in lines] == [3, 6]
    assert lines[0].keys() >= {"loss", "area", "entropy", "f_score", "gradient_norm"}
    fresh = lines[1]["evaluation"]
    assert fresh["times_random"] == pytest.approx(fresh["area"] / fresh["random_area"])
    assert fresh["times_frontier"] == pytest.approx(fresh["area"] / fresh["frontier_area"])


@pytest.mark.parametrize("stop", [1, 5])
def test_interrupted_it_goes_on_exactly(tmp_path, stop):
    assert_goes_on(tmp_path, tables(), updates=stop)


def test_the_commands_train_resume_and_evaluate(tmp_path, capsys):
    sets = [text for name, table in tables(updates=3).items() for key, value in table.items() for text in
            ("--set", f"{name}.{key}={value if isinstance(value, str) else toml(value)}")]
    out = tmp_path / "run"
    assert command("train", "exploration", "--preset", "explore-9", "--out", out, "--workers", 1, *sets) == 0
    assert command("train", "--resume", out, "--workers", 1) == 0
    assert command("evaluate", out, "--sequences", 4, "--json", tmp_path / "scores.json") == 0
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores.keys() >= {"area", "coverage", "f_score", "times_random", "times_frontier"}
    assert f"times_frontier: {scores['times_frontier']:.4f}" in capsys.readouterr().out
    assert "network.kind" in refusal(capsys, "train", "--out", tmp_path / "a", "--set", "network.kind=explorer")


def toml(value):
    """For --set: a table as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {json.dumps(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def test_a_run_on_the_device_is_a_run_on_the_cpu(tmp_path):
    cpu = train(tmp_path / "cpu", updates=3, learning_rate=0.001)
    with opened("host"):
        gpu = train(tmp_path / "gpu", device="gpu", updates=3, learning_rate=0.001)
        np.testing.assert_allclose(gpu.network.values.get(), cpu.network.values, rtol=0, atol=1e-6)
    for theirs, ours in zip(metrics(tmp_path / "gpu"), metrics(tmp_path / "cpu"), strict=True):
        assert theirs["area"] == ours["area"] and theirs["loss"] == pytest.approx(ours["loss"], rel=1e-5)


@pytest.mark.parametrize(("table", "said"), [
    ({"discount": 1.5}, "training.actor_critic.discount = 1.5 does not fit"),
    ({"trace": -0.1}, "training.actor_critic.trace = -0.1 does not fit"),
    ({"entropy": -1}, "training.actor_critic.entropy = -1 is negative"),
    ({"entrophy": 1}, "training.actor_critic.entrophy is not a setting: did you mean entropy?"),
])
def test_bad_settings_are_told_before_anything_begins(tmp_path, table, said):
    with pytest.raises(UserError) as caught:
        Trainer(Run(tmp_path / "run", tables(actor_critic=table)))
    assert said in str(caught.value) and "\n" not in str(caught.value)
