"""The whole project on its CUDA kernels, on this CPU: every op, layer and network in both dtypes, and whole trainings.

(What crosses between host and device on the way is a matter of test_gpu_path.)
"""

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from tiny_run import assert_goes_on, assignments, command, metrics, tables

import gradcheck.cases  # noqa: F401
from gradcheck import CASES, Case
from gradcheck.__main__ import main
from gradcheck.devices import TOLERANCES, compare, opened
from gradcheck.hostdevice import counted
from mgnm import ops
from mgnm.device import array_module, copy
from mgnm.training import load_network


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", CASES)
def test_the_device_computes_what_numpy_computes(name, dtype):
    with opened("host") as xp:
        found = compare(CASES[name], xp, dtype)
    assert found.passed, found.faults
    assert found.errors and any(error.startswith("d ") for error in found.errors)


# ---- the comparison is compared -------------------------------------------------------------------------------------

def doubled(change_y=lambda y: y, change_dx=lambda dx: dx):
    """A case of y = 2 x whose results `change_y` and `change_dx` spoil on a device alone."""
    def build(rng):
        def function(arguments):
            x = arguments["x"]
            here = array_module(x) is np
            y = 2 * x
            return {"y": y if here else change_y(y)}, lambda cotangents: {
                "x": 2 * cotangents["y"] if here else change_dx(2 * cotangents["y"])}
        return function, {"x": rng.standard_normal((2, 3))}
    return Case("double/spoiled", "-", True, 1e-8, build)


def entry_changed(y, value):
    y[1, 2] = value
    return y


def by_too_much(y):
    return y * (1 + 2 * TOLERANCES[y.dtype.name])


WRONG = {
    "rounding": (doubled(by_too_much), "y: at .* the device says .*, NumPy says .*: relative error (4.0e-05|2.0e-12)"),
    "gradient": (doubled(change_dx=by_too_much), "d x: at .* relative error (4.0e-05|2.0e-12)"),
    "nan": (doubled(lambda y: entry_changed(y, np.nan)), r"y: at \[1, 2\] the device says nan, NumPy says"),
    "dtype": (doubled(lambda y: y.astype(np.float16)), "y: float16 where float(32|64) is due"),
    "shape": (doubled(lambda y: y[0]), r"y: shape \(3,\) where \(2, 3\) is due"),
    "host": (doubled(lambda y: y.get()), "y: ndarray, which is no array of the device's"),
    "missing": (doubled(change_dx=lambda dx: None), "d x: only NumPy has it"),
    "mixed": (doubled(lambda y: y + np.ones(3)), "TypeError: Unsupported type <class 'numpy.ndarray'>"),
}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_on_the_device_is_found(name, dtype):
    case, said = WRONG[name]
    with opened("host") as xp:
        found = compare(case, xp, dtype)
    assert re.match(said, found.faults[0])


def test_an_argument_that_changes_is_found():
    def build(rng):
        def function(arguments):
            x = arguments["x"]
            y = copy(x)
            if array_module(x) is not np:
                x += 1
            return {"y": y}, lambda cotangents: {"x": cotangents["y"]}
        return function, {"x": rng.standard_normal(3)}

    with opened("host") as xp:
        found = compare(Case("copy/careless", "-", True, 1e-8, build), xp, "float64")
    assert found.faults == ["x: the device changed its own argument"]


def test_a_wrong_letter_in_the_cuda_text_is_found(monkeypatch):
    """NumPy's twin stays right: the difference can only come from the text."""
    right = ops.gates.LSTM_GATES
    assert "tanh(z_x[at_g]" in right.operation
    wrong = replace(right, operation=right.operation.replace("z_x[at_g]", "z_x[at_f]"))
    monkeypatch.setattr(ops.gates, "LSTM_GATES", wrong)
    with opened("host") as xp:
        for name in ("lstm_gates/full", "MultigridMemory/full", "reader_writer/full"):
            assert not compare(CASES[name], xp, "float32").passed


# ---- the command ----------------------------------------------------------------------------------------------------

def test_the_command_compares_both_dtypes(tmp_path, capsys):
    assert main(["--device", "host", "--filter", "lstm_gates/full", "--json", str(tmp_path / "x.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["case", "float32", "in", "float64", "in", "seconds"]
    summary = [line.split(":")[0] for line in lines[-5:]]
    assert summary == ["cases", "failed", "worst_float32", "worst_float64", "seconds"]
    content = json.loads((tmp_path / "x.json").read_text())
    assert content["cases"] == 2 and content["failed"] == 0 and 0 < content["worst_float64"] < 1e-12
    assert [result["dtype"] for result in content["results"]] == 2 * ["float32", "float64"]
    assert {"h", "c", "d z_x", "d z_h", "d c_previous", "d bias"} <= content["results"][0]["errors"].keys()


def test_the_command_fails_where_a_device_is_wrong_or_missing(monkeypatch, capsys):
    monkeypatch.setitem(CASES, "double/spoiled", WRONG["nan"][0])
    assert main(["--device", "host", "--filter", "double"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  float64: y: at [1, 2]" in out and "failed: 1" in out and "worst_float32: inf" in out
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert main(["--device", "gpu"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("gradcheck: no GPU to use: CuPy is not installed")


# ---- training -------------------------------------------------------------------------------------------------------

def test_a_run_on_the_device_is_a_run_on_the_cpu(tmp_path):
    """Eight updates by the command: forward, backward, clipping, Adam, logs, evaluation, checkpoints."""
    assert command("train", "--out", tmp_path / "cpu", "--workers", 1, *assignments()) == 0
    with opened("host"), counted() as counts:
        assert command("train", "--out", tmp_path / "gpu", "--device", "gpu", *assignments()) == 0
    assert counts.kernels["adam"] == 8 and counts.kernels["lstm_gates_backward"] > 0
    (theirs, _, update), (ours, _, _) = (load_network(tmp_path / name) for name in ("gpu", "cpu"))
    assert update == 8
    np.testing.assert_allclose(theirs.values, ours.values, rtol=0, atol=1e-6)
    for theirs, ours in zip(metrics(tmp_path / "gpu"), metrics(tmp_path / "cpu"), strict=True):
        assert theirs["loss"] == pytest.approx(ours["loss"], rel=1e-5) and theirs["f_score"] == ours["f_score"]


def test_a_run_on_the_device_goes_on_exactly(tmp_path):
    with opened("host"):
        assert_goes_on(tmp_path, tables(), updates=5, device="gpu")
