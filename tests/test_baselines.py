"""The baselines as a user has them: their presets, and a short training of each on every task."""

import re
from pathlib import Path

import numpy as np
import pytest

import mgnm
from gradcheck import hostdevice
from mgnm.networks import LSTMMemory, QuestionAnswering
from mgnm.presets import BASELINES, FOLDER, load_preset, preset_names
from mgnm.tasks import build_task, complete
from mgnm.training import Run, Trainer

DATA = Path(__file__).parent / "data"
SAMPLE = str(DATA / "digits")
TASKS = {
    "mapping": {"size": 5, "frame": 6, "density": 0.8},
    "copy": {"bits": 2, "longest": 2}, "repeat_copy": {"bits": 2, "longest": 2, "most_repeats": 2},
    "sort": {"items": 3, "bits": 2, "top": 2, "priority": "thermometer", "thermometer_steps": 4},
    "recall": {"vectors": 1, "bits": 2, "most": 3},
    "digit_recall": {"source": SAMPLE, "base": 4, "levels": 1, "digits": 2},
    "digit_sort": {"source": SAMPLE, "base": 4, "levels": 1, "digits": 2},
    "babi": {"source": str(DATA / "babi")},
}
TRAINING = {"updates": 60, "learning_rate": 0.02, "schedule": "constant", "batch": 8, "shards": 1, "log_every": 10,
            "evaluate_every": 60, "evaluate_sequences": 4, "checkpoint_every": 60}


def completed(kind):
    """The table of a task, with what follows from its data."""
    return complete({"network": {}, "task": {"kind": kind, **TASKS[kind]}, "training": {}})["task"]


def lstm(task):
    """An LSTM for any task: all it has to know is in the task's exchange."""
    return {"kind": "lstm", "units": 16, "reader": [16], **LSTMMemory.ends(task.exchange)}


def single_scale(task):
    """A conv-LSTM of two layers with one grid."""
    layers = {"every": {"kind": "conv_lstm", "base": 6, "writer": [[1, 4], [1, 4]], "reader": [4, 4], "narrowing": [[1, 1]]},
              "last": {"kind": "digit_reader", "base": 4, "writer": [[1, 4], [1, 4]], "reader": [4, 4],
                       "narrowing": [[1, 4]]},
              "none": {"kind": "encoder_decoder", "base": 4, "layers": [[1, 4], [1, 4]]},
              "asked": {"kind": "question_answering", "base": 4, "layers": [[1, 4], [1, 4]]}}
    network = layers[task.exchange.questions]
    if network["kind"] == "question_answering":
        network |= QuestionAnswering.ends(task.exchange)
    if network["kind"] == "encoder_decoder":
        pictures = isinstance(task.exchange.input, dict)
        network |= {"input": "images" if pictures else "vector", "input_channels": task.input_channels,
                    "output_channels": task.exchange.output[0]}
    return network


@pytest.mark.parametrize("network", [lstm, single_scale])
@pytest.mark.parametrize("kind", TASKS)
def test_a_baseline_learns(tmp_path, kind, network):
    settings = completed(kind)
    tables = {"network": network(build_task(settings)), "task": settings, "training": TRAINING}
    trainer = Trainer(Run.create(tmp_path / "run", tables))
    assert trainer.train(progress=False)
    losses = [line["loss"] for line in trainer.run.metrics()]
    assert len(losses) == 6 and losses[-1] < 0.97 * losses[0], losses
    assert mgnm.load_network(tmp_path / "run")[2] == 60


@pytest.mark.parametrize("network", [lstm, single_scale])
@pytest.mark.parametrize("kind", ["mapping", "copy", "digit_recall"])
def test_a_baseline_is_trained_on_a_gpu_as_on_the_cpu(tmp_path, kind, network):
    """On the stand-in for one: for every kind of question the same weights after some updates."""
    settings = {"kind": kind, **TASKS[kind]}
    tables = {"network": network(build_task(settings)), "task": settings, "training": TRAINING | {"updates": 3, "batch": 2}}
    trained = []
    with hostdevice.installed() as cupy:
        for device in ("cpu", "gpu"):
            trainer = Trainer(Run.create(tmp_path / device, tables), device)
            assert trainer.train(progress=False)
            trained.append(trainer.network.values)
        assert isinstance(trained[1], cupy.ndarray)
    np.testing.assert_allclose(trained[1].get(), trained[0], rtol=1e-3, atol=1e-5)


