"""Tasks 11, 12 and 13: who is `she`, who are `they`, and what does `Anna and Hugo` say of each?

    11  Anna went to the attic. Then she walked to the barn.               Where is Anna? -> barn.
    12  Anna and Hugo went to the attic.                                    Where is Hugo? -> attic.
    13  Anna and Hugo went to the attic. Then they walked to the barn.     Where is Hugo? -> barn.

A pronoun means whoever the sentence before was about, so that this sentence is a supporting fact as well.
"""

from .words import PEOPLE, QUESTIONS, elsewhere, walking

THEN = ("Then", "After that", "Afterwards", "Soon after")


def basic_coreference(dice, story):
    """Task 11: one person walks, and walks again as `he` or `she`."""
    known = {}
    for _ in range(QUESTIONS):
        _walk_twice(dice, story, known, [dice.pick(PEOPLE)])
        _ask(dice, story, known)


def conjunction(dice, story):
    """Task 12: two people walk together."""
    known = {}
    for _ in range(QUESTIONS):
        for _ in range(2):
            _walk(dice, story, known, dice.sample(PEOPLE, 2))
        _ask(dice, story, known)


def compound_coreference(dice, story):
    """Task 13: two people walk together, and walk again as `they`."""
    known = {}
    for _ in range(QUESTIONS):
        _walk_twice(dice, story, known, dice.sample(PEOPLE, 2))
        _ask(dice, story, known)


def _walk_twice(dice, story, known, people):
    _walk(dice, story, known, people)
    pronoun = "they" if len(people) == 2 else PEOPLE[people[0]]
    _walk(dice, story, known, people, f"{dice.pick(THEN)} {pronoun}")


def _walk(dice, story, known, people, pronoun=""):
    """People walk to a place where none of them is. known: {person: (place, lines that say so)} is brought up to date."""
    place = elsewhere(dice, *(known[person][0] for person in people if person in known))
    line = story.tell(walking(dice, pronoun or " and ".join(people), place))
    for person in people:
        known[person] = place, [line - 1, line] if pronoun else [line]


def _ask(dice, story, known):
    person = dice.pick(known)
    place, lines = known[person]
    story.ask(f"Where is {person}?", place, lines)
