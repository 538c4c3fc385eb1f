"""The command line: what it prints, what it writes, and one line with exit status 2 for whatever it cannot use."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_run import assignments, command, metrics, refusal, tables, train

import mgnm
from mgnm.cli import EPILOG, demo, evaluate, figures, parser
from mgnm.presets import load_preset
from mgnm.tasks import build_task
from mgnm.training import Run, Team, load_network

ROOT = Path(__file__).parents[1]
COMMANDS = ["demo", "train", "evaluate", "figures", "compare", "doctor"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a finished run."""
    return train(tmp_path_factory.mktemp("runs") / "run").run.folder


def printed(capsys):
    """{name: value} of all `name: value` lines."""
    return dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())


# --------------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_ends_in_an_example(name, capsys):
    assert command(name, "--help") == 0
    example = capsys.readouterr().out.splitlines()[-1].split()
    assert example[:2] == ["mgnm", name]
    parser().parse_args(example[1:])                        # and is right


def test_help_lists_all_commands_and_its_examples_are_right(capsys):
    assert command("--help") == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^ +{name} ", out, re.MULTILINE) for name in COMMANDS) and out.endswith(EPILOG)
    for line in EPILOG.splitlines()[1:]:
        parser().parse_args(re.split("  +", line.strip())[0].split()[1:])


