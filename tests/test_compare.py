"""`mgnm compare`: the same data for all, the same updates, the same time, told in a table and a picture."""

import json
import re
from pathlib import Path

import pytest
from tiny_comparison import PACE, SMALL, WIDE, arguments, compare, comparison, results, runs, write
from tiny_run import command, refusal

from mgnm.cli import parser
from mgnm.tasks import KINDS
from mgnm.training import Run, Shard, Trainer
from mgnm.training.comparison import Comparison, comparison_names, find_comparison, load_comparison

pytestmark = pytest.mark.usefixtures("nothing_left_behind", "quick_baseline")


# ------------------------------------------------------------------------------------------------------ what is compared


def test_same_updates_same_time_and_every_number_told(tmp_path, capsys):
    out = tmp_path / "a"
    assert compare(tmp_path, "a", "--json", tmp_path / "numbers.json") == 0
    told = capsys.readouterr().out
    # 8 updates of `small` last as long as 4 of `wide`; a run of `small` serves both.
    assert [str(path.relative_to(out / "runs")) for path in runs(out)] == [
        "small/8-updates-seed-0", "small/8-updates-seed-1", "wide/4-updates-seed-0", "wide/4-updates-seed-1",
        "wide/8-updates-seed-0", "wide/8-updates-seed-1"]
    found = results(out)
    assert (found["updates"], found["seconds"], found["seeds"]) == (8, 2.0, [0, 1])
    small, wide = found["contestants"].values()
    assert (small["title"], small["memory_cells"]) == ("the small one", 108)
    assert (wide["title"], wide["memory_cells"]) == ("wide", 162)
    assert small["equal_updates"] == small["equal_seconds"]
    assert (wide["equal_updates"]["updates"], wide["equal_updates"]["seconds"]) == (8, 4)
    assert (wide["equal_seconds"]["updates"], wide["equal_seconds"]["seconds"]) == (4, 2)

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


def test_curves_are_the_evaluations_on_the_way_equally_many_for_all(tmp_path):
    assert compare(tmp_path, "a") == 0
    wide = results(tmp_path / "a")["contestants"]["wide"]
    for kind, at in (("equal_updates", [2, 4, 6, 8]), ("equal_seconds", [1, 2, 3, 4])):
        for seed, curve in enumerate(wide[kind]["curves"]):
            lines = Run.open(tmp_path / f"a/runs/wide/{at[-1]}-updates-seed-{seed}").metrics()
            assert curve == {"updates": at, "f_score": [line["evaluation"]["f_score"] for line in lines
                                                        if line["update"] in at]}


def test_a_contestant_may_begin_with_trained_weights(tmp_path):
    assert compare(tmp_path, "a") == 0
    first = tmp_path / "a/runs/wide/8-updates-seed-0"
    wide = {"network": WIDE, "start_from": str(first)}
    assert compare(tmp_path, "b", contestants={"small": {"network": SMALL}, "wide": wide}, search={"updates": 2}) == 0
    begun = {path.parent.name: Run.open(path).tables["training"].get("start_from") for path in runs(tmp_path / "b")}
    assert begun == {"small": None, "wide": str(first)}
    losses = [Run.open(tmp_path / folder / "runs/wide/8-updates-seed-0").metrics()[0]["loss"] for folder in "ab"]
    assert losses[1] < losses[0]
    assert [one["start_from"] for one in results(tmp_path / "b")["contestants"].values()] == ["", str(first)]
    assert f"Begun with trained weights: wide: {first}." in (tmp_path / "b/comparison.md").read_text()


