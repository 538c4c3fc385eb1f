"""Trainings that are killed or interrupted go on exactly: the same weights and metrics, to the last bit."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from tiny_run import assert_same_run, assignments, command, metrics, refusal, tables

from mgnm.training import Run, Team, Trainer, load_network

ROOT = Path(__file__).parents[1]
KILLS = 20


@pytest.fixture
def processes(monkeypatch):
    """A maker of processes that have imported everything already: each is a copy of a server that did so once."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests"))))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tiny_run"])
    return context


def start(processes, *arguments):
    process = processes.Process(target=command, args=arguments)
    process.start()
    return process


def finish(process):
    process.join()
    assert process.exitcode == 0


def test_killed_at_20_random_moments_it_ends_with_the_same_bits(tmp_path, processes):
    sets = ("--workers", 1, *assignments(updates=100, schedule="cosine"))
    whole, run = tmp_path / "whole", tmp_path / "run"
    finish(start(processes, "train", "--out", whole, *sets))

    kills, reached, rng = 0, [0], np.random.default_rng()
    longest = 0.1                                           # seconds until the kill; soon right for this machine
    while kills < KILLS or run.exists():
        begun = (run / "config.toml").exists()
        process = start(processes, "train", *(("--resume", run, "--workers", 1) if begun else ("--out", run, *sets)))
        process.join(rng.uniform(0, longest) if kills < KILLS else None)
        process.kill()
        process.join()
        if process.exitcode == 0:
            assert_same_run(run, whole)
            run.rename(tmp_path / f"run that ended after {kills} kills")
        else:
            assert process.exitcode == -signal.SIGKILL
            kills += 1
            reached.append(load_network(run)[2] if (run / "checkpoint.npz").exists() else 0)
            longest *= 0.8 if reached[-1] > reached[-2] else 1.3
    assert len(set(reached)) > 3
    assert metrics(whole)[-1]["update"] == 99


def test_killed_before_its_first_checkpoint_a_run_begins_again(tmp_path):
    sets = ("--workers", 1, *assignments(updates=4, log_every=1, checkpoint_every=4))
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        assert command("train", "--out", folder, *sets) == 0
    for path in killed.glob("*.npz"):
        path.unlink()
    (killed / "metrics.jsonl").write_text('{"update": 1, "loss": 5.0}\n{"update": 2, "lo')     # what a kill leaves
    assert command("train", "--resume", killed, "--workers", 1) == 0
    assert_same_run(killed, whole)


def test_a_line_that_was_cut_off_is_written_again(tmp_path):
    out, whole = tmp_path / "run", tmp_path / "whole"
    for folder in (whole, out):
        assert command("train", "--out", folder, "--workers", 1, *assignments(updates=9, log_every=1)) == 0
    (out / "checkpoint.npz").unlink()
    (out / "checkpoint.previous.npz").rename(out / "checkpoint.npz")        # of update 8
    with open(out / "metrics.jsonl", "a") as file:
        file.write('{"update": 10, "seconds"')
    assert len(metrics(out)) == 9
    assert command("train", "--resume", out, "--workers", 1) == 0
    assert_same_run(out, whole)


def test_a_finished_run_stays_as_it_is(tmp_path, capsys):
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", 1, *assignments()) == 0
    before = metrics(out), load_network(out)[0].values.tolist()
    assert command("train", "--resume", out, "--workers", 1) == 0
    assert (metrics(out), load_network(out)[0].values.tolist()) == before
    assert not (out / "weights.previous.npz").exists()
    assert "already holds a run" in refusal(capsys, "train", "--out", out, *assignments())


@pytest.mark.parametrize("error", [None, BrokenPipeError, ValueError])
def test_a_progress_bar_that_nobody_reads_ends_no_training(tmp_path, monkeypatch, error):
    """None: the shell has closed the stream. Or its reader is gone, as after Ctrl-C with `| tee`, or it is closed here."""
    def refuse(*_):
        raise error

    stream = types.SimpleNamespace(encoding="utf-8", write=refuse, flush=refuse) if error else None
    monkeypatch.setattr(sys, "stderr", stream)
    trainer = Trainer(Run.create(tmp_path / "run", tables()))
    assert trainer.train() and [line["update"] for line in metrics(tmp_path / "run")] == [3, 6]


