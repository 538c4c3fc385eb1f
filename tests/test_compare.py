"""`mgnm compare`: the same data for all, the same updates, the same time; interrupted, searched, and told in a table."""

import json
import re
import signal
from pathlib import Path

import pytest
from tiny_run import TABLES, assert_same_run, command, refusal

from mgnm.tasks import Mapping
from mgnm.training import Run, Shard, Team, Trainer
from mgnm.training.comparison import Comparison, measure_pace
from mgnm.training.comparison.pace import updates_in_time
from mgnm.training.run import to_toml

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

SMALL = TABLES["network"]
WIDE = SMALL | {"writer": [[1, 3], [2, 3]], "reader": [3, 3]}
PACE = {"clock": "processor", "load": 0.5, "busy": 0.97,                # wide is half as fast
        "contestants": {name: {"seconds_per_update": seconds, "fastest": seconds, "slowest": seconds, "stretches": 12}
                        for name, seconds in (("small", 0.25), ("wide", 0.5))}}


def comparison(**changed):
    """The tables of a comparison of seconds: two contestants, two seeds, 8 updates."""
    tables = {"comparison": {"reference": "small", "seeds": 2, "sequences": 4},
              "search": {"learning_rate": [1e-9, 0.03], "clip": [1.0], "updates": 12},
              "task": TABLES["task"], "training": TABLES["training"] | {"shards": 1, "log_every": 1, "evaluate_every": 2},
              "contestants": {"small": {"network": SMALL, "title": "the small one"}, "wide": {"network": WIDE}}}
    return {name: table | changed.get(name, {}) for name, table in tables.items()}


@pytest.fixture
def compare(tmp_path):
    """compare(folder, option, ..., **changed): the exit status of the command, with these tables and a pace that is known."""
    def call(folder, *options, pace=PACE, **changed):
        return command(*arguments(tmp_path, folder, pace, **changed), *options)

    return call


def arguments(tmp_path, folder, pace=PACE, **changed):
    tables = comparison(**changed)
    flat = {name: table for name, table in tables.items() if name != "contestants"}
    flat |= {f"contestants.{name}": table for name, table in tables["contestants"].items()}
    (tmp_path / "small.toml").write_text(to_toml(flat))
    folder = tmp_path / folder
    if pace:
        folder.mkdir(exist_ok=True)
        (folder / "pace.json").write_text(json.dumps(pace))
    return "compare", tables["task"]["kind"], "--comparison", tmp_path / "small.toml", "--out", folder


def results(folder):
    """What comparison.json says, but for the seconds that the runs happened to take."""
    found = json.loads((folder / "comparison.json").read_text())
    for one in found["contestants"].values():
        for kind in ("equal_updates", "equal_seconds"):
            assert len(one[kind].pop("trained_seconds")) == len(one[kind]["seeds"])
    return found


def runs(folder):
    """The folders of all runs."""
    return sorted(path.parent for path in folder.glob("runs/*/*/config.toml"))


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


@pytest.fixture(autouse=True)
def quick_baseline(monkeypatch):
    """The guess without memory takes longer than these trainings."""
    monkeypatch.setattr(Mapping, "baseline", lambda task: {"memoryless_f_score": 0.25})


def interrupt():
    raise KeyboardInterrupt                                 # at once, with nothing saved, as a kill does


# ------------------------------------------------------------------------------------------------------ what is compared


