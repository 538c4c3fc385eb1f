"""Settings: names, types and ranges are checked with a helpful line, and what was resolved is read back as it was."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from tiny_run import TABLES, tables

import mgnm
from mgnm.errors import UserError
from mgnm.presets import load_preset, preset_names
from mgnm.settings import nearest, read_table
from mgnm.tasks import build_task, complete
from mgnm.training import Run, TrainingSettings
from mgnm.training.run import to_toml

DATA = Path(__file__).parent / "data"                           # samples, without a network
SAMPLES = {"digit_recall": str(DATA / "digits"), "digit_sort": str(DATA / "digits"), "babi": str(DATA / "babi")}


@dataclass
class Example:
    """One setting of every type."""

    whole: int
    number: float = 1.0
    switch: bool = False
    text: str = ""
    row: list = ()
    table: dict = field(default_factory=dict)


def refused(function, *arguments, **named):
    with pytest.raises(UserError) as caught:
        function(*arguments, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ----------------------------------------------------------------------------------------------------------- the tables


def test_a_table_becomes_a_dataclass():
    everything = {"whole": 3, "number": 2, "switch": True, "text": "a", "row": [1], "table": {"b": 1}}
    assert read_table(Example, everything, "here") == Example(3, 2, True, "a", [1], {"b": 1})
    assert read_table(Example, {"whole": 3}, "here") == Example(3)


@pytest.mark.parametrize(("table", "said"), [
    ({}, "here.whole is missing: give a whole number"),
    ({"hole": 1}, "here.hole is not a setting: did you mean whole?"),
    ({"zzz": 1}, "here.zzz is not a setting: use one of whole, number, switch, text, row, table"),
    ({"whole": 1.0}, "here.whole = 1.0 is of the wrong type: give a whole number"),
    ({"whole": True}, "here.whole = True is of the wrong type: give a whole number"),
    ({"whole": "1"}, "here.whole = '1' is of the wrong type: give a whole number"),
    ({"whole": 2 ** 63}, "below 2^63"),
    ({"whole": 1, "number": "x"}, "here.number = 'x' is of the wrong type: give a number"),
    ({"whole": 1, "number": False}, "here.number = False is of the wrong type: give a number"),
    ({"whole": 1, "number": float("nan")}, "here.number = nan cannot be computed with"),
    ({"whole": 1, "number": float("-inf")}, "here.number = -inf cannot be computed with"),
    ({"whole": 1, "number": 10 ** 400}, "cannot be computed with"),
    ({"whole": 1, "switch": 1}, "here.switch = 1 is of the wrong type: give true or false"),
    ({"whole": 1, "text": ["a"]}, "here.text = ['a'] is of the wrong type: give a text"),
    ({"whole": 1, "row": {}}, "here.row = {} is of the wrong type: give a list"),
    ({"whole": 1, "table": [1]}, "here.table = [1] is of the wrong type: give a table"),
])
def test_what_is_wrong_in_a_table(table, said):
    assert said in refused(read_table, Example, table, "here")


def test_the_nearest_name():
    assert nearest("lenght", ["length", "width"]) == "did you mean length?"
    assert nearest("q", ["length", "width"]) == "use one of length, width"


# ---------------------------------------------------------------------------------------------------------- the presets


@pytest.mark.parametrize("name", preset_names())
def test_presets_fit_together_and_survive_a_file(name):
    preset = load_preset(name)
    assert tomllib.loads(to_toml(preset)) == preset
    read_table(TrainingSettings, preset["training"], "training")
    settings = preset["task"] | ({"source": SAMPLES[preset["task"]["kind"]]} if "source" in preset["task"] else {})
    made = complete(preset | {"task": settings})
    build_task(made["task"]).check(mgnm.build(made["network"]))


def test_toml_of_every_kind_of_value():
    values = {"a": 1, "b": -0.1, "c": 1e-300, "d": 1e22, "e": True, "f": 'say "hi" \\ to\nTübingen 😀', "g": [],
              "h": [[1, 2], [3.5, "x"]], "i": {"beta1": 0.5, "deep": {"x": [1]}}, "j": {}, "k": 2 ** 62, "l": 10000.0}
    read = tomllib.loads(to_toml({"one": values, "two": {}}))
    assert read == {"one": values, "two": {}}
    assert json.loads(json.dumps(read)) == read             # what a checkpoint keeps is compared with what a file says


def test_an_unknown_preset():
    assert refused(load_preset, "tinny") == "preset 'tinny' is unknown: did you mean tiny?"
    assert "use one of" in refused(mgnm.build, "/")
    assert "settings None build no network" in refused(mgnm.build, None)
    assert "seed = -1 does not fit" in refused(mgnm.build, "tiny", seed=-1)


# ---------------------------------------------------------------------------------------------------------- the network


def build(**changed):
    return mgnm.build(TABLES["network"] | changed)


@pytest.mark.parametrize(("changed", "said"), [
    ({"writer": []}, "network.writer is empty"),
    ({"narrowing": []}, "network.narrowing is empty"),
    ({"writer": [[2]]}, "network.writer has [2]: give pairs [levels, channels]"),
    ({"writer": [1, 2]}, "network.writer has 1: give pairs"),
    ({"writer": [[1, 2, 3], [2, 2]]}, "network.writer has [1, 2, 3]: give pairs"),
    ({"writer": [["a", 8], [2, 2]]}, "network.writer has ['a', 8]: give pairs"),
    ({"writer": [[1.0, 8], [2, 2]]}, "network.writer has [1.0, 8]: give pairs"),
    ({"writer": [[1, -2], [2, 2]]}, "the number of channels in network.writer = -2 does not fit"),
    ({"writer": [[1, 0], [2, 2]]}, "the number of channels in network.writer = 0 does not fit"),
    ({"writer": [[1, True], [2, 2]]}, "the number of channels in network.writer = True does not fit"),
    ({"writer": [[1, 10 ** 9], [2, 2]]}, "from 1 to 4096"),
    ({"writer": [[0, 2], [2, 2]]}, "the number of levels in network.writer = 0 does not fit"),
    ({"writer": [[1, 2], [99, 2]]}, "the number of levels in network.writer = 99 does not fit"),
    ({"writer": [[1, 2], [3, 2]]}, "network.writer, layer 2, has 3 levels, but its level 2 has no neighbour"),
    ({"writer": [[3, 2], [2, 2]]}, "network.writer, layer 1, has 3 levels, but its level 2 has no neighbour"),
    ({"writer": [[2, 2], [3, 2], [1, 2]], "reader": [2, 2, 2]}, "network.narrowing, layer 1, has 1 levels, but its"),
    ({"reader": [2]}, "network.reader has 1 layers and network.writer 2"),
    ({"reader": [2, 2, 2]}, "network.reader has 3 layers and network.writer 2"),
    ({"reader": [2, "a"]}, "the number of channels in network.reader = 'a' does not fit"),
    ({"reader": [2, [2]]}, "the number of channels in network.reader = [2] does not fit"),
    ({"reader": [2, -1]}, "the number of channels in network.reader = -1 does not fit"),
    ({"narrowing": [[3, 1]]}, "levels in network.narrowing = 3 does not fit: give a whole number from 1 to 2"),
    ({"narrowing": [[0, 1]]}, "the number of levels in network.narrowing = 0 does not fit"),
    ({"narrowing": [[1, 4], [2, 1]]}, "the last layer of network.narrowing has 2 levels"),
    ({"writer_residuals": [1]}, "network.writer_residuals has 1: give pairs [from, to]"),
    ({"writer_residuals": [["a", 2]]}, "network.writer_residuals has ['a', 2]: give pairs [from, to]"),
    ({"writer_residuals": [[2, 1]]}, "1 <= from < to <= 2"),
    ({"writer_residuals": [[1, 3]]}, "1 <= from < to <= 2"),
    ({"writer_residuals": [[0, 1]]}, "1 <= from < to <= 2"),
    ({"reader_residuals": [[1, 4]]}, "1 <= from < to <= 3"),
    ({"writer": [[1, 3], [2, 2]], "writer_residuals": [[1, 2]]}, "the 3 channels of layer 1 do not fit into the 2 of"),
    ({"reader_residuals": [[1, 2]]}, "the 4 channels of layer 1 do not fit into the 2 of layer 2"),
    ({"reader": [2, 4], "reader_residuals": [[1, 2], [1, 2]]}, "network.reader_residuals adds twice to layer 2"),
    ({"reader": [2, 4], "narrowing": [[1, 8], [1, 1]], "reader_residuals": [[1, 3]]}, "no level in common"),
    ({"base": 0}, "network.base = 0 does not fit"),
    ({"base": 10 ** 12}, "network.base = 1000000000000 does not fit"),
    ({"input_channels": 0}, "network.input_channels = 0 does not fit"),
    ({"kind": "reader_write"}, "network.kind = 'reader_write' is unknown: did you mean reader_writer?"),
    ({"kind": ["reader_writer"]}, "network.kind = ['reader_writer'] is unknown"),
    ({"kind": None}, "network.kind = None is unknown"),
    ({"writter": []}, "network.writter is not a setting: did you mean writer?"),
])
def test_what_makes_no_network(changed, said):
    assert said in refused(build, **changed)


def test_what_is_accepted_works():
    """Random settings, right and wrong: whatever is not refused runs forward and backward."""
    rng = np.random.default_rng(0)
    accepted = refusals = 0
    for _ in range(1000):
        depth, narrow = rng.integers(1, 4, size=2)
        pairs = [np.sort(rng.integers(1, depth + narrow + 1, size=(rng.integers(3), 2))).tolist() for _ in range(2)]
        changed = {"writer": rng.integers(1, 4, (depth, 2)).tolist(), "reader": rng.integers(1, 4, depth).tolist(),
                   "narrowing": [*rng.integers(1, 4, size=(narrow - 1, 2)).tolist(), [1, 1]],
                   "writer_residuals": pairs[0], "reader_residuals": pairs[1], "base": int(rng.integers(1, 4))}
        try:
            network = build(**changed)
        except UserError as error:
            assert "\n" not in str(error)
            refusals += 1
            continue
        x = rng.random((2, 1, network.config.base, network.config.base, 4))
        outputs, _, cache = network.forward({"observation": x, "query": x})
        assert outputs.shape == (2, 1, network.output_side, network.output_side, 1)
        network.backward(np.ones_like(outputs), cache)
        accepted += 1
    assert accepted > 50 and refusals > 50


# --------------------------------------------------------------------------------------------------------- the training


@pytest.mark.parametrize(("changed", "said"), [
    ({"batch": 5}, "training.batch = 5 cannot be cut into 2 equal shards"),
    ({"batch": 2, "shards": 4}, "training.batch = 2 cannot be cut into 4 equal shards"),
    ({"batch": 10 ** 7}, "training.batch = 10000000 is too large"),
    ({"evaluate_sequences": 10 ** 7}, "training.evaluate_sequences = 10000000 is too large"),
    *(({name: value}, f"training.{name} = {value} is too small") for value in (0, -1) for name in (
        "updates", "batch", "bptt", "shards", "log_every", "evaluate_every", "evaluate_sequences", "checkpoint_every",
        "clip", "learning_rate")),
    *(({name: -1}, f"training.{name} = -1 is negative") for name in (
        "final_learning_rate", "schedule_updates", "seed")),
    ({"optimiser": "adma"}, "training.optimiser = 'adma' is unknown: did you mean adam?"),
    ({"schedule": "cosin"}, "training.schedule = 'cosin' is unknown: did you mean cosine?"),
    ({"loss": "median"}, "training.loss = 'median' is unknown"),
    ({"optimiser_settings": {"beta": 0.9}}, "optimiser_settings.beta is not a setting of adam: did you mean beta"),
    ({"optimiser_settings": {"values": 1}}, "training.optimiser_settings.values is not a setting of adam"),
    ({"optimiser": "sgd", "optimiser_settings": {"decay": 0.9}}, "is not a setting of sgd: use one of momentum"),
    ({"optimiser_settings": {"beta1": "x"}}, "training.optimiser_settings.beta1 = 'x' is of the wrong type"),
    ({"optimiser_settings": {"beta1": True}}, "training.optimiser_settings.beta1 = True is of the wrong type"),
    ({"optimiser_settings": {"beta1": 1}}, "training.optimiser_settings.beta1 = 1 is no share"),
    ({"optimiser_settings": {"beta2": -0.1}}, "training.optimiser_settings.beta2 = -0.1 is no share"),
    ({"optimiser_settings": {"beta1": float("nan")}}, "optimiser_settings.beta1 = nan cannot be computed with"),
    ({"optimiser_settings": {"epsilon": 0}}, "training.optimiser_settings.epsilon = 0 is too small"),
    ({"optimiser_settings": {"epsilon": 1e-300}}, "training.optimiser_settings.epsilon = 1e-300 is too small"),    # float32
    ({"bptt": 10 ** 7}, "training.bptt = 10000000 is too large"),
])
def test_what_is_no_training(changed, said):
    assert said in refused(read_table, TrainingSettings, tables(**changed)["training"], "training")


# ------------------------------------------------------------------------------------------------------ folder of a run


def test_a_run_keeps_its_settings(tmp_path):
    run = Run.create(tmp_path / "deep" / "run", tables(start_from="Tübingen"))
    assert Run.open(run.folder).tables == run.tables == tables(start_from="Tübingen")
    assert "already holds a run" in refused(Run.create, run.folder, TABLES)
    run.config.rename(run.checkpoint)
    assert "already holds a run" in refused(Run.create, run.folder, TABLES)
    run.checkpoint.rename(run.metrics_path)
    assert "already holds a run" in refused(Run.create, run.folder, TABLES)


def test_a_setting_that_cannot_be_written_leaves_nothing(tmp_path):
    assert "a setting holds '\\udcff'" in refused(Run.create, tmp_path, tables(start_from="\udcff"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("text", "said"), [
    (b"[network", "cannot be read"), (b"\xff\xfe", "cannot be read"), (b"", "has no table [network]"),
    (b"network = 1\n", "has no table [network]"), (b"[network]\n[task]\n", "has no table [training]")])
def test_settings_that_cannot_be_read(tmp_path, text, said):
    (tmp_path / "config.toml").write_bytes(text)
    assert said in refused(Run.open, tmp_path)


def test_folders_without_a_run(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        assert "holds no run" in refused(Run.open, folder)
    assert "cannot write to" in refused(Run.create, tmp_path / "file" / "run", TABLES)
    assert "cannot write to" in refused(Run.create, tmp_path / ("x" * 300), TABLES)


def test_metrics_that_are_not_json(tmp_path):
    run = Run.create(tmp_path / "run", TABLES)
    assert run.metrics() == []
    run.append({"update": 1})
    assert run.metrics() == [{"update": 1}]
    run.metrics_path.write_bytes(b'{"update": 1}\n\x00\x00\x00\n{"update": 2}\n{"upd')
    assert "not JSON: remove it" in refused(run.metrics)
    for line in (b"{}\n", b"5\n", b'{"update": "x"}\n', b'{"update": true}\n'):
        run.metrics_path.write_bytes(line)
        assert "tells of no update: remove it" in refused(run.metrics)
