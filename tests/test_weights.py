"""The weights that come with the package are what RESULTS.md says they are."""

import pytest

import mgnm
from mgnm.presets import load_preset
from mgnm.tasks import build_task
from mgnm.training.weights import SHIPPED


@pytest.mark.parametrize("name, f_score, spread", [("tiny", 0.987, 0.015), ("small", 0.737, 0.05)])
def test_shipped_weights_score_on_fresh_mazes(name, f_score, spread):
    """`f_score` is that of RESULTS.md, `spread` what 32 other mazes may differ by."""
    network, tables, updates = mgnm.load_network(name)
    assert tables["network"] == load_preset(name)["network"] and tables["task"] == load_preset(name)["task"]
    scores = build_task(tables["task"]).evaluate(network, sequences=32, seed=77)
    assert scores.f_score >= f_score - spread and updates > 0


def test_shipped_files_are_small_and_hold_nothing_but_parameters():
    files = sorted(SHIPPED.glob("*.npz"))
    assert files and all(path.stat().st_size < 1_000_000 for path in files)


def test_a_preset_without_weights_says_how_to_train_it():
    with pytest.raises(mgnm.UserError, match="mgnm train --preset paper"):
        mgnm.load_network("paper")