def test_same_updates_same_time_and_every_number_told(tmp_path, compare, capsys):
    out = tmp_path / "a"
    assert compare("a", "--json", tmp_path / "numbers.json") == 0
    told = capsys.readouterr().out
    # 8 updates of `small` last as long as 4 of `wide`; a run of `small` serves both.
    assert [str(path.relative_to(out / "runs")) for path in runs(out)] == [
        "small/8-updates-seed-0", "small/8-updates-seed-1", "wide/4-updates-seed-0", "wide/4-updates-seed-1",
        "wide/8-updates-seed-0", "wide/8-updates-seed-1"]
    found = results(out)
    assert (found["updates"], found["seconds"], found["seeds"]) == (8, 2.0, [0, 1])
    small, wide = found["contestants"].values()
    assert (small["title"], small["memory_cells"], wide["title"], wide["memory_cells"]) == ("the small one", 108, "wide", 162)
    assert small["equal_updates"] == small["equal_seconds"]
    assert (wide["equal_updates"]["seconds"], wide["equal_seconds"]["seconds"], wide["equal_seconds"]["updates"]) == (4, 2, 4)

    score = wide["equal_updates"]["scores"]["f_score"]
    for seed, value in enumerate(score["values"]):
        assert command("evaluate", out / f"runs/wide/8-updates-seed-{seed}", "--sequences", 4, "--json", out / "e.json") == 0
        assert json.loads((out / "e.json").read_text())["f_score"] == value
    first, second = score["values"]
    assert score == {"values": [first, second], "mean": pytest.approx((first + second) / 2),
                     "lowest": min(first, second), "highest": max(first, second)}
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["wide.equal_updates.f_score"] == score["mean"] and len(numbers) == 4
    assert told.splitlines()[-4:] == [f"{name}: {value:.4f}" for name, value in numbers.items()]
    assert all((out / f"comparison.{kind}").stat().st_size > 500 for kind in ("json", "md", "png"))


def test_curves_are_the_evaluations_on_the_way_equally_many_for_all(tmp_path, compare):
    assert compare("a") == 0
    wide = results(tmp_path / "a")["contestants"]["wide"]
    for kind, at in (("equal_updates", [2, 4, 6, 8]), ("equal_seconds", [1, 2, 3, 4])):
        for seed, curve in enumerate(wide[kind]["curves"]):
            lines = Run.open(tmp_path / f"a/runs/wide/{at[-1]}-updates-seed-{seed}").metrics()
            assert curve == {"updates": at, "f_score": [line["evaluation"]["f_score"] for line in lines
                                                        if line["update"] in at]}


def test_all_contestants_see_the_same_data(tmp_path, compare, monkeypatch):
    begin, seen = Shard._begin_episode, {}

    def recorded(shard):
        begin(shard)
        seen.setdefault((shard.network.config.reader[0], shard.settings.updates, shard.settings.seed), []).append(
            shard.episode.mazes.tobytes())

    monkeypatch.setattr(Shard, "_begin_episode", recorded)
    assert compare("a") == 0
    assert len(seen) == 6 and all(len(set(mazes)) == len(mazes) for mazes in seen.values())
    for seed in (0, 1):
        assert seen[2, 8, seed] == seen[3, 8, seed] and seen[3, 8, seed][:2] == seen[3, 4, seed][:2]
    assert not set(seen[2, 8, 0]) & set(seen[2, 8, 1])


def test_table_and_command(tmp_path, compare):
    assert compare("a") == 0
    found = results(tmp_path / "a")
    table = (tmp_path / "a" / "comparison.md").read_text()
    head, _, small, wide = (re.split(r" *\| *", line.strip("| ")) for line in table.splitlines()[:4])
    assert len(head) == len(small) == len(wide) == 9
    assert small[:7] == ["the small one", f"{found['contestants']['small']['parameters']:,}", "108", "0.01, 1", "250.", "2 s", "8"]
    assert (wide[4:7], head[5:7]) == (["500.", "4 s", "4"], ["time of 8 updates", "updates in 2 s"])
    score = found["contestants"]["wide"]["equal_seconds"]["scores"]["f_score"]
    assert wide[8] == f"{score['mean']:#.3g} ({score['lowest']:#.3g} - {score['highest']:#.3g})"
    assert head[7:] == ["F-score after 8 updates", "F-score after 2 s"]
    assert "processor seconds, median" in table and "load of the machine 0.5" in table
    line = table.rstrip().splitlines()[-1].strip()
    assert line == f"mgnm compare mapping --out {tmp_path}/a --comparison {tmp_path}/small.toml"
    before = {path: path.read_bytes() for path in runs(tmp_path / "a")[0].iterdir()}
    assert command(*line.split()[1:]) == 0                  # it is the command, and finds nothing to do
    assert before == {path: path.read_bytes() for path in runs(tmp_path / "a")[0].iterdir()}


