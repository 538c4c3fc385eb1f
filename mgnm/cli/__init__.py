"""The command line: `mgnm`, or `python -m mgnm`. One page per command; each has `add(commands)` and `run(arguments)`."""

import argparse

from . import babi, compare, demo, doctor, evaluate, figures, train
from .status import exit_status

EPILOG = """examples:
  mgnm demo                                        train preset tiny from scratch, score it, draw it: minutes on a laptop
  mgnm train mapping --preset small --out runs/a   train a preset; --resume runs/a goes on
  mgnm evaluate tiny                               score the weights that come with the package on fresh data
"""


class Parser(argparse.ArgumentParser):
    """Every error is one line and exit status 2."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser():
    """The parser with all commands."""
    top = Parser(prog="mgnm", description="Multigrid Neural Memory: train it, score it, look inside.", epilog=EPILOG,
                 formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for page in (demo, train, evaluate, figures, compare, babi, doctor):
        page.add(commands)
    return top


def main(arguments=None):
    """Run a command line; returns the exit status, see `exit_status`. SystemExit (2) for options that there are not."""
    options = parser().parse_args(arguments)
    return exit_status("mgnm", lambda: options.run(options))
