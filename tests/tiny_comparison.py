"""The smallest comparison that has everything: two contestants, two seeds, 8 updates. For the tests of `mgnm compare`."""

import json

from tiny_run import TABLES, command

from mgnm.training.run import to_toml

SMALL = TABLES["network"]
WIDE = SMALL | {"writer": [[1, 3], [2, 3]], "reader": [3, 3]}
PACE = {"clock": "processor", "load": 0.5, "busy": 0.97,                # wide is half as fast
        "contestants": {name: {"seconds_per_update": seconds, "fastest": seconds, "slowest": seconds, "stretches": 12}
                        for name, seconds in (("small", 0.25), ("wide", 0.5))}}


def comparison(**changed):
    """The tables, with some of their settings changed."""
    tables = {"comparison": {"reference": "small", "seeds": 2, "sequences": 4},
              "search": {"learning_rate": [1e-9, 0.03], "clip": [1.0], "updates": 12},
              "task": TABLES["task"],
              "training": TABLES["training"] | {"shards": 1, "log_every": 1, "evaluate_every": 2},
              "contestants": {"small": {"network": SMALL, "title": "the small one"}, "wide": {"network": WIDE}}}
    return {name: table | changed.get(name, {}) for name, table in tables.items()}


def write(path, tables):
    """The file of a comparison."""
    flat = {name: table for name, table in tables.items() if name != "contestants"}
    path.write_text(to_toml(flat | {f"contestants.{name}": table for name, table in tables["contestants"].items()}))


def arguments(tmp_path, folder, pace=PACE, **changed):
    """The words of the command, with these tables, in a folder where the pace is known (None: it is not)."""
    tables, folder = comparison(**changed), tmp_path / folder
    write(tmp_path / "small.toml", tables)
    if pace:
        folder.mkdir(exist_ok=True)
        (folder / "pace.json").write_text(json.dumps(pace))
    return "compare", tables["task"]["kind"], "--comparison", tmp_path / "small.toml", "--out", folder


def compare(tmp_path, folder, *options, pace=PACE, **changed):
    """The exit status of the command."""
    return command(*arguments(tmp_path, folder, pace, **changed), *options)


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