def test_the_picture_has_a_curve_for_each_and_a_band(tmp_path, compare, figures):
    assert compare("a") == 0
    found = results(tmp_path / "a")
    by_updates, by_seconds, by_size = figures[-1].axes
    wide = found["contestants"]["wide"]
    for ax, kind, scale in ((by_updates, "equal_updates", 1), (by_seconds, "equal_seconds", 0.5)):
        curves = [line for line in ax.lines if line.get_linestyle() == "-"]
        assert len(curves) == len(ax.collections) == 2
        first, second = (curve["f_score"] for curve in wide[kind]["curves"])
        assert list(curves[1].get_xdata()) == [scale * update for update in wide[kind]["curves"][0]["updates"]]
        assert list(curves[1].get_ydata()) == pytest.approx([(a + b) / 2 for a, b in zip(first, second)])
        band = ax.collections[1].get_paths()[0].vertices[:, 1]
        assert (band.min(), band.max()) == pytest.approx((min(first + second), max(first + second)))
    ends = [(line.get_xdata()[0], line.get_ydata()[0]) for line in by_size.lines if line.get_linestyle() == "None"]
    assert ends[2:] == [(wide["parameters"], wide[kind]["scores"]["f_score"]["mean"]) for kind in ("equal_updates", "equal_seconds")]
    assert [text.get_text() for text in figures[-1].legends[0].get_texts()] == ["the small one", "wide"]


SAMPLE = str(Path(__file__).parent / "data" / "digits")
ENCODER = {"kind": "encoder_decoder", "layers": [[2, 2], [1, 2]]}


@pytest.mark.parametrize("task, network, keys", [
    ({"kind": "sort", "bits": 3, "items": 4, "top": 3}, ENCODER | {"input_channels": 4, "output_channels": 3},
     ["bit_error", "bits_per_sequence"]),
    ({"kind": "recall", "bits": 3, "vectors": 2, "most": 3}, ENCODER | {"input_channels": 5, "output_channels": 3},
     ["bit_error", "bits_per_sequence"]),
    ({"kind": "digit_sort", "source": SAMPLE, "digits": 3, "levels": 2},
     ENCODER | {"input": "images", "input_channels": 1, "output_channels": 10}, ["accuracy"]),
])
def test_other_tasks_are_compared_by_their_own_headlines(tmp_path, figures, task, network, keys):
    tables = comparison(comparison={"seeds": 1}, training={"updates": 2})
    tables |= {"task": task, "contestants": {"small": {"network": network}, "wide": {"network": network | {"base": 3}}}}
    flat = {name: table for name, table in tables.items() if name != "contestants"}
    (tmp_path / "c.toml").write_text(to_toml(flat | {f"contestants.{name}": x for name, x in tables["contestants"].items()}))
    (tmp_path / "pace.json").write_text(json.dumps(PACE))
    assert command("compare", task["kind"], "--comparison", tmp_path / "c.toml", "--out", tmp_path) == 0
    found = results(tmp_path)
    assert list(found["contestants"]["wide"]["equal_updates"]["scores"]) == keys
    assert {f"memoryless_{key}" for key in keys} <= found["memoryless"].keys()
    assert len(figures[-1].axes) == 3 * len(keys)
    assert len((tmp_path / "comparison.md").read_text().splitlines()[0].split("|")) == 2 + 7 + 2 * len(keys)


# ----------------------------------------------------------------------------------------------------------- interrupted