def test_a_contestant_that_begins_with_trained_weights_keeps_their_words(tmp_path):
    """Weights of several tasks go on with one of them, whose stories have fewer words."""
    network, task = {"kind": "question_answering", "layers": [[2, 2]]}, {"kind": "babi", "source": str(DATA / "babi")}
    tables = comparison(training={"updates": 2})
    first = Trainer(Run(tmp_path / "first", {"network": network, "task": task | {"tasks": [1, 8]},
                                             "training": tables["training"]}))
    assert first.train(progress=False)
    contestants = {"small": {"network": network, "start_from": str(tmp_path / "first")}, "wide": {"network": network}}
    made = Comparison(tables | {"task": task | {"tasks": [1]}, "contestants": contestants})
    assert made.run_tables("small")["task"]["words"] == first.task.words != made.run_tables("wide")["task"]["words"]


def test_all_contestants_see_the_same_data(tmp_path, monkeypatch):
    begin, seen = Shard._begin_episode, {}

    def recorded(shard):
        begin(shard)
        seen.setdefault((shard.network.config.reader[0], shard.settings.updates, shard.settings.seed), []).append(
            shard.episode.mazes.tobytes())

    monkeypatch.setattr(Shard, "_begin_episode", recorded)
    assert compare(tmp_path, "a") == 0
    assert len(seen) == 6 and all(len(set(mazes)) == len(mazes) for mazes in seen.values())
    for seed in (0, 1):
        assert seen[2, 8, seed] == seen[3, 8, seed] and seen[3, 8, seed][:2] == seen[3, 4, seed][:2]
    assert not set(seen[2, 8, 0]) & set(seen[2, 8, 1])


def test_table_and_command(tmp_path):
    assert compare(tmp_path, "a") == 0
    found = results(tmp_path / "a")
    table = (tmp_path / "a" / "comparison.md").read_text()
    head, _, small, wide = (re.split(r" *\| *", line.strip("| ")) for line in table.splitlines()[:4])
    assert len(head) == len(small) == len(wide) == 9
    parameters = f"{found['contestants']['small']['parameters']:,}"
    assert small[:7] == ["the small one", parameters, "108", "0.01, 1", "250", "2 s", "8"]
    assert (wide[4:7], head[5:7]) == (["500", "4 s", "4"], ["time of 8 updates", "updates in 2 s"])
    score = found["contestants"]["wide"]["equal_seconds"]["scores"]["f_score"]
    assert wide[8] == f"{score['mean']:#.3g} ({score['lowest']:#.3g} - {score['highest']:#.3g})"
    assert head[7:] == ["F-score after 8 updates", "F-score after 2 s"]
    assert "processor seconds, median" in table and "load of the machine 0.5" in table
    line = table.rstrip().splitlines()[-1].strip()
    assert line == f"mgnm compare mapping --out {tmp_path}/a --comparison {tmp_path}/small.toml"
    before = {path: path.read_bytes() for path in runs(tmp_path / "a")[0].iterdir()}
    assert command(*line.split()[1:]) == 0                  # it is the command, and finds nothing to do
    assert before == {path: path.read_bytes() for path in runs(tmp_path / "a")[0].iterdir()}


def test_the_picture_has_a_curve_for_each_and_a_band(tmp_path, figures):
    assert compare(tmp_path, "a") == 0
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
    assert ends[2:] == [(wide["parameters"], wide[kind]["scores"]["f_score"]["mean"])
                        for kind in ("equal_updates", "equal_seconds")]
    assert [text.get_text() for text in figures[-1].legends[0].get_texts()] == [
        "the small one", "wide", "best guess without memory"]


DATA = Path(__file__).parent / "data"
ENCODER = {"kind": "encoder_decoder", "layers": [[2, 2], [1, 2]]}


