"""benchmarks/: what can be said about it where PyTorch is not installed."""

import ast
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.nets import BATCH, NETS, STEPS
from benchmarks.cpu import contestant, machine, rounds, table
from benchmarks.cpu.__main__ import main
from mgnm import ops
from mgnm.errors import UserError

ROOT = Path(__file__).parents[1]


def result(seconds, megabytes=100, losses=(0.7, 0.6)):
    return {"seconds": seconds, "losses": list(losses), "peak_bytes": megabytes * 10 ** 6, "software": "none"}


RESULTS = {"mgnm": [result([0.1, 0.3]), result([0.2], 120)], "plain": [result([0.8])], "best": [result([0.4], 300)]}


@pytest.mark.parametrize("name", NETS)
def test_nets_have_the_published_sizes(name):
    network = NETS[name].build()
    assert network.parameter_count == {"S": 74_945, "M": 115_721, "L": 650_225}[name]
    assert network.memory_cells == {"S": 3_384, "M": 7_992, "L": 76_968}[name]
    assert network.output_side == NETS[name].frame


def test_a_net_of_another_size_is_refused():
    with pytest.raises(RuntimeError, match="74,944 parameters instead of 74,945"):
        NETS["S"].check_count(74_944)


def test_medians_and_ratios():
    numbers = table.summarise(RESULTS)
    assert numbers["mgnm"]["ms"] == pytest.approx(200)
    assert (numbers["mgnm"]["fastest_ms"], numbers["mgnm"]["slowest_ms"]) == pytest.approx((100, 300))
    assert numbers["mgnm"]["iterations"] == 3
    assert numbers["mgnm"]["mb"] == pytest.approx(120)
    assert [numbers[name]["time_ratio"] for name in RESULTS] == pytest.approx([0.5, 2, 1])
    assert numbers["mgnm"]["memory_ratio"] == pytest.approx(0.4)


def test_rows_stand_below_their_headings():
    numbers = table.summarise(RESULTS)
    mgnm, plain, best = table.rows("S", numbers)
    target, memory_target = str(table.TARGETS["S"]), str(table.MEMORY_TARGET)
    assert mgnm.split() == ["S", "mgnm", "200", "100-300", "0.50", target, "120", "0.40", memory_target]
    assert plain.split() == ["S", "plain", "800", "800-800", "2.00", "100", "0.33"]
    assert best.split() == ["S", "best", "400", "400-400", "1.00", "300", "1.00"]
    end = table.header().index("/ best") + len("/ best")
    assert [line[:end].split()[-1] for line in (mgnm, plain, best)] == ["0.50", "2.00", "1.00"]


def test_flat_names_every_number():
    flat = table.flat("S", table.summarise(RESULTS))
    assert flat["S.mgnm.time_ratio"] == 0.5
    assert flat["S.best.mb"] == 300
    assert len(flat) == 3 * 7


def test_different_losses_are_different_work():
    rounds.check_losses("S", RESULTS)
    for losses in ([0.7, 0.6001], [float("nan"), 0.6]):
        with pytest.raises(UserError, match="losses of best differ"):
            rounds.check_losses("S", RESULTS | {"best": [result([0.4], losses=losses)]})


def test_environment_leaves_the_choice_of_kernels_alone(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    monkeypatch.setenv("KEPT", "yes")
    for extra in rounds.CONTESTANTS.values():
        environment = machine.environment(extra)
        assert environment["KEPT"] == "yes"
        assert not {"OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX"} & environment.keys()
    assert [name for name, extra in rounds.CONTESTANTS.items() if extra] == ["best"]
    assert environment["MALLOC_MMAP_THRESHOLD_"] == "8589934592"


def test_peak_memory_counts_every_process():
    own = machine.peak_bytes(["self"])
    before = np.ones(40_000_000, np.uint8)
    assert machine.peak_bytes(["self"]) >= own
    assert machine.peak_bytes(["self", "self"]) >= 2 * before.nbytes


def test_the_blas_kernel_is_named():
    assert "kernels" in machine.numpy_software()


def test_the_timed_work_of_mgnm_is_an_iteration_over_these_chunks():
    """Two processes, half of the batch each, report the loss of one process over the whole batch."""
    net = NETS["S"]
    measured = contestant.measure("mgnm", net, warm_up=1, iterations=1)
    network, state, losses = net.build(), None, []
    for inputs, targets in islice(net.chunks(), 2):
        assert targets.shape == (STEPS, BATCH, net.frame, net.frame, 1)
        logits, state, _ = network.forward(inputs, state)
        losses.append(ops.sigmoid_cross_entropy(logits, targets)[0])
    assert measured["losses"] == pytest.approx(losses, rel=1e-5)
    assert len(measured["seconds"]) == 1
    assert measured["peak_bytes"] > 2 * 20e6


@pytest.mark.parametrize("arguments, message", [
    (["--nets", "XL"], "--nets: 'XL' is unknown: did you mean L?"),
    (["--rounds", "0"], "--rounds 0 is too small"),
    (["--json", "/nowhere/x.json"], "there is no directory /nowhere"),
    ([], "PyTorch is not installed: pip install -r benchmarks/requirements.txt"),
])
def test_what_cannot_be_measured_is_one_line_and_status_2(arguments, message, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1 and not printed.out


def test_a_contestant_that_fails_ends_the_benchmark():
    with pytest.raises(UserError, match="contestant nobody S failed with exit status 1"):
        rounds.program("contestant", "nobody", "S")


def imports(path):
    """The top-level names that a Python file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def test_only_benchmarks_imports_torch():
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in ("build", "dist")
             and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]
    users = {path.relative_to(ROOT).parts[0] for path in files if "torch" in imports(path)}
    assert users == {"benchmarks"}


def test_the_program_and_mgnm_side_run_without_torch():
    code = ("import sys, benchmarks.cpu.__main__, benchmarks.cpu.contestant, gradcheck; "
            "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
