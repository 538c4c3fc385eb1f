"""Tasks 6, 9 and 10: is somebody in a place? Yes, no, maybe.

    6   Anna went to the attic.                         Is Anna in the attic? -> yes.       In the barn? -> no.
    9   Anna is no longer in the attic.                 Is Anna in the attic? -> no.
    10  Anna is either in the attic or the barn.        Is Anna in the attic? -> maybe.     In the cellar? -> no.

One supporting fact: the latest sentence about the person's place. In tasks 9 and 10 people also move unseen: a sentence
says where they are now, whatever was said before.
"""

from .where import HABITS
from .words import PEOPLE, PLACES, QUESTIONS, elsewhere, walking
from .world import World


def yes_no_questions(dice, story):
    """Task 6: the world of tasks 1 and 2, half of the answers yes."""
    world = World(dice, story, HABITS)
    for _ in range(QUESTIONS):
        world.live(2)
        person = dice.pick(world.placed())
        here, line = world.walks[person][-1]
        _ask(dice, story, person, line, inside=[here])


def simple_negation(dice, story):
    """Task 9: somebody walks, is in a place, or is not there. Of somebody who is not in P, only P can be asked."""
    known = {}                                              # person: (line, places inside, places outside)
    for _ in range(QUESTIONS):
        for _ in range(2):
            person = dice.pick(PEOPLE)
            _, inside, outside = known.get(person, (0, [], []))
            place = elsewhere(dice, *inside)
            kind = dice.pick(("go", "go", "in", "not"))
            if kind != "not":
                known[person] = story.tell(_positive(dice, kind, person, place)), [place], None
            elif inside:
                known[person] = story.tell(f"{person} is no longer in the {inside[0]}"), [], inside
            else:
                place = elsewhere(dice, *outside)
                known[person] = story.tell(f"{person} is not in the {place}"), [], [place]
        person = dice.pick(known)
        line, inside, outside = known[person]
        _ask(dice, story, person, line, inside, outside)


def indefinite_knowledge(dice, story):
    """Task 10: somebody walks, is in a place, or is in one of two."""
    known = {}                                              # person: (line, places where they may be)
    for _ in range(QUESTIONS):
        for _ in range(2):
            person = dice.pick(PEOPLE)
            kind = dice.pick(("go", "in", "either"))
            place, other = dice.sample((place for place in PLACES if [place] != known.get(person, (0, []))[1]), 2)
            if kind == "either":
                known[person] = story.tell(f"{person} is either in the {place} or the {other}"), [place, other]
            else:
                known[person] = story.tell(_positive(dice, kind, person, place)), [place]
        person = dice.pick(known)
        line, inside = known[person]
        _ask(dice, story, person, line, inside)


def _positive(dice, kind, person, place):
    return walking(dice, person, place) if kind == "go" else f"{person} is in the {place}"


def _ask(dice, story, person, line, inside, outside=None):
    """Ask for a place inside (yes, or maybe where there are two) or outside (no); for either kind with the same chance.

    outside: None for all places that are not inside.
    """
    outside = [place for place in PLACES if place not in inside] if outside is None else outside
    if inside and dice.heads():
        place, answer = dice.pick(inside), "yes" if len(inside) == 1 else "maybe"
    else:
        place, answer = dice.pick(outside), "no"
    story.ask(f"Is {person} in the {place}?", answer, [line])