@pytest.mark.parametrize("task, network, keys", [
    ({"kind": "sort", "bits": 3, "items": 4, "top": 3}, ENCODER | {"input_channels": 4, "output_channels": 3},
     ["bit_error", "bits_per_sequence"]),
    ({"kind": "recall", "bits": 3, "vectors": 2, "most": 3}, ENCODER | {"input_channels": 5, "output_channels": 3},
     ["bit_error", "bits_per_sequence"]),
    ({"kind": "digit_sort", "source": str(DATA / "digits"), "digits": 3, "levels": 2},
     ENCODER | {"input": "images", "input_channels": 1, "output_channels": 10}, ["accuracy"]),
    ({"kind": "babi", "source": str(DATA / "babi")}, {"kind": "question_answering", "layers": [[2, 2]]}, ["error"]),
    ({"kind": "exploration", "size": 5, "frame": 6, "length": 5},
     {"kind": "explorer", "writer": [[1, 2], [2, 2]], "reader": [2, 2], "narrowing": [[1, 1]], "head_units": 4},
     ["area", "f_score"]),
])
def test_other_tasks_are_compared_by_their_own_headlines(tmp_path, figures, task, network, keys):
    tables = comparison(comparison={"seeds": 1}, training={"updates": 2})
    tables |= {"task": task, "contestants": {"small": {"network": network}, "wide": {"network": network | {"base": 3}}}}
    write(tmp_path / "c.toml", tables)
    (tmp_path / "pace.json").write_text(json.dumps(PACE))
    assert command("compare", task["kind"], "--comparison", tmp_path / "c.toml", "--out", tmp_path) == 0
    found = results(tmp_path)
    assert list(found["contestants"]["wide"]["equal_updates"]["scores"]) == keys
    assert KINDS[task["kind"]].headlines[0].reference in found["baseline"]
    assert len(figures[-1].axes) == 3 * len(keys)
    assert len((tmp_path / "comparison.md").read_text().splitlines()[0].split("|")) == 2 + 7 + 2 * len(keys)


# ------------------------------------------------------------------------------------------------- what cannot be compared


