"""The runs of a comparison: interrupted and gone on with, searched, timed."""

import json
import signal

import pytest
from tiny_comparison import PACE, SMALL, WIDE, compare, comparison, results, runs
from tiny_run import TABLES, assert_same_run, command

from mgnm.training import Run, Team, Trainer
from mgnm.training.comparison import Comparison, measure_pace
from mgnm.training.comparison.pace import updates_in_time

pytestmark = pytest.mark.usefixtures("nothing_left_behind", "quick_baseline")


@pytest.fixture
def steps(monkeypatch):
    """Counts the updates of all trainings; steps["fails"]: what happens at which of them."""
    step, count = Team.step, {"done": 0, "fails": {}}

    def counted(team):
        count["done"] += 1
        count["fails"].get(count["done"], lambda: None)()
        return step(team)

    monkeypatch.setattr(Team, "step", counted)
    return count


def interrupt():
    raise KeyboardInterrupt                                 # at once, with nothing saved, as a kill does


# ----------------------------------------------------------------------------------------------------------- interrupted


@pytest.mark.parametrize("stop, status", [(interrupt, 130), (lambda: signal.raise_signal(signal.SIGINT), 130)])
def test_interrupted_at_any_update_it_ends_with_the_same_bits(tmp_path, steps, stop, status):
    assert compare(tmp_path, "whole") == 0
    total = steps["done"]
    for number, at in enumerate((1, 6, 11, 27)):
        steps.update(done=0, fails={at: stop})
        assert compare(tmp_path, f"run{number}") == status
        done = steps["done"]
        steps["fails"] = {}
        assert compare(tmp_path, f"run{number}") == 0
        lost = steps["done"] - total                        # the updates since the last checkpoint; none are lost by Ctrl-C
        assert done == at and 0 <= lost <= (TABLES["training"]["checkpoint_every"] if stop is interrupt else 0)
        for folder, other in zip(runs(tmp_path / f"run{number}"), runs(tmp_path / "whole"), strict=True):
            assert_same_run(folder, other)


def test_a_finished_comparison_trains_nothing_and_reports_again(tmp_path, steps, capsys):
    assert compare(tmp_path, "a") == 0
    before, done = results(tmp_path / "a"), steps["done"]
    (runs(tmp_path / "a")[0] / "outcome.json").unlink()     # as if it had been killed between training and scoring
    assert compare(tmp_path, "a") == 0
    assert results(tmp_path / "a") == before and steps["done"] == done
    for kind in ("json", "md", "png"):
        (tmp_path / "a" / f"comparison.{kind}").unlink()
    (tmp_path / "small.toml").unlink()
    capsys.readouterr()
    assert command("compare", "mapping", "--out", tmp_path / "a", "--report") == 0
    assert results(tmp_path / "a") == before and steps["done"] == done
    assert (tmp_path / "a" / "comparison.png").exists()


def test_a_report_of_a_part_says_which_seeds_are_there(tmp_path, steps):
    steps["fails"] = {30: interrupt}                        # all of seed 0 took 20 updates, `small` of seed 1 took 8
    assert compare(tmp_path, "a") == 130
    assert command("compare", "mapping", "--out", tmp_path / "a", "--report") == 0
    contestants = results(tmp_path / "a")["contestants"]
    assert contestants["small"]["equal_updates"]["seeds"] == [0, 1] and contestants["wide"]["equal_updates"]["seeds"] == [0]
    rows = (tmp_path / "a" / "comparison.md").read_text().splitlines()
    assert "1 of 2 seeds" not in rows[2] and rows[3].count("1 of 2 seeds") == 2


def test_only_some_contestants(tmp_path):
    assert compare(tmp_path, "a", "--only", "wide") == 0
    assert list(results(tmp_path / "a")["contestants"]) == ["wide"] and len(runs(tmp_path / "a")) == 4
    assert compare(tmp_path, "a") == 0
    assert list(results(tmp_path / "a")["contestants"]) == ["small", "wide"]


def test_a_run_that_diverges_is_told_and_not_run_again(tmp_path, steps, monkeypatch, capsys):
    require = Trainer._require_finite

    def planted(trainer):
        if trainer.settings.seed == 1 and trainer.network.config.reader[0] == 3:
            trainer.loss_sum = float("nan")
        return require(trainer)

    monkeypatch.setattr(Trainer, "_require_finite", planted)
    assert compare(tmp_path, "a") == 0
    wide = results(tmp_path / "a")["contestants"]["wide"]["equal_updates"]
    assert (wide["seeds"], wide["diverged"], len(wide["curves"])) == ([0], [1], 1)
    assert wide["scores"]["f_score"]["mean"] == wide["scores"]["f_score"]["values"][0]
    assert (tmp_path / "a" / "comparison.md").read_text().splitlines()[3].count("1 diverged") == 2
    done = steps["done"]
    assert compare(tmp_path, "a") == 0 and steps["done"] == done
    assert "not finite" in (tmp_path / "a/runs/wide/8-updates-seed-1/outcome.json").read_text()


