"""The question-answering network: what reaches an answer, dropout that follows from chance alone, exact resuming."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_run import assert_same_run, command

import mgnm
from gradcheck import hostdevice
from mgnm.errors import UserError
from mgnm.layers import Dropout
from mgnm.training import Run, Trainer

SAMPLE = str(Path(__file__).parent / "data" / "babi")
NET = {"kind": "question_answering", "layers": [[2, 3], [1, 4]], "input_channels": 7, "grid_channels": 2,
       "output_channels": 5}
TABLES = {
    "network": {"kind": "question_answering", "layers": [[2, 2], [1, 2]], "input_dropout": 0.1, "dropout": 0.3},
    "task": {"kind": "babi", "source": SAMPLE},
    "training": {"updates": 6, "learning_rate": 0.01, "batch": 4, "weight_decay": 0.1, "log_every": 2, "evaluate_every": 4,
                 "evaluate_sequences": 5, "checkpoint_every": 2},
}


def draw(T=6, B=3, seed=0, **more):
    return {"input": np.random.default_rng(seed).normal(size=(T, B, 7)), "answer_steps": [1, 4], **more}


def network(**changed):
    return mgnm.build(NET | changed, seed=1, dtype="float64")


# ---------------------------------------------------------------------------------------------------------- the answers


def test_an_answer_is_that_of_its_step():
    model, inputs = network(), draw()
    some, _, _ = model.forward(inputs)
    every, _, _ = model.forward(inputs | {"answer_steps": list(range(6))})
    assert some.shape == (2, 3, 5) and np.array_equal(some, every[[1, 4]])


def test_what_comes_after_a_question_does_not_change_its_answer():
    model, inputs = network(), draw()
    changed = inputs | {"input": inputs["input"].copy()}
    changed["input"][3] += 1
    one, two = (model.forward(x)[0] for x in (inputs, changed))
    assert np.array_equal(one[0], two[0]) and abs(one[1] - two[1]).min() > 1e-9


def test_step_by_step_it_answers_the_same():
    model, inputs = network(), draw()
    whole, final, _ = model.forward(inputs | {"answer_steps": list(range(6))})
    state, steps = None, []
    for t in range(6):
        y, state, _ = model.forward({"input": inputs["input"][t:t + 1], "answer_steps": [0]}, state)
        steps.append(y[0])
    np.testing.assert_allclose(steps, whole, rtol=1e-12)
    assert all(np.allclose(state[name], final[name], rtol=1e-12) for name in final)


def test_sequences_do_not_see_each_other():
    model, inputs = network(), draw()
    alone = inputs | {"input": inputs["input"][:, 1:2]}
    np.testing.assert_allclose(model.forward(alone)[0][:, 0], model.forward(inputs)[0][:, 1], rtol=1e-12)


def test_words_start_apart_from_each_other():
    """A vector has an entry for every word, but few at a time: weights as for vectors of so many numbers are too small."""
    weight = network().entry.parameters["weight"].value
    assert abs(weight).max() > 0.9 and weight.std() == pytest.approx(3 ** -0.5, rel=0.2)


@pytest.mark.parametrize(("changed", "said"), [
    ({"dropout": 1.0}, "network.dropout = 1 leaves nothing"), ({"input_dropout": -0.1}, "network.input_dropout"),
    ({"layers": []}, "network.layers is empty"),
    ({"grid_channels": 0}, "network.grid_channels"), ({"base": 0}, "network.base"),
    ({"input_channels": 0}, "input_channels"),
    ({"layers": [[3, 2]]}, "level 2 has no neighbour"), ({"residuals": [[2, 1]]}, "network.residuals")])
def test_settings_that_make_no_network(changed, said):
    with pytest.raises(UserError, match=said.replace("[", r"\[")):
        network(**changed)


# --------------------------------------------------------------------------------------------------------------- dropout


def test_dropout_leaves_out_a_share_and_keeps_the_mean():
    x = np.ones((40, 50, 30), np.float32)
    y, mask = Dropout(0.2).forward(x, chance=7)
    assert y.dtype == np.float32 and np.array_equal(y, mask)
    assert set(np.unique(y)) == {0, np.float32(1.25)} and y.mean() == pytest.approx(1, abs=0.01)
    assert (y == 0).mean() == pytest.approx(0.2, abs=0.01)
    for axis in range(3):                                   # no step, sequence or channel is left out as a whole
        others = tuple(k for k in range(3) if k != axis)
        assert np.ptp((y == 0).mean(axis=others)) < 0.15


def test_dropout_follows_from_chance_and_number_alone():
    x = np.ones((5, 6, 7))
    one, again = (Dropout(0.5, 1).forward(x, chance=3)[0] for _ in range(2))
    others = [Dropout(0.5, 1).forward(x, chance=4)[0], Dropout(0.5, 2).forward(x, chance=3)[0]]
    assert np.array_equal(one, again) and not any(np.array_equal(one, other) for other in others)
    levels = Dropout(0.5).forward({0: x, 1: x}, chance=3)[0]
    assert not np.array_equal(levels[0], levels[1])


def test_at_test_time_nothing_is_left_out():
    x = np.ones((2, 3))
    for layer, chance in ((Dropout(0.5), None), (Dropout(0.0), 5)):
        y, cache = layer.forward(x, chance)
        assert y is x and layer.backward(x, cache) is x
    with_dropout, without = network(dropout=0.5, input_dropout=0.5), network()
    assert np.array_equal(with_dropout.forward(draw())[0], without.forward(draw())[0])


def test_every_dropout_of_the_network_leaves_something_out():
    inputs = draw(chance=11)
    plain = network(layers=[[2, 3], [2, 3]]).forward(inputs)[0]
    once = network(layers=[[2, 3], [2, 3]], input_dropout=0.3).forward(inputs)[0]
    model = network(layers=[[2, 3], [2, 3]], dropout=0.3)
    both = model.forward(inputs)[0]
    model.output_dropout.rate = 0.0
    between = model.forward(inputs)[0]
    for one, other in ((plain, once), (plain, both), (plain, between), (both, between)):
        assert abs(one - other).max() > 1e-6
    assert np.array_equal(model.forward(inputs)[0], between)


# -------------------------------------------------------------------------------------------------------------- training


def options(shards):
    return [text for name, table in (TABLES | {"training": TABLES["training"] | {"shards": shards}}).items()
            for key, value in table.items() for text in ("--set", f"{name}.{key}={json.dumps(value)}")]


def test_a_training_that_begins_with_trained_weights_keeps_their_words(tmp_path):
    """Weights of several tasks go on with one of them, whose stories have fewer words."""
    several, one = (TABLES | {"task": TABLES["task"] | {"tasks": tasks}} for tasks in ([1, 8], [1]))
    first = Trainer(Run(tmp_path / "several", several))
    assert first.train(progress=False)
    with pytest.raises(UserError, match="these weights are of another network"):
        Trainer(Run(tmp_path / "fresh", one)).network.load_state_dict(first.network.state_dict())
    one = one | {"training": one["training"] | {"start_from": str(tmp_path / "several")}}
    trainer = Trainer(Run(tmp_path / "one", one))
    assert np.array_equal(trainer.network.values, first.network.values) and trainer.task.tasks == [1]
    assert trainer.task.words == first.task.words and trainer.train(progress=False)
    again = Trainer(Run.open(tmp_path / "one"))
    assert again.train(resume=True, progress=False) and again.task.words == first.task.words


@pytest.mark.parametrize("shards", [1, 2])
def test_a_run_with_dropout_resumes_exactly(tmp_path, shards):
    sets = options(shards)
    assert command("train", "babi", "--preset", "babi-small", "--workers", 1, "--out", tmp_path / "whole", *sets) == 0
    run = Run(tmp_path / "part", Run.open(tmp_path / "whole").tables)
    trainer = Trainer(run)
    original, trainer._save = trainer._save, lambda team: (original(team), trainer._interrupt())
    assert not trainer.train(progress=False) and trainer.update == 2
    assert command("train", "--resume", tmp_path / "part", "--workers", 1) == 0
    assert_same_run(tmp_path / "part", tmp_path / "whole")


def test_the_number_of_processes_does_not_change_a_bit(tmp_path):
    for workers in (1, 2):
        assert command("train", "babi", "--preset", "babi-small", "--workers", workers, "--out", tmp_path / str(workers),
                       *options(2)) == 0
    assert_same_run(tmp_path / "1", tmp_path / "2")


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_a_gpu_trains_it_alike(tmp_path, step):
    """On the stand-in for a GPU: losses, scores and weights, dropout and weight decay included."""
    networks, metrics = [], []
    with hostdevice.installed():
        for device in ("cpu", "gpu"):
            tables = {"network": TABLES["network"], "task": TABLES["task"] | {"step": step},
                      "training": TABLES["training"] | {"updates": 2, "evaluate_every": 2, "evaluate_sequences": 2}}
            trainer = Trainer(Run(tmp_path / device, tables), device)
            assert trainer.train(progress=False)
            networks.append(trainer.network.state_dict())
            metrics.append(trainer.run.metrics())
    for name, value in networks[0].items():
        np.testing.assert_allclose(networks[1][name], value, rtol=1e-3, atol=2e-5)
    for here, there in zip(*metrics):
        assert there["loss"] == pytest.approx(here["loss"], rel=1e-4) and there["error"] == pytest.approx(here["error"])
        assert there.get("evaluation") == here.get("evaluation")


def test_it_learns_to_answer(tmp_path):
    """Where a person was last seen, in stories of the sample: a guess without memory errs in three of four."""
    tables = {"network": {"kind": "question_answering", "layers": [[1, 8], [1, 8]], "grid_channels": 8},
              "task": {"kind": "babi", "source": SAMPLE, "tasks": [1]},
              "training": {"updates": 180, "learning_rate": 0.02, "shards": 1, "batch": 32, "evaluate_every": 180}}
    trainer = Trainer(Run(tmp_path / "run", tables))
    assert trainer.train(progress=False)
    lines = trainer.run.metrics()
    assert lines[0]["error"] > 0.6 and lines[-1]["error"] < 0.05
