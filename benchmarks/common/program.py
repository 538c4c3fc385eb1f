"""What the programs of the benchmarks have in common: their help, the choice of nets, progress, the JSON file."""

import argparse
import sys
from pathlib import Path

from mgnm.cli.options import check_json
from mgnm.errors import UserError
from mgnm.settings import nearest

from .nets import NETS


def parser_of(name, description, example):
    """The parser of `python -m benchmarks.NAME`, whose help ends in an example."""
    return argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description, epilog=example,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


def add_nets(parser):
    """--nets"""
    parser.add_argument("--nets", metavar="S,M,L", default=",".join(NETS), help="which nets (default: all)")


def add_rounds(parser):
    """--rounds"""
    parser.add_argument("--rounds", metavar="N", type=int, default=3, help="every contestant's turns (default: 3)")


def add_json(parser):
    """--json"""
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the numbers to this file as well")


def add_device(parser):
    """--device"""
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu",
                        help="cpu: try the program where there is no GPU; its times mean nothing")


def check(options):
    """Make a list of options.nets; UserError for options that cannot be followed."""
    options.nets = options.nets.split(",")
    for name in options.nets:
        if name not in NETS:
            raise UserError(f"--nets: {name!r} is unknown: {nearest(name, list(NETS))}")
    if "rounds" in options and options.rounds < 1:
        raise UserError(f"--rounds {options.rounds} is too small: give 1 or more")
    check_json(options.json)


def progress(text):
    """What is being done, for the one who waits; the results alone go to standard output."""
    print(text, file=sys.stderr, flush=True)
