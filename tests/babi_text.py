"""Stories of a bAbI file as a reader meets them: sentences with their numbers, and questions after some of them."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question, its answer, the numbers of its supporting facts, and the (number, sentence) pairs told before it."""

    text: str
    answer: str
    supports: tuple
    facts: tuple


def stories(text):
    """A file's stories, each a list of [number, sentence] and [number, question, answer, supporting facts]."""
    found = []
    for line in text.splitlines():
        number, rest = line.split(" ", 1)
        if number == "1":
            found.append([])
        found[-1].append([int(number), *rest.split("\t")])
        assert int(number) == len(found[-1]), line
    return found


def questions(text):
    """All questions of a file."""
    found = []
    for story in stories(text):
        facts = ()
        for number, sentence, *rest in story:
            if rest:
                answer, supports = rest
                found.append(Question(sentence.rstrip(), answer, tuple(map(int, supports.split())), facts))
            else:
                facts += ((number, sentence),)
    return found


class Unknown(LookupError):
    """What was told does not answer the question."""


def first(found):
    """The first of what was found; Unknown where that is nothing."""
    for one in found:
        return one
    raise Unknown