def test_an_lstm_gets_its_ends_from_the_stories(tmp_path):
    """As `question_answering` does: the vocabulary decides. What is given stays."""
    words = len(completed("babi")["words"])
    for changed in ({}, {"reader": [5]}):
        network = complete({"network": {"kind": "lstm", "units": 3, **changed}, "task": {"kind": "babi", **TASKS["babi"]},
                            "training": {}})["network"]
        assert network == {"kind": "lstm", "units": 3, "questions": "asked", "input": [6 * words], "output": [2 * words],
                           **changed}
        build_task(completed("babi")).check(mgnm.build(network))
    for kind in (None, [1], "lstn"):
        tables = {"network": {"kind": kind}, "task": {"kind": "babi", **TASKS["babi"]}, "training": TRAINING}
        with pytest.raises(mgnm.UserError, match="^network.kind = .* is unknown"):
            Trainer(Run(tmp_path / "run", tables))


def test_baselines_are_listed_among_the_presets():
    assert {f"{task}-{kind}" for task in ("tiny", "small", "sort", "recall")
            for kind in ("lstm", "conv-lstm-wide", "conv-lstm-deep")} <= set(preset_names())
    assert "baselines" not in preset_names()
    with pytest.raises(mgnm.UserError, match="did you mean tiny-lstm?"):
        load_preset("tiny-lstn")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_a_network_that_can_do_its_task(name):
    tables = load_preset(name)
    if "source" in tables["task"]:                          # data that is downloaded: a sample of it
        tables["task"]["source"] = TASKS[tables["task"]["kind"]]["source"]
    tables = complete(tables)
    build_task(tables["task"]).check(mgnm.build(tables["network"]))


def test_a_baseline_has_the_task_and_the_training_of_its_preset():
    tiny, baseline = load_preset("tiny"), load_preset("tiny-lstm")
    assert baseline["task"] == tiny["task"] and baseline["network"]["kind"] == "lstm"
    assert baseline["training"] == tiny["training"] | {"updates": 3000}
    assert load_preset("sort-conv-lstm-wide")["training"] == load_preset("sort")["training"]
    assert load_preset("tiny") == tiny                      # and is not changed by it


@pytest.mark.parametrize("row", re.findall(r"^# (\w+) +(.*\d)$", BASELINES.read_text(), re.MULTILINE))
def test_the_sizes_that_the_table_of_baselines_says(row):
    name, numbers = row[0], [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", row[1])]
    built = [mgnm.build(f"{name}{end}") for end in ("", "-lstm", "-conv-lstm-wide", "-conv-lstm-deep")]
    assert [number for network in built for number in (network.memory_cells, network.parameter_count)] == numbers
    cells = [network.memory_cells for network in built]
    assert all(abs(number - cells[0]) <= 0.01 * cells[0] for number in cells[2:])


def test_every_preset_that_is_built_upon_exists():
    bases = re.findall(r'^of = "(.*)"$', BASELINES.read_text(), re.MULTILINE)
    assert len(bases) >= 12 and all((FOLDER / f"{base}.toml").exists() for base in bases)


@pytest.mark.parametrize(("change", "said"), [
    ({"view": 13}, "network.view = 13 does not fit: give a whole number from 0 to 12 (network.base)"),
    ({"writer": [[1, 6], [2, 7]]}, "network.writer has 2 levels, but this network has a single scale"),
    ({"reader": [1]}, "network.reader has 1 layers and network.writer 2")])
def test_settings_that_make_no_conv_lstm(change, said):
    with pytest.raises(mgnm.UserError) as caught:
        mgnm.build(load_preset("tiny-conv-lstm-wide")["network"] | change)
    assert said in str(caught.value) and "\n" not in str(caught.value)
