"""`mgnm babi`: question answering. Make stories, talk to trained weights, and report errors task by task."""

import sys

from threadpoolctl import threadpool_limits

from ..errors import UserError
from ..tasks import build_task
from ..tasks.babi import Babi, Conversation, answer_text, said
from ..tasks.babi.report import collect, label, numbers, table
from ..tasks.fit import check_fits
from ..training import load_network
from . import babi_generate
from . import options as shared

SHOWN = 3           # so many of the likeliest words are printed
ALL = 1_000_000     # stories


def add(commands):
    """The command, its sub-commands and their options."""
    command = commands.add_parser("babi", help="Question answering: make stories, ask, report.",
                                  description="Question answering on bAbI stories.")
    parts = command.add_subparsers(title="commands", dest="part", required=True, metavar="COMMAND")
    babi_generate.add(parts)
    _add_ask(parts)
    _add_report(parts)


def _add_ask(parts):
    command = shared.add_command(parts, "ask", ask, "Tell trained weights a story, line by line, and ask questions.",
                                 "printf 'Mary went to the garden.\\nWhere is Mary?\\n' | mgnm babi ask babi-joint")
    command.add_argument("weights", help="a run's folder, a file, or a preset whose weights come with the package")
    command.add_argument("--answer-words", type=int, default=1, metavar="N",
                         help="words of an answer, for weights that answer word by word (default: 1)")
    shared.add_set(command, "task.source=stories")
    shared.add_device(command)


def _add_report(parts):
    command = shared.add_command(parts, "report", report, "Errors of runs on all held-out stories, task by task.",
                                 "mgnm babi report runs/qa1 runs/qa2 --out babi.png")
    command.add_argument("weights", nargs="+", metavar="RUN",
                         help="presets whose weights come with the package, runs' folders, or files")
    command.add_argument("--out", metavar="FILE", help="also draw them as a bar chart, beside published results")
    shared.add_set(command, "task.source=stories")
    shared.add_json(command)
    shared.add_device(command)


def ask(options):
    """Read lines from the terminal or a pipe until they end. In a pipe the first bad line ends it, with status 2."""
    if not 1 <= options.answer_words <= 10:
        raise UserError(f"--answer-words {options.answer_words} does not fit: give a number from 1 to 10")
    network, task, _ = _load(options.weights, options)
    check_fits(network, task.exchange)                      # not `task.check`, which wants the stories
    conversation = Conversation(network, task.vocabulary, options.answer_words)
    typed = sys.stdin.isatty()
    if typed:
        print("Type sentences, each ending in '.', then a question, ending in '?'. An empty line begins a new story.")
    for line in _lines():
        try:
            _turn(conversation, line.strip())
        except UserError as error:
            if not typed:
                raise
            print(error)


def _lines():
    """Those of the terminal or the pipe; UserError where they are no text."""
    try:
        yield from sys.stdin
    except UnicodeDecodeError as error:
        raise UserError(f"the story is not text in {error.encoding} ({error.reason}): save it as UTF-8") from None


def _turn(conversation, line):
    """Take one line; print the answer where it is a question."""
    if not line:
        conversation.forget()
        return
    probabilities = conversation.hear(line)
    if probabilities:
        likeliest = "; ".join(", ".join(f"{word} {p:.1%}" for word, p in list(word.items())[:SHOWN])
                              for word in said(probabilities))
        print(f"{line.split(chr(9))[0].strip()}  {answer_text(probabilities)}  ({likeliest})")


def report(options):
    """Score every run on all stories that it never saw, print a table, and draw it."""
    shared.check_json(options.json)
    shared.check_file("--out", options.out, (".png", ".pdf", ".svg"))
    columns = {}
    for weights in options.weights:
        network, task, trained_on = _load(weights, options)
        task.check(network)
        with threadpool_limits(1):                          # small products do not thread well inside the BLAS
            collect(columns, label(task, trained_on), task.evaluate(network, ALL), weights)
    print(table(columns))
    shared.report(numbers(columns), options.json)
    if options.out:
        from ..figures.babi_report import babi_chart  # matplotlib takes long to import: only where it is used

        print(f"Figure: {babi_chart(columns, options.out)}")


def _load(weights, options):
    """(network, task, the numbers that it was trained on) of weights for this task; UserError for others."""
    network, tables, _ = load_network(weights, shared.device(options))
    task = build_task(shared.override_trained(tables, options.set, ["task"])["task"])
    if not isinstance(task, Babi):
        raise UserError(f"{weights} was trained on {tables['task']['kind']}: give weights of the task babi")
    return network, task, tables["task"]["tasks"]
