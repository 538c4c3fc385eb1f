"""Settings: plain tables of a TOML file, read into dataclasses with every name and type checked."""

import difflib
from dataclasses import MISSING, fields
from numbers import Integral, Real

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


def check_whole(where, value, low, high, odd=False, note=""):
    """UserError unless value is a whole number (an odd one) from low to high; note: what else to say of the range."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not low <= value <= high or (odd and value % 2 == 0):
        kind = "an odd" if odd else "a"
        raise UserError(f"{where} = {value!r} does not fit: give {kind} whole number from {low} to {high}{note}")


def check_fraction(where, value):
    """UserError unless value is a number from 0 to 1."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UserError(f"{where} = {value!r} does not fit: give a number from 0 to 1")


def check_switch(where, value):
    """UserError unless value is True or False."""
    if not isinstance(value, bool):
        raise UserError(f"{where} = {value!r} does not fit: give true or false")


def check_choice(where, value, choices):
    """UserError unless value is one of the choices."""
    if value not in choices:
        raise UserError(f"{where} = {value!r} is unknown: {nearest(value, list(choices))}")


def check_tables(tables, where):
    """UserError unless the settings of a run, which come from `where`, have their three tables."""
    for name in ("network", "task", "training"):
        if not isinstance(tables.get(name), dict):
            raise UserError(f"{where} has no table [{name}]: restore it, or start a new run")


_TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", list: "a list",
               dict: "a table"}