@pytest.mark.parametrize("stop, status", [(interrupt, 130), (lambda: signal.raise_signal(signal.SIGINT), 130)])
def test_interrupted_at_any_update_it_ends_with_the_same_bits(tmp_path, compare, steps, stop, status):
    assert compare("whole") == 0
    total = steps["done"]
    for number, at in enumerate((1, 6, 11, 27)):
        steps.update(done=0, fails={at: stop})
        assert compare(f"run{number}") == status
        done = steps["done"]
        steps["fails"] = {}
        assert compare(f"run{number}") == 0
        lost = steps["done"] - total                        # the updates since the last checkpoint; none are lost by Ctrl-C
        assert done == at and 0 <= lost <= (TABLES["training"]["checkpoint_every"] if stop is interrupt else 0)
        for folder, other in zip(runs(tmp_path / f"run{number}"), runs(tmp_path / "whole"), strict=True):
            assert_same_run(folder, other)


def test_a_finished_comparison_trains_nothing_and_reports_again(tmp_path, compare, steps, capsys):
    assert compare("a") == 0
    before, done = results(tmp_path / "a"), steps["done"]
    for kind in ("json", "md", "png"):
        (tmp_path / "a" / f"comparison.{kind}").unlink()
    (tmp_path / "small.toml").unlink()
    capsys.readouterr()
    assert command("compare", "mapping", "--out", tmp_path / "a", "--report") == 0
    assert results(tmp_path / "a") == before and steps["done"] == done
    assert (tmp_path / "a" / "comparison.png").exists()


def test_a_report_of_a_part_says_which_seeds_are_there(tmp_path, compare, steps):
    steps["fails"] = {30: interrupt}                        # all of seed 0 took 20 updates, `small` of seed 1 took 8
    assert compare("a") == 130
    assert command("compare", "mapping", "--out", tmp_path / "a", "--report") == 0
    contestants = results(tmp_path / "a")["contestants"]
    assert contestants["small"]["equal_updates"]["seeds"] == [0, 1] and contestants["wide"]["equal_updates"]["seeds"] == [0]
    rows = (tmp_path / "a" / "comparison.md").read_text().splitlines()
    assert "1 of 2 seeds" not in rows[2] and rows[3].count("1 of 2 seeds") == 2


def test_only_some_contestants(tmp_path, compare):
    assert compare("a", "--only", "wide") == 0
    assert list(results(tmp_path / "a")["contestants"]) == ["wide"] and len(runs(tmp_path / "a")) == 4
    assert compare("a") == 0
    assert list(results(tmp_path / "a")["contestants"]) == ["small", "wide"]


def test_a_run_that_diverges_is_told_and_not_run_again(tmp_path, compare, steps, monkeypatch, capsys):
    require = Trainer._require_finite

    def planted(trainer):
        if trainer.settings.seed == 1 and trainer.network.config.reader[0] == 3:
            trainer.loss_sum = float("nan")
        return require(trainer)

    monkeypatch.setattr(Trainer, "_require_finite", planted)
    assert compare("a") == 0
    wide = results(tmp_path / "a")["contestants"]["wide"]["equal_updates"]
    assert (wide["seeds"], wide["diverged"], len(wide["curves"])) == ([0], [1], 1)
    assert wide["scores"]["f_score"]["mean"] == wide["scores"]["f_score"]["values"][0]
    assert (tmp_path / "a" / "comparison.md").read_text().splitlines()[3].count("1 diverged") == 2
    done = steps["done"]
    assert compare("a") == 0 and steps["done"] == done
    assert "not finite" in (tmp_path / "a/runs/wide/8-updates-seed-1/outcome.json").read_text()


# ---------------------------------------------------------------------------------------------------------------- search


