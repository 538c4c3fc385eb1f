"""Checkpoints: one .npz file of plain arrays and JSON text. Never a pickle: reading one cannot run anything.

Keys: "format" (its name and version), "settings" (all tables, JSON), "update", "parameter/<name>" and, where a training is
to go on, "optimiser/<name>", "shard/<k>/<name>" and "progress" (JSON). Shipped weights are the same file without these.
"""

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from ..errors import UserError

FORMAT = "mgnm checkpoint 1"


def save(path, arrays, settings, update):
    """Write {key: array} atomically: aside first, on the disk, then renamed. What was there stays as `previous(path)`."""
    path = Path(path)
    aside = path.with_suffix(".writing")
    with open(aside, "wb") as file:
        np.savez(file, format=np.array(FORMAT), settings=np.array(json.dumps(settings)), update=np.array(update), **arrays)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        previous(path).unlink(missing_ok=True)
        os.link(path, previous(path))                       # a second name: at no moment is there no checkpoint
    os.replace(aside, path)


def previous(path):
    """Where the checkpoint before the last one is kept."""
    return Path(path).with_suffix(".previous.npz")


def load(path):
    """(arrays, settings, update) of a checkpoint. UserError, in one line, if it is missing, damaged or foreign."""
    path = Path(path)
    hint = f"; the one before it is whole: use {previous(path)}" if previous(path).exists() else ""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
            kind = str(arrays.pop("format"))
            if kind != FORMAT:
                raise UserError(f"{path} is a {kind!r}, this program reads {FORMAT!r}: use the version that wrote it")
            return arrays, json.loads(str(arrays.pop("settings"))), int(arrays.pop("update"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist: give the folder of a run, or a checkpoint in it") from None
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path} is not a whole checkpoint ({reason}){hint}") from None


def section(arrays, prefix):
    """{name: array} of all keys "prefix/name"."""
    return {key.removeprefix(prefix + "/"): array for key, array in arrays.items() if key.startswith(prefix + "/")}
