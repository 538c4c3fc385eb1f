"""benchmarks.memory_cost: sizes, slopes, peaks of memory, and what does not fit."""

import json
import math

import numpy as np
import pytest
from PIL import Image

import mgnm
from benchmarks.memory_cost import rounds, table, worker
from benchmarks.memory_cost.__main__ import main
from benchmarks.memory_cost.contestants import BATCH, BITS, FAMILIES, STEPS, tables
from mgnm.tasks import build_task

SMALLEST = FAMILIES["multigrid"].networks[1_440]
SIZES = [(name, cells) for name, family in FAMILIES.items() for cells in family.networks
         if cells <= (2_048 if name == "lstm" else 20_000)]            # an LSTM's parameters would fill the memory


@pytest.mark.parametrize("name, cells", SIZES)
def test_a_network_has_the_cells_that_it_is_called_by_and_fits_the_task(name, cells):
    network = mgnm.build(FAMILIES[name].networks[cells])
    assert network.memory_cells == cells
    build_task(tables(SMALLEST)["task"]).check(network)


def test_families_cover_the_range_and_only_their_memory_grows():
    for family in FAMILIES.values():
        cells = list(family.networks)
        assert cells == sorted(cells) and cells[0] < 1_600 and cells[-1] > 8_000
        assert max(b / a for a, b in zip(cells, cells[1:])) < 3
        assert len({network["kind"] for network in family.networks.values()}) == 1
    slots = [mgnm.build(network).parameter_count for network in list(FAMILIES["dnc"].networks.values())[:3]]
    assert len(set(slots)) == 1


def test_an_update_has_as_many_steps_as_is_said():
    task = build_task(tables(SMALLEST)["task"])
    inputs, targets = task.episode(BATCH, np.random.default_rng(0)).chunk(0, 2 * STEPS + 1)
    assert inputs["input"].shape == (STEPS + 1, BATCH, BITS + 1) and targets.bits.shape == (STEPS, BATCH, BITS)


def record(cells, **numbers):
    return {"memory_cells": cells, **numbers}


def test_a_power_law_has_its_exponent_as_slope():
    records = [record(cells, ms=0.02 * cells ** 1.5, bytes=7.0 * cells) for cells in (1_000, 5_000, 100_000)]
    found = table.slopes([*records, record(200_000, failure="more than 1 GB")])
    assert found["ms"] == {"all": pytest.approx(1.5), "largest": pytest.approx(1.5)}
    assert found["bytes"]["all"] == pytest.approx(1)
    steps = [record(cells, ms=max(10.0, cells / 1_000), bytes=1.0) for cells in (10, 100, 1_000, 100_000, 1e6, 1e7)]
    bent = table.slopes(steps)["ms"]
    assert 0.4 < bent["all"] < 0.9 and bent["largest"] == pytest.approx(1)
    assert table.slopes(records[:1])["ms"] == {"all": None, "largest": None}


def test_lines_and_numbers():
    results = {"dnc": [record(1_408, parameters=5_000, bytes=2_000_000, ms=10.0, fastest_ms=9.0, slowest_ms=12.5, updates=4),
                       record(2_560, failure="more than 8 GB")]}
    lines = table.lines(FAMILIES, results)
    assert lines[1].split() == ["DNC", "1,408", "5,000", "10.0", "9.0-12.5", "2.0"]
    assert lines[2].split("  ")[0] == "DNC" and lines[2].endswith("more than 8 GB")
    assert lines[3] == "  slope of time: unknown, of the largest 3 sizes unknown"
    numbers = table.flat(results)
    assert numbers["dnc.1408.ms"] == 10.0 and numbers["dnc.2560.failure"] == "more than 8 GB"
    assert numbers["dnc.slope.bytes.all"] is None


def test_every_size_in_every_round_but_what_did_not_fit(monkeypatch):
    asked = []

    def printed(network, most_bytes):
        asked.append(network)
        if network == FAMILIES["lstm"].networks[2_048]:
            return {"failure": "more than 1 GB"}
        return {"parameters": 3, "bytes": len(asked), "seconds": [0.001 * len(asked)]}

    monkeypatch.setattr(rounds, "run_worker", printed)
    said = []
    results = rounds.play(["lstm", "multigrid"], 3, 2, 10 ** 9, said.append)
    units, grids = (list(FAMILIES[name].networks.values()) for name in ("lstm", "multigrid"))
    assert asked == [*units[:2], *grids[:3], units[0], *grids[:3]] and len(said) == 9
    assert results["lstm"] == [
        record(1_024, parameters=3, bytes=6, ms=pytest.approx(3.5), fastest_ms=1.0, slowest_ms=pytest.approx(6), updates=2),
        record(2_048, failure="more than 1 GB")]
    assert len(results["multigrid"]) == 3


def test_a_worker_tells_the_peak_of_all_arrays():
    found = rounds.run_worker(SMALLEST, 8 * 2 ** 30)
    network = mgnm.build(SMALLEST)
    assert (found["parameters"], found["memory_cells"]) == (network.parameter_count, 1_440)
    assert found["bytes"] > 5 * network.values.nbytes       # values, gradients twice, two moments
    assert len(found["seconds"]) == worker.TIMED and all(0 < seconds < math.inf for seconds in found["seconds"])
    larger = worker.peak(tables(SMALLEST | {"layers": [[2, 32], [2, 32]]}))
    assert larger["bytes"] > 2 * found["bytes"]


def test_what_does_not_fit_says_so():
    assert rounds.run_worker(SMALLEST | {"layers": [[2, 4096], [2, 4096]]}, 2 ** 30) == {"failure": "more than 1 GB"}


def test_the_program_writes_numbers_and_a_picture(tmp_path, capsys):
    path = tmp_path / "cost.json"
    assert main(["--networks", "multigrid", "--sizes", "2", "--rounds", "1", "--json", str(path)]) == 0
    told, kept = capsys.readouterr().out, json.loads(path.read_text())
    assert [each["memory_cells"] for each in kept["records"]["multigrid"]] == [1_440, 2_560]
    assert kept["slopes"]["multigrid"]["bytes"]["all"] > 0 and "load" in kept
    assert f"multigrid.1440.ms: {kept['records']['multigrid'][0]['ms']}" in told
    with Image.open(path.with_suffix(".png")) as picture:
        assert picture.width > 1000


@pytest.mark.parametrize("arguments, message", [
    (["--networks", "dcn"], "--networks: 'dcn' is unknown: did you mean dnc?"),
    (["--rounds", "0"], "--rounds 0 is too small"),
    (["--sizes", "0"], "--sizes 0 is too small"),
    (["--most-gb", "0"], "--most-gb 0.0 is too small"),
    (["--json", "/nowhere/x.json"], "there is no directory /nowhere"),
])
def test_what_cannot_be_measured_is_one_line_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1 and not printed.out


def test_a_worker_that_fails_ends_the_benchmark():
    from mgnm.errors import UserError

    with pytest.raises(UserError, match="failed with exit status 1"):
        rounds.run_worker({"kind": "nothing"}, 8 * 2 ** 30)
