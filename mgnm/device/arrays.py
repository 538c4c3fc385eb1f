"""The dispatch between NumPy and CuPy, and the arrays made for new results."""

import sys
from dataclasses import fields, is_dataclass, replace

import numpy as np

from .pool import pool


def array_module(x):
    """The module, numpy or cupy, whose functions work on array `x`."""
    cupy = sys.modules.get("cupy")                          # no CuPy array exists before CuPy was imported
    return cupy if cupy is not None and isinstance(x, cupy.ndarray) else np


def empty(shape, like):
    """An uninitialised array of this shape, with the dtype and on the device of `like`."""
    xp = array_module(like)
    return pool.empty(shape, like.dtype) if xp is np else xp.empty(shape, like.dtype)


def zeros(shape, like):
    """As `empty`, filled with zeros."""
    out = empty(shape, like)
    out.fill(0)
    return out


def copy(x):
    """A contiguous copy that keeps nothing else alive (a view keeps the whole block that it looks into)."""
    out = empty(x.shape, x)
    out[...] = x
    return out


def to_numpy(x):
    """`x` as a NumPy array on the CPU; the one place where data leaves a GPU."""
    return np.asarray(x) if array_module(x) is np else x.get()


def place(x, xp):
    """`x`, an array, or a dict or dataclass of some, with the arrays of module xp; what is no array stays as it is."""
    if isinstance(x, dict):
        return {name: place(value, xp) for name, value in x.items()}
    if is_dataclass(x):
        return replace(x, **{field.name: place(getattr(x, field.name), xp) for field in fields(x)})
    return xp.asarray(x) if hasattr(x, "shape") else x
