"""The DNC as a network: its sizes, the tasks that it fits, its settings, a training that goes on exactly."""

from pathlib import Path

import pytest
from tiny_run import assert_goes_on

import mgnm
from mgnm import ops
from mgnm.presets import load_preset
from mgnm.tasks import build_task
from mgnm.training import Run, Trainer

SAMPLE = str(Path(__file__).parent / "data" / "digits")
SMALL = {"kind": "dnc", "units": 5, "slots": 6, "width": 3, "heads": 2}
VECTORS = SMALL | {"questions": "none", "input": [4], "output": [3]}


def test_the_preset_has_the_sizes_of_the_example():
    """6 channels of the task and one for the time to answer; 64 units, 16 x 16 slots, 4 heads."""
    network = mgnm.build("dnc-repeat-copy")
    lstm, interface, reader = (7 + 64 + 64) * 256 + 256, 64 * 135 + 135, (64 + 64) * 5 + 5
    assert network.parameter_count == lstm + interface + reader == 44_236
    assert network.memory_cells == 64 + 16 * 16


@pytest.mark.parametrize(("task", "ends"), [
    ({"kind": "copy", "bits": 3}, {"questions": "none", "input": [4], "output": [3]}),
    ({"kind": "sort"}, {"questions": "none", "input": [9], "output": [8]}),
    ({"kind": "recall"}, {"questions": "none", "input": [8], "output": [6]}),
    ({"kind": "mapping"}, {"questions": "every", "input": [3, 3, 4], "output": [12, 12, 1], "reader": [8]}),
    ({"kind": "digit_recall", "source": SAMPLE}, {"questions": "last", "input": [12, 12, 1], "output": [10]}),
    ({"kind": "digit_sort", "source": SAMPLE}, {"questions": "none", "input": [12, 12, 1], "output": [10]})])
def test_it_fits_every_task(task, ends):
    build_task(task).check(mgnm.build(SMALL | ends))


@pytest.mark.parametrize(("changed", "said"), [
    ({"units": 0}, "network.units = 0 does not fit: give a whole number from 1 to"),
    ({"slots": 0}, "network.slots = 0 does not fit"),
    ({"width": 0}, "network.width = 0 does not fit"),
    ({"heads": 0}, "network.heads = 0 does not fit"),
    ({"layers": 0}, "network.layers = 0 does not fit"),
    ({"norm": "smoth"}, "network.norm = 'smoth' is unknown: did you mean smooth?"),
    ({"stop_gradient": 1}, "network.stop_gradient = 1 is of the wrong type: give true or false"),
    ({"read_modes": ["forward", "content"]}, "network.read_modes = ['forward', 'content'] does not fit: give backward, "
     "content, forward, each once"),
    ({"read_modes": ["forward", "content", 3]}, "network.read_modes = ['forward', 'content', 3] does not fit"),
    ({"slot": 3}, "network.slot is not a setting: did you mean slots?")])
def test_settings_that_make_no_network(changed, said):
    with pytest.raises(mgnm.UserError) as caught:
        mgnm.build(VECTORS | changed)
    assert said in str(caught.value) and "\n" not in str(caught.value)


TRAINING = {"updates": 6, "learning_rate": 0.01, "batch": 4, "bptt": 4, "shards": 2, "log_every": 3, "evaluate_every": 3,
            "evaluate_sequences": 4, "checkpoint_every": 2}
RUNS = {
    "vectors": {"network": VECTORS, "task": {"kind": "copy", "bits": 3, "longest": 3}, "training": TRAINING},
    "maps": {"network": SMALL | {"questions": "every", "input": [3, 3, 4], "output": [6, 6, 1], "norm": "smooth"},
             "task": {"kind": "mapping", "size": 5, "density": 0.8, "frame": 6}, "training": TRAINING}}


@pytest.mark.parametrize("name", RUNS)
def test_a_training_goes_on_exactly(tmp_path, name):
    """The memory is carried from chunk to chunk of a walk, and saved with the run."""
    assert_goes_on(tmp_path, RUNS[name], updates=3)


def test_trained_weights_copy_by_what_they_read(monkeypatch):
    """Half a bit is wanted, RESULTS.md has 0.005; and a controller that gets nothing back from the memory has lost it."""
    network, tables, _ = mgnm.load_network("dnc-repeat-copy")
    assert all(tables[name] == load_preset("dnc-repeat-copy")[name] for name in ("network", "task"))
    task = build_task(tables["task"])
    assert task.evaluate(network, sequences=192, seed=77).summary()["bits_per_sequence"] < 0.02

    def deaf(*arguments, right=ops.memory_access):
        (reads, *state), cache = right(*arguments)
        return (0 * reads, *state), cache

    monkeypatch.setattr(ops, "memory_access", deaf)
    assert task.evaluate(network, sequences=192, seed=77).summary()["bits_per_sequence"] > 5


def test_it_begins_to_learn_repeat_copy(tmp_path):
    """Within 120 updates it knows when the answer ends and some of the bits: 12.3 bits are what needs no memory."""
    tables = load_preset("dnc-repeat-copy")
    tables["training"] |= {"updates": 120, "warmup_updates": 20, "evaluate_every": 120, "evaluate_sequences": 128}
    trainer = Trainer(Run.create(tmp_path / "run", tables))
    assert trainer.train(progress=False)
    found = trainer.run.metrics()[-1]["evaluation"]
    assert found["bits_per_sequence"] < found["memoryless_bits_per_sequence"] - 2
