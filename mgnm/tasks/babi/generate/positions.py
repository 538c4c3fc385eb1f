"""Task 17: positions in the plane.

    The circle is above the blue star. The circle is to the left of the red star.
        Is the blue star below the red star? -> yes: the circle is on the level of the red star, the blue star below it.

A sentence means one step on a grid, so that two things can also be level: then neither is above the other. Two supporting
facts, from the first thing of the question to the second.
"""

SHAPES = ("circle", "red star", "blue star", "green cross", "yellow ring", "black diamond")
SIDES = {"above": (0, 1), "below": (0, -1), "to the right of": (1, 0), "to the left of": (-1, 0)}
OPPOSITE = {"above": "below", "below": "above", "to the right of": "to the left of", "to the left of": "to the right of"}
QUESTIONS = 8


def positional_reasoning(dice, story):
    """Task 17: where two things are relative to a third; eight questions about the two, half of the answers yes."""
    middle, first, second = dice.sample(SHAPES, 3)
    side, line = {}, {}
    for shape, side[shape] in zip((first, second), dice.sample(SIDES, 2)):
        if dice.heads():
            line[shape] = story.tell(f"The {shape} is {side[shape]} the {middle}")
        else:
            line[shape] = story.tell(f"The {middle} is {OPPOSITE[side[shape]]} the {shape}")
    for _ in range(QUESTIONS):
        answer = dice.heads()
        one, relation, other = dice.pick(
            (one, relation, other) for one, other in ((first, second), (second, first)) for relation in SIDES
            if _holds(SIDES[side[one]], SIDES[relation], SIDES[side[other]]) == answer)
        story.ask(f"Is the {one} {relation} the {other}?", "yes" if answer else "no", [line[one], line[other]])


def _holds(one, direction, other):
    """Is cell `one` further in a direction than cell `other`?"""
    return sum((a - b) * step for a, b, step in zip(one, other, direction)) > 0
