"""Every task that is not mapping, trained by the real trainer: what is logged, and going on after a stop."""

from pathlib import Path

import numpy as np
import pytest
from tiny_run import assert_goes_on

from mgnm.tasks import build_task
from mgnm.training import Run, Trainer

SAMPLE = str(Path(__file__).parent / "data" / "digits")
VECTORS = {"kind": "encoder_decoder", "layers": [[2, 2], [1, 2]], "grid_channels": 2}
IMAGES = {"kind": "encoder_decoder", "layers": [[2, 2], [1, 2]], "input": "images"}
TRAINING = {"updates": 4, "learning_rate": 0.01, "batch": 4, "bptt": 2, "shards": 2, "log_every": 3, "evaluate_every": 2,
            "evaluate_sequences": 5, "checkpoint_every": 2}
TASKS = {
    "copy": {"bits": 2, "longest": 3}, "repeat_copy": {"bits": 2, "longest": 2, "most_repeats": 2},
    "sort": {"items": 3, "bits": 2, "top": 2, "priority": "thermometer", "thermometer_steps": 4},
    "recall": {"vectors": 1, "bits": 2, "most": 3}, "digit_sort": {"source": SAMPLE, "levels": 2, "digits": 2},
}


def tables(kind, **more):
    """The settings of a small training."""
    settings = {"kind": kind, **TASKS[kind], **more}
    task = build_task(settings)
    network = IMAGES if kind == "digit_sort" else VECTORS
    channels = {"input_channels": task.input_channels, "output_channels": task.output_channels}
    return {"network": network | channels, "task": settings, "training": TRAINING}


@pytest.mark.parametrize("kind", TASKS)
def test_a_training_logs_the_measures_of_its_task(tmp_path, kind):
    trainer = Trainer(Run.create(tmp_path / "run", tables(kind)))
    before = trainer.network.values.copy()
    assert trainer.train(progress=False)
    lines = trainer.run.metrics()
    measures = {"accuracy", "sequence_accuracy"} if kind == "digit_sort" else {"bits_per_sequence", "bit_error"}
    assert [line["update"] for line in lines] == [2, 3, 4] and measures <= lines[1].keys()
    for line in (lines[0], lines[2]):
        assert measures | {f"memoryless_{name}" for name in measures} <= line["evaluation"].keys()
    assert np.isfinite([line["loss"] for line in lines]).all() and (trainer.network.values != before).any()
    if kind == "recall":
        assert {"bit_error_n2", "bit_error_n3", "bits_per_sequence_n3"} <= lines[0]["evaluation"].keys()


@pytest.mark.parametrize("kind", TASKS)
def test_a_training_goes_on_exactly(tmp_path, kind):
    assert_goes_on(tmp_path, tables(kind), updates=2)


def test_a_training_with_several_queries_goes_on_exactly(tmp_path):
    """Each query has a memory of its own: after an update there are more of them than sequences."""
    assert_goes_on(tmp_path, tables("recall", fewest=3, queries=2), updates=2)
