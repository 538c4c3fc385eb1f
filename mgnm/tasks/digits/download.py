"""The public MNIST files: fetched once, checked, and kept in a folder of the user.

The folder is $MGNM_CACHE, or ~/.cache/mgnm where that is not set. What is checked is the SHA-256 of the UNPACKED file,
because mirrors have packed the same content more than once.
"""

import hashlib
import http.client
import os
import tempfile
from pathlib import Path
from urllib.request import urlopen

from ...errors import UserError, first_line
from .idx import unpack

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
CONTENTS = {        # SHA-256 of the unpacked files
    IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
TIMEOUT = 60            # seconds without an answer


def cache_folder():
    """Where fetched files are kept."""
    return Path(os.environ.get("MGNM_CACHE") or os.path.expanduser("~/.cache/mgnm"))


def fetch(name, url=MIRROR, opener=urlopen):
    """The path of one of the CONTENTS, in the cache; fetched from `url` + name unless it is there, whole.

    opener: `opener(address, timeout=)` gives a context manager with `read()`, as urlopen does. UserError where the file
    cannot be had, is another one, or cannot be kept; nothing is left behind then.
    """
    path = cache_folder() / "mnist" / name
    try:
        if _digest(path.read_bytes()) == CONTENTS[name]:
            return path
    except OSError:                                         # not there yet, as a rule
        pass
    address = url.rstrip("/") + "/" + name
    try:
        with opener(address, timeout=TIMEOUT) as answer:
            data = answer.read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UserError(f"cannot fetch {address} ({first_line(error)}): see to the network, give another task.url, or "
                        f"put the file into {path.parent}") from None
    if _digest(data) != CONTENTS[name]:
        raise UserError(f"{address} is not the MNIST file of that name (another SHA-256), and was not kept: give another "
                        "task.url")
    _keep(path, data)
    return path


def _digest(data):
    try:
        return hashlib.sha256(unpack(data)).hexdigest()
    except ValueError:
        return ""


def _keep(path, data):
    """Write aside, then rename: whoever reads it, other processes too, finds the whole file or none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, aside = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with open(number, "wb") as file:
                file.write(data)
            os.replace(aside, path)
        except BaseException:
            os.unlink(aside)
            raise
    except OSError as error:
        raise UserError(f"cannot write {path} ({error.strerror}): set MGNM_CACHE to another folder") from None
