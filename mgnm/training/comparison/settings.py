"""The settings of a comparison: a TOML file with the tables [comparison], [search], [task], [training] and one for every
contestant, [contestants.NAME].

Those that come with the package stand in mgnm/comparisons. Beside NAME.toml, NAME.search.json keeps what a search found.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...presets import load_preset
from ...settings import check_size, check_whole, nearest, read_table
from ...tasks import build_task, complete
from ...tasks.episodes import MOST
from ..run import Run
from ..settings import TrainingSettings
from ..trainer import Trainer
from ..weights import load_weights

FOLDER = Path(__file__).parents[2] / "comparisons"
TABLES = ("comparison", "search", "task", "training", "contestants")
MOST_SEEDS = 1000


@dataclass(frozen=True)
class Plan:
    """The [comparison] table.

    seeds: how often each contestant is trained, from training.seed on; reference: the contestant whose time for
    training.updates updates is the time that everyone gets; sequences: of the evaluation at the end of a run.
    """

    reference: str
    seeds: int = 3
    sequences: int = 96

    def __post_init__(self):
        check_whole("comparison.seeds", self.seeds, 1, MOST_SEEDS)
        check_whole("comparison.sequences", self.sequences, 1, MOST)


@dataclass(frozen=True)
class Grid:
    """The [search] table: every learning_rate with every clip, for this number of updates."""

    learning_rate: list
    clip: list
    updates: int

    def __post_init__(self):
        check_whole("search.updates", self.updates, 1, MOST)
        for name in ("learning_rate", "clip"):
            values = getattr(self, name)
            if not values or not all(isinstance(x, int | float) and not isinstance(x, bool) and x > 0 for x in values):
                raise UserError(f"search.{name} = {values!r} does not fit: give numbers above 0, such as [0.001, 0.01]")
            for value in values:
                check_size(f"search.{name}", value)


@dataclass(frozen=True)
class Contestant:
    """A [contestants.NAME] table. network: its settings, or the name of a preset; title: what pictures and tables call it;
    learning_rate, clip, start_from: its own (0 and "": those of [training])."""

    network: dict
    title: str = ""
    learning_rate: float = 0.0
    clip: float = 0.0
    start_from: str = ""


class Comparison:
    """A comparison with everything checked: each contestant is built once, and fits the task.

    tables: as `load_comparison` gives them. Raises UserError, with the contestant's name where it is about one.
    """

    def __init__(self, tables):
        self.tables = tables
        self.plan = read_table(Plan, tables["comparison"], "comparison")
        self.grid = read_table(Grid, tables["search"], "search")
        self.training = read_table(TrainingSettings, tables["training"], "training")
        build_task(tables["task"])                          # before anybody is said not to fit it
        self.contestants = {name: _contestant(name, table) for name, table in tables["contestants"].items()}
        self.sizes = {name: self._sizes(name) for name in self.contestants}
        self.task = build_task(self.run_tables(next(iter(self.contestants)))["task"])
        check_contestants("comparison.reference", [self.plan.reference], self)

    def _sizes(self, name):
        """(parameters, memory cells) of a contestant that can be trained."""
        try:
            network = Trainer(Run("nowhere", self.run_tables(name))).network
        except UserError as error:
            raise UserError(f"contestant {name}: {error}") from None
        return network.parameter_count, network.memory_cells

    @property
    def seeds(self):
        """The seeds of the runs: a run draws the same data from its seed, whatever its network is."""
        return range(self.training.seed, self.training.seed + self.plan.seeds)

    def title(self, name):
        """What pictures and tables call a contestant."""
        return self.contestants[name].title or name

    def rates(self, name):
        """{"learning_rate", "clip"} of a contestant."""
        own = self.contestants[name]
        return {"learning_rate": own.learning_rate or self.training.learning_rate, "clip": own.clip or self.training.clip}

    def start(self, name):
        """The trained weights that the runs of a contestant begin with; "" for none."""
        return self.contestants[name].start_from or self.training.start_from

    def run_tables(self, name, **training):
        """The settings of a run of this contestant, with some of [training] of its own."""
        own, begun, start = self.rates(name), None, self.start(name)
        if start:
            own, begun = own | {"start_from": start}, load_weights(start)[1]
        return complete({"network": self.contestants[name].network, "task": self.tables["task"],
                         "training": self.tables["training"] | own | training}, begun)


def _contestant(name, table):
    if not re.fullmatch("[a-z0-9-]+", name) or not isinstance(table, dict):
        raise UserError(f"contestants.{name} is no table of a contestant: give [contestants.NAME], its name of small "
                        "letters, digits and -")
    return read_table(Contestant, table, f"contestants.{name}")


def comparison_names():
    """The comparisons that come with the package, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_comparison(source):
    """The file that `source` means: a name of `comparison_names`, or a path that ends in .toml."""
    if not str(source).endswith(".toml") and source not in comparison_names():
        raise UserError(f"comparison {source!r} is unknown: {nearest(source, comparison_names())}, or give a TOML file")
    return Path(source) if str(source).endswith(".toml") else FOLDER / f"{source}.toml"


def load_comparison(path):
    """The tables of a comparison file, the networks of presets put in. UserError where it is none."""
    tables = read_file(path, tomllib.loads)
    for name in tables:
        if name not in TABLES:
            raise UserError(f"{path}: [{name}] is not a table of a comparison: {nearest(name, TABLES)}")
    for name in TABLES:
        if not isinstance(tables.get(name), dict) or not tables[name]:
            raise UserError(f"{path}: the table [{name}] is missing: give it")
    for table in tables["contestants"].values():
        if isinstance(table, dict) and isinstance(table.get("network"), str):
            table["network"] = load_preset(table["network"])["network"]
    return tables


def choose(tables, path):
    """Give the contestants of a comparison the learning rates and clips that a search (its search.json) chose for them.

    UserError where it cannot be read, or is about another network of the same name.
    """
    try:
        found = {name: (result["network"], {key: result[key] for key in ("learning_rate", "clip")})
                 for name, result in read_file(path, json.loads)["contestants"].items()}
    except (KeyError, TypeError, AttributeError):
        raise UserError(f"{path} is not the result of a search: make it with mgnm compare --search") from None
    for name, table in tables["contestants"].items():
        if name in found:
            network, chosen = found[name]
            if network != table.get("network"):
                raise UserError(f"{path} is about another network of contestant {name}: search again, with --search")
            table |= chosen


def read_file(path, parse):
    """What `parse` makes of a text file; UserError where it cannot be read."""
    try:
        return parse(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give another file") from None
    except ValueError as error:                             # of either parser, and of the encoding
        raise UserError(f"{path} cannot be read ({error}): correct it, or give another file") from None


def check_contestants(where, names, comparison):
    """UserError unless all these names are contestants, each named once."""
    if len(set(names)) < len(names):
        raise UserError(f"{where} names a contestant twice: name each once")
    for name in names:
        if name not in comparison.contestants:
            raise UserError(f"{where}: contestant {name!r} is unknown: {nearest(name, list(comparison.contestants))}")