def test_both_names_are_one_program():
    program = [sys.executable, "-m", "mgnm"]
    told = subprocess.run([*program, "evaluate", "nowhere"], cwd=ROOT, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("mgnm: nowhere does not exist: give the folder of a run, a checkpoint, or a preset whose ")
    project = (ROOT / "pyproject.toml").read_text()
    assert 'mgnm = "mgnm.cli:main"' in project


def test_matplotlib_is_imported_for_figures_only():
    code = "import sys, mgnm.cli; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_doctor(capsys, tmp_path):
    assert command("doctor", "--json", tmp_path / "doctor.json") == 0
    told = printed(capsys)
    assert told["mgnm"] == mgnm.__version__ and told["numpy"] == np.__version__
    assert told["device"] in ("cpu", "gpu") and len(told["device_reason"]) > 5
    assert int(told["blas_threads"]) >= 1 and int(told["cores"]) == os.cpu_count()
    assert {name: str(value) for name, value in json.loads((tmp_path / "doctor.json").read_text()).items()} == told


def test_train_says_where_and_evaluate_says_how_good(tmp_path, capsys):
    out = tmp_path / "run"
    assert command("train", "mapping", "--out", out, "--workers", 1, *assignments()) == 0
    told = printed(capsys)
    assert (told["updates"], told["run"]) == ("8", str(out)) and float(told["seconds"]) >= 0
    assert sorted(path.name for path in out.iterdir()) == [
        "checkpoint.npz", "checkpoint.previous.npz", "config.toml", "metrics.jsonl", "weights.npz"]
    assert Run.open(out).tables["training"]["learning_rate"] == 0.01
    assert [line["update"] for line in metrics(out)] == [3, 6]

    assert command("evaluate", out, "--sequences", 5, "--seed", 3, "--json", tmp_path / "scores.json") == 0
    told, scores = printed(capsys), json.loads((tmp_path / "scores.json").read_text())
    network, settings, _ = load_network(out)
    expected = build_task(settings["task"]).evaluate(network, 5, 3).summary()
    assert {name: scores[name] for name in expected} == expected
    assert (scores["updates"], scores["sequences"], scores["seed"]) == (8, 5, 3)
    assert scores["parameters"] == network.parameter_count == sum(p.value.size for p in network.parameters.values())
    assert scores["memory_cells"] == 2 * 9 + 2 * (9 + 36)
    assert 0 < scores["memoryless_f_score"] < 1
    assert told == {name: f"{x:.4f}" if isinstance(x, float) else str(x) for name, x in scores.items()}


def test_evaluate_takes_the_weights_of_a_run_that_is_not_finished(tmp_path, trained):
    checkpoint = trained / "checkpoint.previous.npz"
    network, settings, update = load_network(checkpoint)
    assert evaluate.scores(network, settings, update, sequences=3)["updates"] == 6


def test_figures_of_a_run(trained, tmp_path, capsys):
    assert command("figures", trained, "--out", tmp_path / "drawn") == 0
    paths = capsys.readouterr().out.split()
    assert [Path(path).name for path in paths] == ["learning_curve.png", "episode.png", "episode.gif"]
    assert all(Path(path).stat().st_size > 1000 for path in paths)


def test_demo_trains_scores_and_draws_and_goes_on_where_it_was_stopped(tmp_path, capsys, monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "draw", lambda run: drawn.append(run) or ["a.png"])
    out, step, steps = tmp_path / "demo", Team.step, []

    def failing(team):
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return step(team)

    monkeypatch.setattr(Team, "step", failing)
    arguments = ("demo", "--out", out, "--workers", 1, *assignments(checkpoint_every=100))
    assert command(*arguments) == 130 and (out / "config.toml").exists() and not (out / "checkpoint.npz").exists()
    assert "Training" in capsys.readouterr().out
    assert command(*arguments, "--json", tmp_path / "demo.json") == 0
    out_lines = capsys.readouterr().out
    assert "Going on" in out_lines and "Figure: a.png" in out_lines and drawn == [out]
    assert out_lines.splitlines()[-1].startswith("f_score: ")
    assert json.loads((tmp_path / "demo.json").read_text())["updates"] == 8
    trainings = len(steps)
    assert command(*arguments) == 0 and len(steps) == trainings
    assert "trained already" in capsys.readouterr().out
    assert "other settings" in refusal(capsys, *arguments, "--set", "training.seed=9")


def test_demo_is_preset_tiny():
    options = parser().parse_args(["demo"])
    assert (options.run, options.set, options.out) == (demo.run, [], "runs/demo")
    assert load_preset("tiny")["task"]["size"] == 9 and mgnm.build("tiny").memory_cells == 1872


# -------------------------------------------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(("assignment", "said"), [
    ("network.writer=[[2]]", "network.writer has [2]"),
    ('network.writer=[["a",8],[2,2]]', "network.writer has ['a', 8]"),
    ("network.writer=[[1,-2],[2,2]]", "channels in network.writer = -2"),
    ("network.writer=[[1,2],[3,2]]", "no neighbour"),
    ("network.writer=8", "network.writer = 8 is of the wrong type: give a list"),
    ("network.reader=[2,2,2]", "network.reader has 3 layers"),
    ("network.reader_residuals=[[1,2]]", "the 4 channels of layer 1"),
    ("network.wrtier=[]", "network.wrtier is not a setting: did you mean writer?"),
    ("network.kind=[1]", "network.kind = [1] is unknown"),
    ("network.forget_bias=nan", "network.forget_bias = nan"),
    ("network.base=5", "takes 5 x 5 x 4 at a step and the task gives 3 x 3 x 4"),
    ("network.narrowing=[[1,2]]", "answers with 6 x 6 x 2 at a step"),
    ("task.size=6", "size = 6 does not fit: give an odd whole number"),
    ("task.size=9", "frame = 6 does not fit: give a whole number from 7"),
    ("task.sise=5", "task.sise is not a setting: did you mean size?"),
    ("task.frame=12", "answers with 6 x 6 x 1 at a step and the task wants 12 x 12 x 1"),
    ("task.view=5", "takes 3 x 3 x 4 at a step and the task gives 5 x 5 x 4"),
    ("task.density=nan", "density"),
    ("task.density=inf", "density"),
    ("task.walk=spirall", "walk = 'spirall' is unknown: did you mean spiral?"),
    ("task.kind=maping", "task.kind = 'maping' is unknown: did you mean mapping?"),
    ("task.kind=[1]", "task.kind = [1] is unknown: use one of"),
    ("task.length=99999999999999999999", "task.length = 99999999999999999999"),
    ("training.updates=0", "training.updates = 0 is too small"),
    ("training.updates=2.5", "training.updates = 2.5 is of the wrong type: give a whole number"),
    ("training.updates=many", "training.updates = 'many' is of the wrong type"),
    ("training.updates=", "training.updates = '' is of the wrong type"),
    ("training.updates=[", "training.updates = '[' is of the wrong type"),
    ("training.updates=2020-01-01", "of the wrong type"),
    ("training.updates=1\n2", "of the wrong type"),
    ("training.updats=1", "training.updats is not a setting: did you mean updates?"),
    ("training.batch=3", "training.batch = 3 cannot be cut into 2 equal shards"),
    ("training.batch=1e400", "training.batch = inf"),
    ("training.learning_rate=nan", "training.learning_rate = nan"),
    ("training.learning_rate=1e400", "training.learning_rate = inf"),
    ("training.seed=99999999999999999999", "training.seed = 99999999999999999999"),
    ("training.optimiser=adma", "did you mean adam?"),
    ("training.optimiser_settings={beta1=1}", "beta1 = 1 is no share"),
    ("training.optimiser_settings.beta1=1", "beta1 = 1 is no share"),
    ("training.optimizer_settings.beta1=1", "training.optimizer_settings is not a setting: did you mean optimiser_settings"),
    ("training.updates.many=1", "updates is a setting, and no table of settings: leave .many away"),
    ("training.start_from=small-ish", "small-ish does not exist"),
    ("training.start_from=paper", "no trained weights come with preset paper"),
    ("training.start_from=/dev/null", "/dev/null is not a whole checkpoint"),
    ("trianing.updates=1", "there is no table trianing: did you mean training?"),
    ("training.updates", "not of the form TABLE.KEY=VALUE"),
    ("updates=1", "not of the form TABLE.KEY=VALUE"),
    ("training=1", "not of the form TABLE.KEY=VALUE"),
    ("=", "not of the form TABLE.KEY=VALUE"),
    ("", "not of the form TABLE.KEY=VALUE"),
    (".=1", "not of the form TABLE.KEY=VALUE"),
    ("line\nbreak", "not of the form TABLE.KEY=VALUE"),
])
def test_settings_that_cannot_be_used(tmp_path, capsys, assignment, said):
    out = tmp_path / "run"
    line = refusal(capsys, "train", "--out", out, *assignments(), "--set", assignment)
    assert line.startswith("mgnm: ") and said in line
    assert not out.exists()


