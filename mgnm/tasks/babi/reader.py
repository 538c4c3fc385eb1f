"""The text format of bAbI stories (REFERENCE 8), read strictly: a bad line is named, never skipped.

    1 Mary moved to the bathroom.                           number, space, sentence
    2 Where is Mary? <TAB>bathroom<TAB>1                    number, space, question, TAB, answer, TAB, supporting lines

Numbers count up from 1; a 1 begins the next story. An answer of several words has commas between them, supporting lines
have spaces. Words are taken in lower case (task 15 writes Gertrude and gertrude for one mouse).
"""

import re
from typing import NamedTuple

from ...errors import UserError

WORD = re.compile(r"\w[\w'-]*")
MOST_LINES, MOST_WORDS = 10_000, 100            # of a story; of a line


class Line(NamedTuple):
    """A sentence, or a question with its answer and the numbers of the lines that it follows from."""

    words: tuple[str, ...]
    answer: tuple[str, ...] = ()
    facts: tuple[int, ...] = ()


class BadLine(Exception):
    """What is wrong with a line."""


def parse(data, name):
    """The stories of a file: lists of Lines, number n at place n - 1. data: bytes; name: what to call the file.

    UserError names the file and the line that is not as the page says.
    """
    stories, story, known, number = [], [], {}, 0           # known: {text: its Line or words}, for sentences come again
    try:
        for number, line in enumerate(_lines(data, name), 1):
            count, _, text = line.partition(" ")
            if count == "1":
                _finish(stories, story)
                story = []
            elif count != str(len(story) + 1):
                raise BadLine(f"begins with {count[:20]!r} where the number {len(story) + 1} and a space are due"
                              + ", or 1 for a new story" * bool(story))
            elif len(story) == MOST_LINES:
                raise BadLine(f"is one too many: a story has at most {MOST_LINES} lines")
            if "\t" in text:
                story.append(_question(text, len(story), known))
            else:
                story.append(known.get(text) or known.setdefault(text, Line(words_of(text, "."))))
        _finish(stories, story)
    except BadLine as bad:
        raise UserError(f"{name}, line {number}, {bad}: see to the file") from None
    if not stories:
        raise UserError(f"{name} is empty: give a file with stories")
    return stories


def _lines(data, name):
    try:
        return data.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n") if data else []
    except UnicodeDecodeError as error:
        number = 1 + data.count(b"\n", 0, error.start)
        raise UserError(f"{name}, line {number}, has bytes that are no text (UTF-8): see to the file") from None


def _finish(stories, story):
    """Take up a story that is complete."""
    if story and not any(line.answer for line in story):
        raise BadLine("comes after, or ends, a story without a question")
    if story:
        stories.append(story)


def words_of(text, end):
    """The words, in lower case, of a sentence (end = ".") or a question ("?"); `BadLine` where it is none."""
    body = text.rstrip(" ")
    if not body.endswith(end):
        raise BadLine(f"does not end in {end!r}" + (", and has no TAB and answer" if body.endswith("?") else ""))
    body = body[:-1].rstrip(" ").lower()
    words = tuple(body.split(" "))
    if len(words) > MOST_WORDS:
        raise BadLine(f"has {len(words)} words: at most {MOST_WORDS} are read")
    if not all(WORD.fullmatch(word) for word in words):
        raise BadLine(f"is not made of words with one space between them, up to the {end!r}")
    return words


def _question(text, before, known):
    """The Line of a question with `before` lines before it in its story."""
    if text not in known:
        fields = text.split("\t")
        if len(fields) != 3:
            raise BadLine(f"has {len(fields) - 1} TAB: a question has two, before its answer and its supporting lines")
        answer = tuple(fields[1].lower().split(","))
        if not all(WORD.fullmatch(word) for word in answer):
            raise BadLine("has no answer of words with commas between them")
        facts = fields[2].split(" ")
        if not all(fact.isascii() and fact.isdigit() and len(fact) < 6 for fact in facts):
            raise BadLine("has supporting lines that are not numbers with one space between them")
        known[text] = Line(words_of(fields[0], "?"), answer, tuple(map(int, facts)))
    line = known[text]
    if not 0 < min(line.facts) <= max(line.facts) <= before:
        raise BadLine("has supporting lines that do not come before it")
    return line
