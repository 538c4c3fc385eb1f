"""Tasks 7 and 8: how many objects does somebody carry, and which?

    Anna got the teapot. Anna got the lantern. Anna dropped the teapot.
                                        How many objects is Anna carrying? -> one.      What is Anna carrying? -> lantern.

All that Anna ever got or let go counts, so that every sentence about her hands is a supporting fact.
"""

from .words import QUESTIONS
from .world import World

HABITS = ("go", "go", "go", "take", "take", "drop")
COUNTS = ("none", "one", "two", "three")


def counting(dice, story):
    """Task 7: the number of objects in somebody's hands, as a word. People may also give objects to each other."""
    world = World(dice, story, (*HABITS, "give"))
    for _ in range(QUESTIONS):
        person, hands = _somebody(world)
        count = sum(holds for _, holds, _ in hands)
        story.ask(f"How many objects is {person} carrying?", COUNTS[count],
                  sorted(line for _, _, lines in hands for line in lines))


def lists_sets(dice, story):
    """Task 8: the objects in somebody's hands, with commas between them, in the order in which they were first taken."""
    world = World(dice, story, HABITS)
    for _ in range(QUESTIONS):
        person, hands = _somebody(world)
        held = [thing for thing, holds, _ in hands if holds]
        story.ask(f"What is {person} carrying?", ",".join(held) or "nothing",
                  [line for _, _, lines in hands for line in lines])


def _somebody(world):
    """Let time pass; then somebody who has ever had an object, and (object, is it still there, lines) for each of those.

    The objects are in the order in which they first came into these hands.
    """
    world.live(2)
    while not any(world.touches.values()):
        world.live(1)
    touches = sorted(touch for touches in world.touches.values() for touch in touches)
    person = world.dice.pick(sorted({who for touch in touches for who in (touch.person, touch.receiver) if who}))
    lines = {}
    for touch in touches:
        if person in (touch.person, touch.receiver):
            lines.setdefault(touch.thing, []).append(touch.line)
    return person, [(thing, world.holder.get(thing) == person, lines[thing]) for thing in lines]
