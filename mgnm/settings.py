"""Settings: plain tables of a TOML file, read into dataclasses with every name and type checked."""

import difflib
from dataclasses import MISSING, fields

from .errors import UserError

LARGEST = 2 ** 63       # no setting has a reason to reach it


def nearest(name, names):
    """What to say of an unknown name: "did you mean X?" for the closest of `names`, else the list of them."""
    close = difflib.get_close_matches(str(name), names, 1)
    return f"did you mean {close[0]}?" if close else f"use one of {', '.join(names)}"


def read_table(cls, table, where):
    """A dataclass `cls` from a dict. UserError names the table `where`, the key, and what would be right.

    The type of a field is its annotation: int, float (an int will do), bool, str, list or dict.
    """
    known = {field.name: field for field in fields(cls)}
    for key, value in table.items():
        if key not in known:
            raise UserError(f"{where}.{key} is not a setting: {nearest(key, list(known))}")
        expected = known[key].type
        fits = isinstance(value, expected) or (expected is float and isinstance(value, int))
        if not fits or (isinstance(value, bool) and expected is not bool):
            raise UserError(f"{where}.{key} = {value!r} is of the wrong type: give {_TYPE_NAMES[expected]}")
        if expected in (int, float):
            check_size(f"{where}.{key}", value)
    for name, field in known.items():
        if name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise UserError(f"{where}.{name} is missing: give {_TYPE_NAMES[field.type]}")
    return cls(**table)


def check_size(where, number):
    """UserError for numbers that are infinite, not a number at all, or out of all proportion."""
    if not abs(number) < LARGEST:
        raise UserError(f"{where} = {number} cannot be computed with: give a finite number, below 2^63")


def check_whole(where, value, low, high):
    """UserError unless value is a whole number from low to high."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"{where} = {value!r} does not fit: give a whole number from {low} to {high}")


def check_tables(tables, where):
    """UserError unless the settings of a run, which come from `where`, have their three tables."""
    for name in ("network", "task", "training"):
        if not isinstance(tables.get(name), dict):
            raise UserError(f"{where} has no table [{name}]: restore it, or start a new run")


_TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", list: "a list",
               dict: "a table"}
