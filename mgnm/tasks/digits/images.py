"""Pictures of digits: where they come from, which are for training, and how they fit onto a pyramid.

Sources: "mnist", the 10,000 public test digits of MNIST, 28 x 28, fetched when they are first asked for; "scikit-learn",
the 1,797 digits of 8 x 8 that come with that package; or the path of a folder with files NAME-images-idx3-ubyte and
NAME-labels-idx1-ubyte, with or without .gz.
"""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import UserError
from .download import IMAGES, LABELS, fetch
from .idx import read_idx

CLASSES = 10
IMAGES_END, LABELS_END = "images-idx3-ubyte", "labels-idx1-ubyte"


class Digits(NamedTuple):
    """images: uint8 (N, S, S), 0 paper to 255 ink; classes: int64 (N,), 0 to 9."""

    images: np.ndarray
    classes: np.ndarray


@functools.lru_cache(maxsize=2)
def load_digits(source, url):
    """(for training, for validation): Digits of a source, read once per process. UserError where it cannot be had."""
    if source == "mnist":
        return split(_read_pair(fetch(IMAGES, url), fetch(LABELS, url)))
    if source == "scikit-learn":
        return split(_scikit_learn())
    return split(_read_folder(Path(source)))


def split(digits):
    """Four fifths and one fifth of the pictures, always the same: 8,000 and 2,000 of the MNIST files.

    The order is that of raw numbers of a bit generator, which no version of NumPy changes.
    """
    order = np.random.PCG64(0).random_raw(len(digits.classes)).argsort(kind="stable")
    cut = len(order) * 4 // 5
    return tuple(Digits(digits.images[part], digits.classes[part]) for part in (order[:cut], order[cut:]))


def resize(images, side):
    """Nearest neighbour, taken at the middle of every new pixel: (..., S, S) -> (..., side, side)."""
    S = images.shape[-1]
    nearest = (2 * np.arange(side) + 1) * S // (2 * side)                                       # (side,)
    return images[..., nearest[:, None], nearest]


def jitter(images, most, rng):
    """Every picture moved by up to `most` pixels along both axes, what comes in being paper: uint8 (..., S, S)."""
    if not most:
        return images
    S, lead = images.shape[-1], images.shape[:-2]
    room = np.pad(images, [(0, 0)] * len(lead) + [(most, most)] * 2).reshape(-1, S + 2 * most, S + 2 * most)
    first = rng.integers(2 * most + 1, size=(2, len(room), 1)) + np.arange(S)                   # rows, columns: (2, N, S)
    return room[np.arange(len(room))[:, None, None], first[0][:, :, None], first[1][:, None, :]].reshape(images.shape)


def pyramid(images, base, levels):
    """One picture for every level: uint8 (..., S, S) -> {j: float32 (..., base 2^j, base 2^j, 1)}, from 0 to 1."""
    return {j: resize(images, base * 2 ** j)[..., None] / np.float32(255) for j in range(levels)}


def _read_pair(images_path, labels_path):
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1] != images.shape[2] or not images.size:
        raise UserError(f"{images_path} has images of {' x '.join(map(str, images.shape))}: give a file of square ones")
    if len(images) != len(labels):
        raise UserError(f"{images_path} has {len(images)} images and {labels_path} {len(labels)} labels: they do not "
                        "belong together; fetch them again")
    if labels.max() >= CLASSES:
        raise UserError(f"{labels_path} has the label {labels.max()}: give a file of digits, 0 to 9")
    return Digits(images, labels.astype(np.int64))


def _read_folder(folder):
    """All pairs of IDX files in a folder, one after the other in the order of their names."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise UserError(f'cannot read the folder task.source = "{folder}" ({error.strerror}): give "mnist", '
                        '"scikit-learn", or another folder') from None
    except ValueError:                                      # a byte 0 in it
        raise UserError(f'task.source = {str(folder)!r} is no path: give "mnist", "scikit-learn", or a folder') from None
    unpacked = {name.removesuffix(".gz") for name in names}
    parts = []
    for start in sorted(name.removesuffix(IMAGES_END) for name in unpacked if name.endswith(IMAGES_END)):
        found = [[name for name in names if name.removesuffix(".gz") == start + end] for end in (IMAGES_END, LABELS_END)]
        if not all(found):
            raise UserError(f"{folder} has no whole pair {start}{IMAGES_END} and {start}{LABELS_END}: put both there")
        parts.append(_read_pair(folder / found[0][0], folder / found[1][0]))
    if not parts:
        raise UserError(f"{folder} has no files NAME-{IMAGES_END} and NAME-{LABELS_END}: put some there, or give another "
                        "task.source")
    if len({part.images.shape[1:] for part in parts}) > 1:
        raise UserError(f"{folder} has images of different sizes: give them folders of their own")
    return Digits(*(np.concatenate(arrays) for arrays in zip(*parts)))


def _scikit_learn():
    try:
        from sklearn import datasets
    except ImportError:
        raise UserError('task.source = "scikit-learn" needs that package: install mgnm[data], or take "mnist"') from None
    digits = datasets.load_digits()                         # 0 to 16
    return Digits(np.rint(digits.images * (255 / 16)).astype(np.uint8), digits.target.astype(np.int64))
