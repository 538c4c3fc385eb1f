"""Checkpoints: one .npz file of plain arrays and JSON text. Never a pickle: reading one cannot run anything.

Keys: "format" (its name and version), "settings" (all tables, JSON), "update", "parameter/<name>" and, where a training is
to go on, "optimiser/<name>", "shard/<k>/<name>" and "progress" (JSON). Shipped weights are the same file without these.
"""

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np

from ..errors import UserError, first_line

FORMAT = "mgnm checkpoint 1"


def save(path, arrays, settings, update):
    """Write {key: array} atomically: aside first, on the disk, then renamed. What was there stays as `previous(path)`.

    UserError where the disk refuses; what was there is still there then.
    """
    path = Path(path)
    aside = path.with_suffix(".writing")
    try:
        with open(aside, "wb") as file:
            np.savez(file, format=np.array(FORMAT), settings=np.array(json.dumps(settings)), update=np.array(update),
                     **arrays)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            _keep(path)
        os.replace(aside, path)
    except OSError as error:
        raise UserError(f"cannot write {path} ({error.strerror}): what was saved before is still there; see to the "
                        "disk, then go on with --resume") from None


def _keep(path):
    """Give the file a second name, previous(path), so that at no moment there is no checkpoint."""
    previous(path).unlink(missing_ok=True)
    try:
        os.link(path, previous(path))
    except OSError:                                         # a file system without second names
        shutil.copyfile(path, previous(path))


def previous(path):
    """Where the checkpoint before the last one is kept."""
    return Path(path).with_suffix(".previous.npz")


def load(path):
    """(arrays, settings, update) of a checkpoint. UserError, in one line, if it is missing, damaged or foreign."""
    path = Path(path)
    try:
        with open(path, "rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("it is no .npz archive")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
            file.seek(-12, os.SEEK_END)                     # the only field of an archive that tells of lost entries
            if int.from_bytes(file.read(2), "little") != len(arrays):
                raise ValueError("arrays are missing")
        if "format" not in arrays:
            raise ValueError("it says no format")
        kind = str(arrays.pop("format"))
        if kind != FORMAT:
            raise UserError(f"{path} is a {kind!r}, this program reads {FORMAT!r}: use the version that wrote it")
        settings = json.loads(str(arrays.pop("settings")))
        if not isinstance(settings, dict):
            raise ValueError("its settings are no tables")
        return arrays, settings, int(arrays.pop("update"))
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path} does not exist: give the folder of a run, or a checkpoint{_hint(path)}") from None
    except Exception as error:                              # every library on the way has its own types for a bad byte
        raise UserError(f"{path} is not a whole checkpoint ({first_line(error)}): give another one{_hint(path)}") from None


def _hint(path):
    kept = previous(path)
    return f"; the one before it is kept: rename {kept} to {path.name} to go on" if os.path.exists(kept) else ""


def check(path, arrays, wanted):
    """UserError unless `arrays` has the keys of `wanted` {key: array}, no more and no less, with the same shapes."""
    layouts = [{(key, x.shape, x.dtype.kind) for key, x in group.items()} for group in (arrays, wanted)]
    wrong = sorted(key for key, *_ in layouts[0] ^ layouts[1])
    if wrong:
        raise UserError(f"{path} cannot be gone on from: {wrong[0]!r} is missing, of the wrong shape or not known"
                        f"{_hint(path) or '; start a new run'}")


def section(arrays, prefix):
    """{name: array} of all keys "prefix/name"."""
    return {key.removeprefix(prefix + "/"): array for key, array in arrays.items() if key.startswith(prefix + "/")}
