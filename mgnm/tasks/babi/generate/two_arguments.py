"""Task 4: relations of two arguments. Which of two places that stand to each other in a relation is which?

    The attic is north of the barn. The cellar is south of the barn.
        What is north of the barn? -> attic.           What is the barn south of? -> attic.

The same words stand in every question and in every sentence: only their order, and which direction is the opposite of
which, tells one place from another. One supporting fact. There are only 7,680 different stories, so that many a story for
testing is also one for training; the published files have few different ones, too.
"""

from .words import PLACES

OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}


def two_argument_relations(dice, story):
    """Task 4: three places in a row, and a question about one of the two sentences."""
    direction = dice.pick(OPPOSITE)
    row = dice.sample(PLACES, 3)                            # each place lies in `direction` of the next
    facts = []
    for place, other, way in dice.shuffled([(*row[:2], direction), (*row[1:], direction)]):
        if dice.heads():
            place, other, way = other, place, OPPOSITE[way]
        facts.append((place, other, way, story.tell(f"The {place} is {way} of the {other}")))
    place, other, way, line = dice.pick(facts)
    if dice.heads():
        story.ask(f"What is {way} of the {other}?", place, [line])
    else:
        story.ask(f"What is the {other} {OPPOSITE[way]} of?", place, [line])
