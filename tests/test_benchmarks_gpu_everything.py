"""make gpu: every step is run, in time, whatever became of the one before."""

import subprocess
import sys
from pathlib import Path

from benchmarks.gpu import everything

ROOT = Path(__file__).parents[1]


def test_everything_goes_on_after_a_failure(tmp_path, capsys):
    steps = [everything.Step("first", ["-c", "import sys; print('well'); sys.exit(3)"], 0.5),
             everything.Step("second", ["-c", "print('one\\rtwo\\n\\n')"], None)]
    first, second = everything.play(steps, tmp_path)
    assert (first.good, first.result, second.good, second.result) == (False, "FAILED, status 3", True, "passed")
    assert (tmp_path / "first.log").read_text() == "well\n"
    assert second.line().split()[-1] == "two" and second.line().startswith("second ")
    assert "first: FAILED, status 3\nsecond: python -c" in capsys.readouterr().out


def test_a_step_without_end_is_stopped(tmp_path):
    step = everything.Step("endless", ["-c", "import signal; signal.pause()"], 0.5)
    outcome = everything.run(step, tmp_path / "log", limit=0)
    assert (outcome.good, outcome.result) == (False, "OUT OF TIME")


def test_a_training_that_is_stopped_has_saved():
    training, other = everything.Step("training", [], None), everything.Step("tests", [], 0.2)
    assert everything.judge(training, 130, stopped=True) == ("stopped in time, saved", True)
    assert everything.judge(training, -9, stopped=True) == ("OUT OF TIME", False)
    assert everything.judge(training, 130, stopped=False) == ("FAILED, status 130", False)
    assert everything.judge(other, 130, stopped=True) == ("OUT OF TIME", False)


def test_an_interrupt_lets_a_step_clean_up():
    code = """
import signal, sys
try:
    print(flush=True)
    signal.pause()
except KeyboardInterrupt:
    sys.exit(130)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    with process:
        process.stdout.readline()
        everything.stop(process)
    assert process.returncode == 130


def test_the_steps_fit_into_their_time_and_a_training_goes_on(monkeypatch, tmp_path):
    steps = everything.steps("results/gpu", tmp_path)
    assert sum(step.share or 0 for step in steps) < 0.9
    assert steps[-1].share == everything.EVALUATION
    training = next(step for step in steps if step.share is None)
    assert training.command[2:] == ["train", "mapping", "--preset", "small", "--out", everything.RUN, "--device", "gpu"]
    monkeypatch.setattr(everything, "ROOT", tmp_path)
    (tmp_path / everything.RUN).mkdir(parents=True)
    (tmp_path / everything.RUN / "config.toml").touch()
    training = next(step for step in everything.steps("results/gpu", tmp_path) if step.share is None)
    assert training.command[2:] == ["train", "--resume", everything.RUN, "--device", "gpu"]


def test_every_step_may_take_its_share_and_the_training_what_is_left(monkeypatch, tmp_path):
    limits = []
    monkeypatch.setattr(everything, "run", lambda step, log, limit: limits.append(limit) or everything.Outcome(
        step, "passed", True, 1, log))
    monkeypatch.setattr(everything.time, "monotonic", lambda: 50.0)
    steps = [everything.Step("a", [], 0.25), everything.Step("b", [], None), everything.Step("c", [], 0.05)]
    everything.play(steps, tmp_path, 1000)
    everything.play(steps, tmp_path)
    assert limits == [250, 1000 - 1000 * everything.EVALUATION, 50, None, None, None]


def test_make_gpu_can_do_without_installing():
    command = ["make", "-n", "-C", ROOT, "gpu", "PYTHON=python9", "INSTALL=", "MINUTES=25"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line for line in lines if "python" in line] == ["python9 -m benchmarks.gpu.everything --minutes 25"]