def test_the_search_takes_the_lowest_loss_and_the_comparison_uses_it(tmp_path, compare, capsys):
    assert compare("a", "--search") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-4:] == ["small.learning_rate: 0.0300", "small.clip: 1.0000", "wide.learning_rate: 0.0300", "wide.clip: 1.0000"]
    found = json.loads((tmp_path / "a" / "search.json").read_text())
    assert (found["updates"], found["seed"]) == (12, 2)     # a seed that no run of the comparison has
    for name, network in (("small", SMALL), ("wide", WIDE)):
        one = found["contestants"][name]
        assert one["network"] == network and one["at_edge"] == ["learning_rate"]
        assert [(each["learning_rate"], each["clip"]) for each in one["tried"]] == [(1e-9, 1.0), (0.03, 1.0)]
        assert one["tried"][1]["loss"] < one["tried"][0]["loss"] and "f_score" in one["tried"][0]["scores"]
        lines = Run.open(tmp_path / f"a/search/{name}/rate-0.03-clip-1").metrics()
        assert one["tried"][1]["loss"] == pytest.approx(sum(line["loss"] for line in lines[-4:]) / 4)

    assert compare("a") == 0                                # the same folder
    assert {Run.open(run).tables["training"]["learning_rate"] for run in runs(tmp_path / "a")} == {0.03}
    (tmp_path / "small.search.json").write_bytes((tmp_path / "a" / "search.json").read_bytes())
    assert compare("b") == 0                                # beside the comparison
    assert "| 0.03, 1 |" in (tmp_path / "b" / "comparison.md").read_text()
    (tmp_path / "small.search.json").unlink()
    assert compare("c", "--choices", tmp_path / "a" / "search.json") == 0
    assert results(tmp_path / "c")["contestants"] == results(tmp_path / "b")["contestants"]


def test_a_search_that_was_interrupted_tries_only_the_rest(tmp_path, compare, steps):
    assert compare("whole", "--search") == 0
    steps.update(done=0, fails={30: interrupt})             # in the third of four trainings
    assert compare("a", "--search") == 130
    steps["fails"] = {}
    assert compare("a", "--search") == 0 and steps["done"] <= 48 + TABLES["training"]["checkpoint_every"]
    one, other = (json.loads((tmp_path / name / "search.json").read_text())["contestants"] for name in ("a", "whole"))
    assert one == other


def test_a_search_does_without_what_diverges(tmp_path, compare, capsys):
    wild = {"optimiser": "sgd", "loss": "sum"}
    assert compare("a", "--search", search={"learning_rate": [0.001, 9e18], "clip": [9e18]}, training=wild) == 0
    one = json.loads((tmp_path / "a" / "search.json").read_text())["contestants"]["small"]
    assert one["learning_rate"] == 0.001 and "not finite" in one["tried"][1]["diverged"]
    assert compare("b", "--search", search={"learning_rate": [9e18], "clip": [9e18]}, training=wild) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("mgnm: contestant small diverged with every choice: give ")
    assert not (tmp_path / "b" / "search.json").exists()


# ------------------------------------------------------------------------------------------------------------------ pace


def test_the_pace_is_measured_once_and_divides_the_time(tmp_path, compare, steps):
    assert compare("a", "--time", pace=None) == 0
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


# ------------------------------------------------------------------------------------------------- what cannot be compared