@pytest.mark.parametrize(("arguments", "said"), [
    ([], "the following arguments are required: COMMAND"),
    (["trian"], "invalid choice: 'trian'"),
    (["train"], "give either --out FOLDER for a new run, or --resume FOLDER"),
    (["train", "--out", "a", "--resume", "b"], "give either --out"),
    (["train", "--out", ""], "give either --out"),
    (["train", "mappping", "--out", "a"], "task 'mappping' is unknown: did you mean mapping?"),
    (["train", "--preset", "tinny", "--out", "a"], "preset 'tinny' is unknown: did you mean tiny?"),
    (["train", "--preset", "../presets/tiny", "--out", "a"], "preset '../presets/tiny' is unknown"),
    (["train", "--out", "a", "--device", "tpu"], "device 'tpu' is unknown: use cpu, gpu or auto"),
    (["train", "--out", "a", "--workers", "0"], "--workers 0 is too small"),
    (["train", "--out", "a", "--workers", "two"], "invalid int value: 'two'"),
    (["train", "--out", "a", "--bath", "3"], "unrecognized arguments"),
    (["train", "--resume", "a", "--set", "training.batch=2"], "--set does not go with --resume"),
    (["train", "--resume", "nowhere"], "nowhere holds no run"),
    (["train", "--out", "/dev/null/run"], "cannot write to /dev/null/run (Not a directory)"),
    (["train", "--out", "/proc/run"], "cannot write to /proc/run"),
    (["train", "--out", "x" * 300], "cannot write to xxx"),
    (["demo", "--workers", "-1", "--out", "a"], "--workers -1 is too small"),
    (["demo", "--set", "network.base=x", "--out", "a"], "network.base = 'x' is of the wrong type"),
    (["evaluate"], "required: weights"),
    (["evaluate", "nowhere"], "nowhere does not exist"),
    (["evaluate", "paper"], "no trained weights come with preset paper: train it with mgnm train --preset paper"),
    (["evaluate", "/dev/null"], "/dev/null is not a whole checkpoint"),
    (["evaluate", "."], "checkpoint.npz does not exist"),
    (["evaluate", "x" * 300], "File name too long"),
    (["evaluate", "tiny", "--sequences", "0"], "--sequences has to be at least 1"),
    (["evaluate", "tiny", "--seed", "-1"], "--seed not negative"),
    (["evaluate", "tiny", "--sequences", "some"], "invalid int value: 'some'"),
    (["evaluate", "tiny", "--json", "/dev/null/a.json"], "--json /dev/null/a.json: there is no directory /dev/null"),
    (["demo", "--out", "a", "--json", "/dev/null/a.json"], "--json /dev/null/a.json: there is no directory /dev/null"),
    (["figures", "nowhere"], "nowhere does not exist"),
    (["doctor", "--json", "/dev/null/doctor.json"], "--json /dev/null/doctor.json: there is no directory /dev/null"),
    (["doctor", "more"], "unrecognized arguments: more"),
])
def test_arguments_that_cannot_be_used(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert said in refusal(capsys, *arguments)
    assert not list(tmp_path.iterdir())


def test_a_run_that_has_lost_its_files(trained, tmp_path, capsys):
    line = refusal(capsys, "figures", trained, "--out", "/dev/null/figures")
    assert "Not a directory" in line
    line = refusal(capsys, "evaluate", trained, "--sequences", 1, "--json", tmp_path)
    assert "is a directory: name a file" in line
    assert "has to be" in refusal(capsys, "evaluate", trained, "--seed", -1)
    assert f"seed = {2 ** 63} does not fit" in refusal(capsys, "evaluate", trained, "--seed", 2 ** 63)


def test_too_little_memory_is_told_in_one_line(tmp_path, capsys, monkeypatch):
    def exhausted(*_):
        raise MemoryError("Unable to allocate 9.31 TiB")

    monkeypatch.setattr(Team, "step", exhausted)
    assert command("train", "--out", tmp_path / "run", "--workers", 1, *assignments()) == 2
    assert "\nmgnm: not enough memory (Unable to allocate 9.31 TiB): " in capsys.readouterr().err


def test_closed_streams_are_no_error(trained):
    command = f"{sys.executable} -m mgnm evaluate {trained} --sequences 1"
    assert subprocess.run(f"{command} >&- 2>&-", shell=True, check=False).returncode == 0


def test_a_task_alone_names_its_presets(tmp_path, capsys):
    line = refusal(capsys, "train", "repeat-copy", "--out", tmp_path / "a")
    assert line.endswith("or take --preset dnc-repeat-copy or repeat-copy or repeat-copy-full\n")
    assert "did you mean tiny?" in refusal(capsys, "evaluate", "tinny")


def test_a_run_that_has_lost_its_settings_says_so(trained, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    (folder / "config.toml").unlink()
    assert f"start a new run with --set training.start_from={folder}" in refusal(capsys, "train", "--resume", folder)


def test_a_reader_who_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "mgnm", "doctor"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()                              # before anything is written
        assert process.stderr.read() == b"" and process.wait() == 141


def test_without_a_gpu_asking_for_one_is_told(trained, capsys):
    if mgnm.device.select("auto").name == "gpu":
        pytest.skip("there is a GPU")
    assert "no GPU to use" in refusal(capsys, "evaluate", trained, "--device", "gpu")


def test_gpu_settings_do_not_mix_with_workers():
    assert tables()["training"]["shards"] == 2              # so that the default would be two processes
    options = parser().parse_args(["train", "--out", "a", "--device", "gpu"])
    assert mgnm.cli.options.workers(options, "gpu") == 1


def test_weights_are_scored_on_another_task_that_fits_them(trained, capsys):
    assert command("evaluate", trained, "--sequences", 1, "--set", "task.walk=spiral") == 0
    assert "network.narrowing, or task.frame" in refusal(capsys, "evaluate", trained, "--set", "task.frame=12")
    line = refusal(capsys, "evaluate", trained, "--set", "tasks.walk=spiral")
    assert "of trained weights only task.KEY=VALUE and network.KEY=VALUE can be changed" in line


def test_weights_are_scored_on_a_larger_map(trained, capsys):
    """Those of convolutions do not depend on the size of the grids; other ones are refused."""
    larger = ["--set", "network.base=4", "--set", "network.view=3", "--set", "task.frame=8"]
    assert command("evaluate", trained, "--sequences", 1, *larger) == 0
    found = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert found["memory_cells"] == str(mgnm.build(tables()["network"] | {"base": 4, "view": 3}).memory_cells)
    line = refusal(capsys, "evaluate", trained, "--set", "network.peepholes=true")
    assert "these weights are of another network" in line
