"""The presets: TOML files with the tables [network], [task] and [training], in the package itself.

baselines.toml holds more of them: other networks for the task and the training of another preset.
"""

import tomllib
from pathlib import Path

from ..errors import UserError
from ..settings import nearest

FOLDER = Path(__file__).parent
BASELINES = FOLDER / "baselines.toml"


def preset_names():
    """The names of all presets, in alphabetical order."""
    return sorted([*(path.stem for path in FOLDER.glob("*.toml") if path != BASELINES), *_read(BASELINES)])


def load_preset(name):
    """{"network": {...}, "task": {...}, "training": {...}} of a preset; UserError for an unknown name."""
    if name not in preset_names():
        raise UserError(f"preset {name!r} is unknown: {nearest(name, preset_names())}")
    if (baseline := _read(BASELINES).get(name)) is None:
        return _read(FOLDER / f"{name}.toml")
    tables = _read(FOLDER / f"{baseline['of']}.toml")
    return {"network": baseline["network"],
            **{table: tables[table] | baseline.get(table, {}) for table in ("task", "training")}}


def _read(path):
    return tomllib.loads(path.read_text())
