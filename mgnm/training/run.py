"""The folder of a run: config.toml, metrics.jsonl, checkpoint.npz and figures/."""

import fcntl
import json
import os
import tomllib
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from ..settings import check_tables
from .checkpoint import previous


class Run:
    """The files of one training. A new one has no folder before `begin`; `open` finds one that has."""

    def __init__(self, folder, tables):
        self.folder, self.tables, self.begun = Path(folder), tables, False

    def begin(self):
        """Make the folder, with the settings in it, unless this Run has done so; UserError where it holds a run already."""
        if self.begun:
            return
        try:
            if self.config.exists() or self.has_checkpoint or self.metrics_path.exists():
                raise UserError(f"{self.folder} already holds a run: go on with --resume {self.folder}, or choose another "
                                "--out")
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self.config, to_toml(self.tables))
        except OSError as error:
            raise UserError(f"cannot write to {self.folder} ({error.strerror}): choose another --out") from None
        except UnicodeEncodeError as error:
            raise UserError(f"a setting holds {error.object[error.start]!r}, which is no character: give another") from None
        self.begun = True

    @classmethod
    def create(cls, folder, tables):
        """A Run that has begun."""
        run = cls(folder, tables)
        run.begin()
        return run

    @classmethod
    def open(cls, folder):
        """The run in an existing folder; UserError where there is none."""
        run = cls(folder, None)
        run.begun = True
        try:
            run.tables = tomllib.loads(run.config.read_text(encoding="utf-8"))
        except OSError as error:
            if run.has_checkpoint:
                raise UserError(f"{run.config} cannot be read ({error.strerror}): restore it, or start a new run with --set "
                                f"training.start_from={folder}") from None
            raise UserError(f"{folder} holds no run (no config.toml): give the --out folder of a training") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{run.config} cannot be read ({error}): restore it, or start a new run") from None
        check_tables(run.tables, run.config)
        return run

    @contextmanager
    def locked(self):
        """Keep other trainings out of this run while this lasts; UserError where one is at it. A killed one is no more."""
        with open(self.config) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"another process trains in {self.folder}: wait until it ends, or stop it") from None
            yield

    @property
    def config(self):
        """Path of the settings."""
        return self.folder / "config.toml"

    @property
    def has_checkpoint(self):
        """Whether a checkpoint was ever saved. Before the first, to go on with a run means to begin it again."""
        return self.checkpoint.exists() or previous(self.checkpoint).exists()

    @property
    def checkpoint(self):
        """Path of the checkpoint."""
        return self.folder / "checkpoint.npz"

    @property
    def weights(self):
        """Path of the trained weights, which are there when the run has come to its end."""
        return self.folder / "weights.npz"

    @property
    def metrics_path(self):
        """Path of the metrics, one JSON object per line."""
        return self.folder / "metrics.jsonl"

    def append(self, line):
        """Add a line to the metrics."""
        with open(self.metrics_path, "a") as file:
            file.write(json.dumps(line) + "\n")

    def metrics(self):
        """All lines of the metrics; a last line that was cut off in writing does not count."""
        if not self.metrics_path.exists():
            return []
        lines = self.metrics_path.read_bytes().split(b"\n")[:-1]
        try:
            metrics = [json.loads(line) for line in lines]
        except ValueError:
            raise UserError(f"{self.metrics_path} has a line that is not JSON: remove it") from None
        if not all(isinstance(line, dict) and type(line.get("update")) is int for line in metrics):
            raise UserError(f"{self.metrics_path} has a line that tells of no update: remove it")
        return metrics

    def rewind(self, update):
        """Forget the metrics after an update: those of work that was done after the last checkpoint, and is done again."""
        kept = [line for line in self.metrics() if line["update"] <= update]
        write_text(self.metrics_path, "".join(json.dumps(line) + "\n" for line in kept))


def write_text(path, text):
    """Write a file, or leave it as it was: aside first, then renamed."""
    aside, content = path.with_suffix(".writing"), text.encode("utf-8")
    aside.write_bytes(content)
    os.replace(aside, path)


def to_toml(tables):
    """TOML of {table: {key: number, text, bool, list or flat dict}}: for such values JSON and TOML agree."""
    def value(x):
        if isinstance(x, dict):
            return "{" + ", ".join(f"{key} = {value(item)}" for key, item in x.items()) + "}"
        return json.dumps(x, ensure_ascii=False)

    return "\n".join(f"[{name}]\n" + "".join(f"{key} = {value(x)}\n" for key, x in table.items())
                     for name, table in tables.items())