@pytest.mark.parametrize("changed, said", [
    ({"comparison": {"seeds": 0}}, "comparison.seeds = 0 does not fit: give a whole number from 1"),
    ({"comparison": {"reference": "smal"}}, "comparison.reference: contestant 'smal' is unknown: did you mean small?"),
    ({"comparison": {"sedes": 1}}, "comparison.sedes is not a setting: did you mean seeds?"),
    ({"search": {"clip": []}}, "search.clip = [] does not fit"),
    ({"search": {"learning_rate": ["fast"]}}, "search.learning_rate = ['fast'] does not fit"),
    ({"search": {"updates": 0}}, "search.updates = 0 does not fit"),
    ({"training": {"updates": 0}}, "training.updates = 0 is too small"),
    ({"task": {"size": 6}}, "task.size = 6 does not fit"),
    ({"contestants": {"wide": {"network": SMALL | {"writer": [[1, 2], [3, 2]]}}}}, "contestant wide: network.writer"),
    ({"contestants": {"wide": {"network": ENCODER | {"input_channels": 4, "output_channels": 3}}}},
     'contestant wide: network.kind = "encoder_decoder" does not fit this task'),
    ({"contestants": {"wide": {"network": "tiny"}}}, "contestant wide: the side of the network's output and task.frame differ"),
    ({"contestants": {"wide": {"network": "tinny"}}}, "preset 'tinny' is unknown"),
    ({"contestants": {"wide": {"title": "wide"}}}, "contestants.wide.network is missing"),
    ({"contestants": {"Wide": {"network": SMALL}}}, "contestants.Wide is no table of a contestant"),
])
def test_comparisons_that_cannot_be(tmp_path, capsys, changed, said):
    assert said in refusal(capsys, *arguments(tmp_path, "a", pace=None, **changed))
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("options, said", [
    (["compare", "maping", "--out", "a"], "task 'maping' is unknown: did you mean mapping?"),
    (["compare", "sort", "--comparison", "{file}", "--out", "a"], "this comparison is for the task mapping: give that"),
    (["compare", "digit_recall", "--out", "a"], "comparison 'digit_recall' is unknown"),
    (["compare", "mapping", "--comparison", "maping", "--out", "a"], "comparison 'maping' is unknown"),
    (["compare", "mapping", "--comparison", "nowhere.toml", "--out", "a"], "nowhere.toml cannot be read (No such file"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--only", "small,dcn"],
     "--only: contestant 'dcn' is unknown: use one of small, wide"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--set", "comparison.seeds=0"], "comparison.seeds = 0"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{file}"], "cannot be read"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{bad}"], "is not the result of a search"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{other}"],
     "is about another network of contestant wide: search again"),
    (["compare", "mapping", "--comparison", "{bad}.toml", "--out", "a"], "cannot be read (Expected '='"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "/dev/null/a"], "cannot write to /dev/null/a"),
    (["compare", "mapping", "--out", "a", "--report"], "a holds no comparison"),
    (["compare", "mapping", "--out", "a", "--report", "--search"], "not allowed with argument"),
    (["compare", "mapping"], "required: --out"),
])
def test_options_that_cannot_be_used(tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    arguments(tmp_path, "a", pace=None)
    (tmp_path / "bad").write_text("[]")
    (tmp_path / "bad.toml").write_text("network\n")
    (tmp_path / "other.json").write_text(json.dumps({"contestants": {"wide": {
        "network": SMALL, "learning_rate": 1.0, "clip": 1.0}}}))
    places = {"file": tmp_path / "small.toml", "bad": tmp_path / "bad", "other": tmp_path / "other.json"}
    assert said in refusal(capsys, *(option.format(**places) for option in options))
    assert not (tmp_path / "a").exists()


def test_a_folder_keeps_its_settings(tmp_path, compare, capsys):
    assert compare("a", "--time") == 0
    line = refusal(capsys, *arguments(tmp_path, "a", training={"updates": 9}))
    assert "a holds a comparison with other settings" in line
    assert "no run of the comparison is done" in refusal(capsys, "compare", "mapping", "--out", tmp_path / "a", "--report")
    (tmp_path / "a" / "pace.json").unlink()
    assert "holds no run yet" in refusal(capsys, "compare", "mapping", "--out", tmp_path / "a", "--report")
    assert compare("a", pace=PACE) == 0
    config = runs(tmp_path / "a")[0] / "config.toml"
    config.write_text(config.read_text().replace("batch = 4", "batch = 2"))
    assert "holds a run with other settings" in refusal(capsys, *arguments(tmp_path, "a"))