# ---------------------------------------------------------------------------------------------------------------- search


def test_the_search_takes_the_lowest_loss_and_the_comparison_uses_it(tmp_path, capsys):
    grid = {"learning_rate": [1e-9, 1e-8, 0.03]}
    assert compare(tmp_path, "a", "--search", search=grid) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-4:] == ["small.learning_rate: 0.0300", "small.clip: 1.0000", "wide.learning_rate: 0.0300",
                         "wide.clip: 1.0000"]
    found = json.loads((tmp_path / "a" / "search.json").read_text())
    assert (found["updates"], found["seed"]) == (12, 2)     # a seed that no run of the comparison has
    for name, network in (("small", SMALL), ("wide", WIDE)):
        one = found["contestants"][name]
        assert one["network"] == network and one["at_edge"] == ["learning_rate"]
        assert [(each["learning_rate"], each["clip"]) for each in one["tried"]] == [(1e-9, 1.0), (1e-8, 1.0), (0.03, 1.0)]
        losses = [each["loss"] for each in one["tried"]]
        assert losses[2] < min(losses[:2]) and "f_score" in one["tried"][0]["scores"]
        lines = Run.open(tmp_path / f"a/search/{name}/rate-0.03-clip-1").metrics()
        assert losses[2] == pytest.approx(sum(line["loss"] for line in lines[-4:]) / 4)

    assert "wide: the best learning_rate is at the edge" in "".join(told) and "clip is at the edge" not in "".join(told)
    assert compare(tmp_path, "a") == 0                      # the same folder
    assert {Run.open(run).tables["training"]["learning_rate"] for run in runs(tmp_path / "a")} == {0.03}
    (tmp_path / "small.search.json").write_bytes((tmp_path / "a" / "search.json").read_bytes())
    assert compare(tmp_path, "b") == 0                      # beside the comparison
    assert "| 0.03, 1 |" in (tmp_path / "b" / "comparison.md").read_text()
    (tmp_path / "small.search.json").unlink()
    assert compare(tmp_path, "c", "--choices", tmp_path / "a" / "search.json") == 0
    assert results(tmp_path / "c")["contestants"] == results(tmp_path / "b")["contestants"]


def test_a_search_that_was_interrupted_tries_only_the_rest(tmp_path, steps):
    assert compare(tmp_path, "whole", "--search") == 0
    steps.update(done=0, fails={30: interrupt})             # in the third of four trainings
    assert compare(tmp_path, "a", "--search") == 130
    steps["fails"] = {}
    assert compare(tmp_path, "a", "--search") == 0 and steps["done"] <= 48 + TABLES["training"]["checkpoint_every"]
    one, other = (json.loads((tmp_path / name / "search.json").read_text())["contestants"] for name in ("a", "whole"))
    assert one == other
    kept = (tmp_path / "a" / "search.json").read_bytes()
    assert compare(tmp_path, "a", "--search", task={"density": 0.5}) == 2      # a search of another task
    assert (tmp_path / "a" / "search.json").read_bytes() == kept


def test_a_search_does_without_what_diverges(tmp_path, capsys):
    wild = {"optimiser": "sgd", "loss": "sum"}
    assert compare(tmp_path, "a", "--search", search={"learning_rate": [0.001, 9e18], "clip": [9e18]}, training=wild) == 0
    one = json.loads((tmp_path / "a" / "search.json").read_text())["contestants"]["small"]
    assert one["learning_rate"] == 0.001 and "not finite" in one["tried"][1]["diverged"]
    assert compare(tmp_path, "b", "--search", search={"learning_rate": [9e18], "clip": [9e18]}, training=wild) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("mgnm: contestant small diverged with every choice: give ")
    assert not (tmp_path / "b" / "search.json").exists()


# ------------------------------------------------------------------------------------------------------------------ pace


def test_the_pace_is_measured_once_and_divides_the_time(tmp_path, steps):
    assert compare(tmp_path, "a", "--time", pace=None) == 0
    kept = json.loads((tmp_path / "a" / "pace.json").read_text())
    assert steps["done"] == 2 * 3 * 25 and not runs(tmp_path / "a")
    assert kept["clock"] == "processor" and 0 < kept["busy"] < 1.2
    for one in kept["contestants"].values():
        assert 0 < one["fastest"] <= one["seconds_per_update"] <= one["slowest"] and one["stretches"] == 12
    made = Comparison(comparison())
    assert measure_pace(made, tmp_path / "a") == kept and steps["done"] == 150
    seconds, updates = updates_in_time(made, PACE)
    assert (seconds, updates) == (2.0, {"small": 8, "wide": 4})
    slow = PACE | {"contestants": PACE["contestants"] | {"wide": {"seconds_per_update": 100.0}}}
    assert updates_in_time(made, slow)[1]["wide"] == 1