@pytest.mark.parametrize("lost", ["*checkpoint*.npz", "*.npz"])
def test_a_checkpoint_that_is_lost_costs_nothing_else(tmp_path, capsys, lost):
    """Of a run that must have had one, nothing is begun again over what is left."""
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", 1, *assignments()) == 0
    for path in out.glob(lost):
        path.unlink()
    left = {path.name: path.read_bytes() for path in out.iterdir()}
    assert "checkpoint.npz is lost: restore it" in refusal(capsys, "train", "--resume", out, "--workers", 1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == left


def test_two_trainings_in_one_run_are_one_too_many(tmp_path, capsys):
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", 1, *assignments()) == 0
    with Run.open(out).locked():
        assert "another process trains in" in refusal(capsys, "train", "--resume", out, "--workers", 1)
    assert command("train", "--resume", out, "--workers", 1) == 0


def test_stopped_before_its_first_update_nothing_is_said_to_be_saved(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Trainer, "_ended", True)
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", 1, *assignments()) == 130
    assert capsys.readouterr().out == f"stopped after update 0 of 8; go on with: mgnm train --resume {out}\n"
    assert not list(out.glob("*.npz"))


@pytest.mark.parametrize(("presses", "last"), [(1, "stopped after update 5 of 9, and saved"), (2, "mgnm: stopped")])
def test_ctrl_c_at_any_update_loses_nothing(tmp_path, monkeypatch, capsys, presses, last):
    """Once: the update is finished and all is saved. Twice: it stops at once, with the last checkpoint as it was."""
    whole, out = tmp_path / "whole", tmp_path / "run"
    sets = ("--workers", 1, *assignments(updates=9, checkpoint_every=4))
    assert command("train", "--out", whole, *sets) == 0
    step, steps = Team.step, []

    def interrupted(team):
        steps.append(1)
        for _ in range(presses if len(steps) == 5 else 0):
            signal.raise_signal(signal.SIGINT)
        return step(team)

    monkeypatch.setattr(Team, "step", interrupted)
    assert command("train", "--out", out, *sets) == 130
    assert last in "".join(capsys.readouterr())
    assert load_network(out)[2] == (5 if presses == 1 else 4)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert command("train", "--resume", out, "--workers", 1) == 0
    assert_same_run(out, whole)


# --------------------------------------------------------------------------------------------- several worker processes


@pytest.fixture
def training(tmp_path):
    """A training of two processes as from a shell, once it is well under way: (process, folder)."""
    out = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "mgnm", "train", "--out", str(out), "--workers", "2",
         *assignments(updates=100_000, log_every=1, checkpoint_every=1, evaluate_every=100)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    said = b""
    while b"loss" not in said:                              # in the progress bar, after the first update
        more = process.stdout.read1()
        assert more, f"the training ended: {said}"
        said += more
    yield process, out
    process.kill()
    process.communicate()


def children(parent):
    """The process ids of the children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):                  # it may end meanwhile
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def test_ctrl_c_in_a_shell(training):
    process, out = training
    assert children(process.pid)
    os.killpg(process.pid, signal.SIGINT)                   # to all its processes, as a terminal does
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 130 and "Traceback" not in said
    update = load_network(out)[2]
    assert said.splitlines()[-1] == (f"stopped after update {update} of 100000, and saved; "
                                     f"go on with: mgnm train --resume {out}")
    assert len(metrics(out)) == update > 0


def test_no_process_stays_behind_a_killed_one(training):
    process, _ = training
    assert children(process.pid)
    process.kill()
    process.communicate(timeout=60)                         # until all that can write to the pipe have ended
    assert process.returncode == -signal.SIGKILL
