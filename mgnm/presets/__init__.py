"""The presets: TOML files with the tables [network], [task] and [training], in the package itself."""

import tomllib
from pathlib import Path

from ..errors import UserError
from ..settings import nearest

FOLDER = Path(__file__).parent


def preset_names():
    """The names of all presets, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_preset(name):
    """{"network": {...}, "task": {...}, "training": {...}} of a preset; UserError for an unknown name."""
    if name not in preset_names():
        raise UserError(f"preset {name!r} is unknown: {nearest(name, preset_names())}")
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())