@pytest.mark.parametrize("changed, said", [
    ({"comparison": {"seeds": 0}}, "comparison.seeds = 0 does not fit: give a whole number from 1"),
    ({"comparison": {"reference": "smal"}}, "comparison.reference: contestant 'smal' is unknown: did you mean small?"),
    ({"comparison": {"sedes": 1}}, "comparison.sedes is not a setting: did you mean seeds?"),
    ({"search": {"clip": []}}, "search.clip = [] does not fit"),
    ({"search": {"learning_rate": ["fast"]}}, "search.learning_rate = ['fast'] does not fit"),
    ({"search": {"clip": [1.0, 0]}}, "search.clip = [1.0, 0] does not fit: give numbers above 0"),
    ({"contestants": {"wide": {"network": SMALL, "learning_rate": -1.0}}}, "contestant wide: training.learning_rate = -1.0"),
    ({"search": {"updates": 0}}, "search.updates = 0 does not fit"),
    ({"training": {"updates": 0}}, "training.updates = 0 is too small"),
    ({"task": {"size": 6}}, "task.size = 6 does not fit"),
    ({"contestants": {"wide": {"network": SMALL | {"writer": [[1, 2], [3, 2]]}}}}, "contestant wide: network.writer"),
    ({"contestants": {"wide": {"network": ENCODER | {"input_channels": 4, "output_channels": 3}}}},
     'contestant wide: network.kind = "encoder_decoder" does not fit this task'),
    ({"contestants": {"wide": {"network": "tiny"}}},
     "contestant wide: the network answers with 12 x 12 x 1 at a step and the task wants 6 x 6 x 1"),
    ({"contestants": {"wide": {"network": "tinny"}}}, "preset 'tinny' is unknown"),
    ({"search": {"clip": [1.0, True]}}, "search.clip = [1.0, True] does not fit"),
    ({"search": {"clip": [1.0, 1e300]}}, "search.clip = 1e+300 cannot be computed with"),
    ({"contestants": {"wide": {"network": SMALL, "start_from": "tiny"}}},
     "contestant wide: these weights are of another network"),
    ({"contestants": {"wide": {"network": SMALL, "start_from": "nothing"}}}, "contestant wide: nothing does not exist"),
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
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--only", "small,small"],
     "--only names a contestant twice: name each once"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--set", "comparison.seeds=0"], "comparison.seeds = 0"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{file}"], "cannot be read"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{bad}"], "is not the result of a search"),
    (["compare", "mapping", "--comparison", "{file}", "--out", "a", "--choices", "{other}"],
     "is about another network of contestant wide: search again"),
    (["compare", "mapping", "--comparison", "{bad}.toml", "--out", "a"], "cannot be read (Expected '='"),
    (["compare", "mapping", "--comparison", "{odd}", "--out", "a"], "the table [contestants] is missing"),
    (["compare", "mapping", "--comparison", "{more}", "--out", "a"], "[contestant] is not a table of a comparison: did you"),
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
    write(tmp_path / "odd.toml", comparison(contestants={}))
    text = (tmp_path / "odd.toml").read_text()
    (tmp_path / "odd.toml").write_text("contestants = 5\n" + text[:text.index("[contestants")])
    (tmp_path / "more.toml").write_text(text + "[contestant]\n")
    (tmp_path / "other.json").write_text(json.dumps({"contestants": {"wide": {
        "network": SMALL, "learning_rate": 1.0, "clip": 1.0}}}))
    places = {"file": tmp_path / "small.toml", "bad": tmp_path / "bad", "other": tmp_path / "other.json",
              "odd": tmp_path / "odd.toml", "more": tmp_path / "more.toml"}
    assert said in refusal(capsys, *(option.format(**places) for option in options))
    assert not (tmp_path / "a").exists()


def test_a_folder_keeps_its_settings(tmp_path, capsys):
    assert compare(tmp_path, "a", "--time") == 0
    line = refusal(capsys, *arguments(tmp_path, "a", training={"updates": 9}))
    assert "a holds a comparison with other settings" in line
    assert "no run of the comparison is done" in refusal(capsys, "compare", "mapping", "--out", tmp_path / "a", "--report")
    (tmp_path / "a" / "pace.json").unlink()
    assert "holds no run yet" in refusal(capsys, "compare", "mapping", "--out", tmp_path / "a", "--report")
    assert compare(tmp_path, "a", pace=PACE) == 0
    config = runs(tmp_path / "a")[0] / "config.toml"
    config.write_text(config.read_text().replace("batch = 4", "batch = 2"))
    assert "holds a run with other settings" in refusal(capsys, *arguments(tmp_path, "a"))


# ------------------------------------------------------------------------------------- the comparisons of the package itself


@pytest.mark.parametrize("name", comparison_names())
def test_comparisons_of_the_package_are_fair(name):
    made = Comparison(load_comparison(find_comparison(name)))
    assert list(made.contestants) == ["multigrid", "dnc", "lstm", "conv-lstm-wide", "conv-lstm-deep"]
    assert made.plan.reference == "multigrid" and made.plan.seeds >= 3
    cells = {contestant: size for contestant, (_, size) in made.sizes.items()}
    for contestant in ("dnc", "conv-lstm-wide", "conv-lstm-deep"):
        assert cells[contestant] == pytest.approx(cells["multigrid"], rel=0.02)
    assert made.training.shards == 1                        # one core each
    rates = {contestant: made.rates(contestant) for contestant in made.contestants}
    found = find_comparison(name).with_suffix(".search.json")
    if not found.exists():
        assert len(set(map(str, rates.values()))) == 1      # nobody's are chosen by hand


def test_the_file_in_the_documentation_is_a_comparison(tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "comparing.md").read_text()
    (tmp_path / "mine.toml").write_text(re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1])
    assert list(Comparison(load_comparison(tmp_path / "mine.toml")).contestants) == ["multigrid", "dnc"]
    for line in re.findall(r"^    mgnm (.*?) +#", text, re.MULTILINE):
        assert parser().parse_args(line.split()).task == "mapping"
