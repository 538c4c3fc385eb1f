"""The folder of a comparison: config.toml, with all settings and the command that makes it; pace.json; the runs."""

from pathlib import Path

from ...errors import UserError
from ..run import to_toml, write_text
from .settings import load_comparison, read_file


def keep(folder, tables, command):
    """Begin a comparison in this folder. UserError where it holds one with other settings, or cannot be written."""
    path = Path(folder) / "config.toml"
    if path.exists():
        if recall(folder)[0] != tables:
            raise UserError(f"{folder} holds a comparison with other settings: remove it, or choose another --out")
        return
    flat = {name: table for name, table in tables.items() if name != "contestants"}
    flat |= {f"contestants.{name}": table for name, table in tables["contestants"].items()}
    make(folder)
    write_text(path, f"# {command}\n\n{to_toml(flat)}")


def recall(folder):
    """(tables, command) of the comparison in this folder; UserError where there is none."""
    path = Path(folder) / "config.toml"
    if not path.exists():
        raise UserError(f"{folder} holds no comparison (no config.toml): give the --out folder of one")
    text = read_file(path, str)
    return load_comparison(path), text.partition("\n")[0].removeprefix("# ")


def make(folder):
    """Make the folder; UserError where that cannot be."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder} ({error.strerror}): choose another --out") from None
