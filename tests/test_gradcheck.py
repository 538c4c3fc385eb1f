"""The checker itself: it passes right gradients, fails on every kind of wrong one, and its table covers everything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradcheck.cases  # noqa: F401
import mgnm
from gradcheck import CASES, Case, check, registry, run
from gradcheck.__main__ import main
from gradcheck.draw import away_from_zero, separated
from mgnm import layers, networks, ops

ROOT = Path(__file__).parent.parent


def point():
    rng = np.random.default_rng(7)
    return {"a": rng.standard_normal((2, 3)), "x": rng.standard_normal(3)}


def product(change=lambda gradients: gradients):
    """y = tanh(a) x with its true gradient, which `change` may spoil."""
    def function(arguments):
        t, x = np.tanh(arguments["a"]), arguments["x"]

        def backward(cotangents):
            dy = cotangents["y"]
            return change({"a": np.outer(dy, x) * (1 - t * t), "x": dy @ t})

        return {"y": t @ x}, backward

    return function


def checked(function, arguments=None, full=True, **options):
    return check(function, arguments or point(), np.random.default_rng(1), full, **options)


# --- every registered case ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CASES)
def test_case(name):
    report = run(CASES[name]).report
    assert report.passed, report.faults


def names_with_a_backward_pass():
    """Every op that has a <name>_backward, every layer class with a method `backward`, every kind of network."""
    return ([name.removesuffix("_backward") for name in dir(ops) if name.endswith("_backward")]
            + [name for name in layers.__all__ if hasattr(getattr(layers, name), "backward")] + list(networks.KINDS))


@pytest.mark.parametrize("name", names_with_a_backward_pass())
def test_everything_is_covered_by_a_case_that_really_runs_it(name, monkeypatch):
    case = next((case for case in CASES.values() if case.covers == name), None)
    assert case, f"{name} has a backward pass and no case in gradcheck/cases"

    def broken(*arguments, **options):
        raise ArithmeticError("this backward pass was called")

    if hasattr(ops, f"{name}_backward"):
        monkeypatch.setattr(ops, f"{name}_backward", broken)
    else:
        monkeypatch.setattr(networks.KINDS.get(name) or getattr(layers, name), "backward", broken)
    assert run(case).report.faults == ["-: ArithmeticError: this backward pass was called"]


def test_no_case_covers_something_that_is_not_there():
    assert {case.covers for case in CASES.values()} <= set(names_with_a_backward_pass())


def test_case_names_are_unique():
    with pytest.raises(ValueError, match="two cases called relu/full"):
        registry.case("relu/full", covers="relu")(None)


def test_whole_networks_are_checked_over_three_steps_with_and_without_peepholes():
    shapes = [CASES[name].build(CASES[name].rng())[1] for name in CASES if CASES[name].covers == "reader_writer"]
    long = [arguments for arguments in shapes if len(arguments["observation"]) >= 3]
    peepholes = [any(name.endswith("peephole") for name in arguments) for arguments in long]
    assert any(peepholes) and not all(peepholes)


# --- parameter gradients add up --------------------------------------------------------------------------------------

@pytest.mark.parametrize("peepholes", [False, True])
def test_two_backward_passes_give_twice_the_gradient(peepholes):
    network = mgnm.build({"kind": "reader_writer", "base": 1, "writer": [[1, 2], [2, 2]], "reader": [2, 2],
                          "narrowing": [[1, 1]], "peepholes": peepholes}, seed=3, dtype="float64")
    rng = np.random.default_rng(4)
    inputs = {name: rng.standard_normal((3, 2, 1, 1, 4)) for name in ("observation", "query")}
    outputs, _, cache = network.forward(inputs)
    doutputs = rng.standard_normal(outputs.shape)
    network.backward(doutputs, cache)
    once = {name: parameter.grad.copy() for name, parameter in network.parameters.items()}
    _, _, cache = network.forward(inputs)
    network.backward(doutputs, cache)
    assert any(gradient.any() for gradient in once.values())
    for name, parameter in network.parameters.items():
        np.testing.assert_allclose(parameter.grad, 2 * once[name], rtol=1e-12, err_msg=name)


# --- right and wrong gradients ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("full", [True, False])
def test_a_right_gradient_passes(full):
    report = checked(product(), full=full)
    assert report.passed and set(report.errors) == {"a", "x"} and report.worst[1] < 1e-10


SPOILED = {
    "2.001 times": (lambda g: g | {"x": 2.001 * g["x"]}, "x", "backward says"),
    "tiny factor": (lambda g: g | {"a": (1 + 1e-6) * g["a"]}, "a", "backward says"),
    "one entry": (lambda g: g | {"a": g["a"] * [[1, 1, 1], [1, 1.01, 1]]}, "a", "backward says"),
    "swapped entries": (lambda g: g | {"x": g["x"][::-1]}, "x", "backward says"),
    "all zero": (lambda g: g | {"x": 0 * g["x"]}, "x", "backward says"),
    "transposed": (lambda g: g | {"a": g["a"].T}, "a", "shape (3, 2) where (2, 3) is due"),
    "broadcast": (lambda g: g | {"x": g["x"][None]}, "x", "shape (1, 3) where (3,) is due"),
    "missing": (lambda g: {"a": g["a"]}, "x", "no gradient"),
    "none": (lambda g: g | {"x": None}, "x", "no gradient"),
    "float32": (lambda g: g | {"a": g["a"].astype(np.float32)}, "a", "float32 where float64 is due"),
    "float32 inside": (lambda g: g | {"a": g["a"].astype(np.float32).astype(np.float64)}, "a", "backward says"),
    "nan": (lambda g: g | {"x": g["x"] * [1, np.nan, 1]}, "x", "1 of 3 entries are not finite"),
    "infinite": (lambda g: g | {"x": g["x"] * [1, np.inf, np.inf]}, "x", "2 of 3 entries are not finite"),
    "unasked": (lambda g: g | {"z": g["x"]}, "z", "no argument"),
}


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("name", SPOILED)
def test_a_wrong_gradient_fails_and_names_the_culprit(name, full):
    spoil, culprit, reason = SPOILED[name]
    report = checked(product(spoil), full=full)
    assert [fault.split(":")[0] for fault in report.faults] == [culprit]
    assert reason in report.faults[0]
    assert report.worst[0] == culprit and report.worst[1] > 1e-8


def test_a_failure_of_the_full_check_names_the_entry():
    report = checked(product(lambda g: g | {"a": g["a"] * [[1, 1, 1], [1, 3, 1]]}))
    a, x = point().values()
    right = x[1] * (1 - np.tanh(a[1, 1]) ** 2)
    assert report.faults == [
        f"a: at d y[1] / d [1, 1] backward says {3 * right:.9g}, central differences say {right:.9g}"]


def test_small_gradients_are_held_to_the_same_relative_error():
    """No absolute tolerance: one per cent of a gradient of 1e-7 is still one per cent."""
    def small(factor):
        def function(arguments):
            x = arguments["x"]
            return {"y": 1e-7 * np.sin(x)}, lambda cotangents: {"x": factor * 1e-7 * np.cos(x) * cotangents["y"]}
        return function

    arguments = {"x": np.linspace(-1, 1, 5)}
    assert checked(small(1.0), arguments).passed
    assert not checked(small(1.01), arguments).passed
    assert not checked(small(0.0), arguments).passed


@pytest.mark.parametrize("full", [True, False])
def test_a_cotangent_that_is_ignored_is_seen_even_with_one_output(full):
    def total(arguments):
        return {"y": np.sum(arguments["x"] ** 2)}, lambda cotangents: {"x": 2 * arguments["x"]}

    assert not checked(total, {"x": np.ones(1)}, full).passed


def test_a_gradient_that_is_zero_everywhere_proves_nothing():
    def dead(arguments):
        return {"y": np.maximum(arguments["x"], 0)}, lambda cotangents: {"x": 0 * cotangents["y"]}

    report = checked(dead, {"x": -np.ones(3)})
    assert "proves nothing" in report.faults[0]


def test_a_gradient_below_rounding_cannot_be_tested_and_is_said_so():
    def lost(arguments):
        x = arguments["x"]
        return {"y": 1 + 1e-9 * np.sin(x)}, lambda cotangents: {"x": 1e-9 * np.cos(x) * cotangents["y"]}

    assert "no numeric derivative" in checked(lost, {"x": np.linspace(-1, 1, 20)}).faults[0]


def relu(arguments):
    x = arguments["x"]
    return {"y": np.maximum(x, 0)}, lambda cotangents: {"x": cotangents["y"] * (x > 0)}


def test_kinks_near_the_point_are_stepped_around():
    assert checked(relu, {"x": np.array([1.0, -1.0, 5e-4, -2e-4, 3e-5])}).passed


def test_a_point_on_a_kink_is_never_passed():
    assert not checked(relu, {"x": np.array([1.0, 0.0])}).passed


def test_functions_that_change_what_they_are_given_fail():
    def careless(arguments):
        arguments["x"] *= 2
        return {"y": arguments["x"] * 1}, lambda cotangents: {"x": 2 * cotangents["y"]}

    def greedy(arguments):
        def backward(cotangents):
            cotangents["y"] *= 2
            return {"x": cotangents["y"]}
        return {"y": 2 * arguments["x"]}, backward

    assert "x: the function changed its own argument" in checked(careless, {"x": np.ones(2)}).faults
    assert "changed the gradient that it was given" in checked(greedy, {"x": np.ones(2)}).faults[0]


@pytest.mark.parametrize("value, reason", [(np.nan, "not finite"), (np.float32(1), "float32 where float64 is due")])
def test_bad_outputs_fail(value, reason):
    def function(arguments):
        return {"y": np.full(2, value)}, None

    report = checked(function)
    assert report.faults[0].startswith("output y") and reason in report.faults[0]


# --- random numbers --------------------------------------------------------------------------------------------------

def test_directions_stay_away_from_zero_and_are_not_alike():
    u = away_from_zero(np.random.default_rng(0), 1000)
    assert 0.5 <= abs(u).min() and abs(u).max() < 1.5 and (u > 0).any() and (u < 0).any()
    assert len(set(abs(u))) == 1000


@pytest.mark.parametrize("shape", [(3, 5), (2, 4, 2)])
def test_separated_numbers_have_no_ties_and_avoid_zero(shape):
    x = np.sort(separated(np.random.default_rng(0), shape, gap=0.01).ravel())
    assert np.diff(x).min() > 0.0099 and abs(x).min() > 0.0049


def test_a_case_is_the_same_every_time():
    first, second = (CASES["linear/rows"].build(CASES["linear/rows"].rng())[1] for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


# --- the command -----------------------------------------------------------------------------------------------------

def with_a_wrong_case(monkeypatch, spoil=lambda g: g | {"x": 2.001 * g["x"]}):
    monkeypatch.setitem(CASES, "relu/wrong", Case("relu/wrong", "-", True, 1e-8, lambda rng: (product(spoil), point())))


def test_status_0_when_all_pass_and_the_numbers_come_last(capsys):
    assert main(["--filter", "linear/"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[-4:]] == ["cases", "failed", "worst_error", "seconds"]
    assert lines[-4:-2] == ["cases: 4", "failed: 0"]
    assert any("w (4, 3)" in line for line in lines)


def test_status_1_when_a_gradient_is_wrong(monkeypatch, capsys):
    with_a_wrong_case(monkeypatch)
    assert main(["--filter", "relu/wrong"]) == 1
    out = capsys.readouterr().out
    assert "failed: 1" in out and "WRONG  x: at d y[" in out


def test_status_1_when_a_case_cannot_run(monkeypatch, capsys):
    with_a_wrong_case(monkeypatch, spoil=lambda g: 1 / 0)
    assert main(["--filter", "relu/wrong"]) == 1
    assert "WRONG  -: ZeroDivisionError" in capsys.readouterr().out


def test_status_2_and_near_names_for_an_unknown_filter(capsys):
    assert main(["--filter", "lstm-gates"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "'lstm-gates'" in err and "lstm_gates" in err


def test_status_2_for_a_place_where_no_file_can_be(tmp_path, capsys):
    assert main(["--filter", "relu/full", "--json", str(tmp_path / "none" / "x.json")]) == 2
    assert main(["--filter", "relu/full", "--json", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 2 and "make it first" in err and "is a directory" in err


def test_json(monkeypatch, tmp_path):
    with_a_wrong_case(monkeypatch, spoil=lambda g: {"a": g["a"]})
    file = tmp_path / "results.json"
    assert main(["--filter", "relu/", "--json", str(file)]) == 1
    content = json.loads(file.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    results = {result["name"]: result for result in content["results"]}
    assert content["cases"] == len(results) == 3 and content["failed"] == 1 and content["worst_error"] is None
    wrong, right = results["relu/wrong"], results["relu/full"]
    assert not wrong["passed"] and wrong["errors"]["x"] is None and wrong["faults"] == ["x: no gradient"]
    assert right["passed"] and right["errors"]["x"] < 1e-8 and right["shapes"] == {"x": [3, 4]}
    assert right["check"] == "full" and right["covers"] == "relu" and right["seconds"] >= 0


@pytest.mark.parametrize("arguments, status", [(["--filter", "tanh"], 0), (["--nonsense"], 2), (["--help"], 0)])
def test_the_command_runs_as_a_module(arguments, status):
    done = subprocess.run([sys.executable, "-W", "error", "-m", "gradcheck", *arguments], cwd=ROOT, text=True,
                          capture_output=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert done.returncode == status, done.stderr
    if arguments == ["--help"]:
        assert "example:" in done.stdout
