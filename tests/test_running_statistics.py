"""Running statistics through a training: moved once an update, by all shards alike, kept in checkpoints and weights."""

import copy

import numpy as np
import pytest
from tiny_run import assert_goes_on, assert_same_run

from mgnm.networks import build
from mgnm.networks.network import MOMENTUM
from mgnm.settings import read_table
from mgnm.tasks import build_task
from mgnm.training import Run, Team, Trainer, TrainingSettings, load_network

TABLES = {
    "network": {"kind": "encoder_decoder", "layers": [[2, 2], [1, 3]], "input_channels": 4, "output_channels": 3,
                "batch_norm": "running"},
    "task": {"kind": "sort", "items": 3, "bits": 3, "top": 2},
    "training": {"updates": 6, "learning_rate": 0.01, "batch": 6, "shards": 3, "log_every": 2, "evaluate_every": 3,
                 "evaluate_sequences": 4, "checkpoint_every": 2},
}


def tables(**training):
    changed = copy.deepcopy(TABLES)
    changed["training"] |= training
    return changed


def train(folder, workers=1, **training):
    trainer = Trainer(Run.create(folder, tables(**training)), workers=workers)
    assert trainer.train(progress=False)
    return trainer.network


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, train(folder)


def test_the_number_of_workers_changes_not_one_bit(trained, tmp_path):
    train(tmp_path / "two", workers=2)
    assert_same_run(trained[0], tmp_path / "two")


def test_a_run_that_goes_on_is_the_same_run(tmp_path):
    assert_goes_on(tmp_path, TABLES, updates=4)


def test_weights_bring_their_statistics(trained):
    folder, network = trained
    loaded, _, _ = load_network(folder)
    fresh = build(TABLES["network"])
    assert np.array_equal(loaded.running, network.running) and not np.allclose(network.running, fresh.running)
    assert not network.training


def test_every_shard_counts_alike():
    settings, task = read_table(TrainingSettings, TABLES["training"], "training"), build_task(TABLES["task"])
    network, alone = (build(TABLES["network"], dtype="float64") for _ in range(2))
    alone.training = True
    observed = []
    for k in range(3):
        episode = task.episode(2, np.random.default_rng([settings.seed, k]))
        inputs, _ = episode.chunk(*episode.chunks(settings.bptt)[0])
        alone.forward(inputs)
        observed.append(alone.observed.copy())
    with Team(network, task, settings, TABLES) as team:
        team.step()
    expected = MOMENTUM * alone.running + (1 - MOMENTUM) * np.mean(observed, axis=0)
    np.testing.assert_allclose(network.running, expected, rtol=1e-12)
