"""Tasks 1, 2 and 3: where somebody is, where an object is, where an object was before. One, two, three supporting facts.

    1   Anna went to the attic.                     Where is Anna? -> attic: the last sentence that moved her.
    2   Anna went to the attic. Anna got the teapot. Anna went to the barn.
                                                    Where is the teapot? -> barn: who has it, and where she went.
    3   ... Anna went to the cellar.                Where was the teapot before the cellar? -> barn: who had it, and
                                                    the two walks on which she carried it from one place to the other.
"""

from itertools import pairwise

from .words import QUESTIONS
from .world import World

HABITS = ("go", "go", "go", "take", "drop")
CARRYING = ("go", "go", "go", "go", "take", "drop")     # longer ways between taking and dropping


def single_supporting_fact(dice, story):
    """Task 1: the place of a person is that of their latest walk."""
    world = World(dice, story)
    for _ in range(QUESTIONS):
        world.live(2)
        person = dice.pick(world.placed())
        place, line = world.walks[person][-1]
        story.ask(f"Where is {person}?", place, [line])


def two_supporting_facts(dice, story):
    """Task 2: an object is where the person is who carries it, or where the person was who dropped it."""
    world = World(dice, story, HABITS)
    for _ in range(QUESTIONS):
        world.live(2)
        while not any(world.touches.values()):
            world.live(1)
        thing = dice.pick(thing for thing, touches in world.touches.items() if touches)
        touch = world.touches[thing][-1]
        walk = world.walks[touch.person]
        place, line = walk[touch.visit] if touch.kind == "drop" else walk[-1]
        story.ask(f"Where is the {thing}?", place, [touch.line, line])


def three_supporting_facts(dice, story):
    """Task 3: where an object was before the place P.

    Only where one person carried it to P from the place before, and nobody else has touched it since. The facts: that this
    person had it (the latest sentence that says so: that they took it or, by now, dropped it), the walk to P, and the walk
    to the place before. Nothing is asked twice from the same facts.
    """
    world = World(dice, story, CARRYING)
    asked = set()
    for _ in range(QUESTIONS):
        world.live(2)
        while not (new := [way for way in _ways(world) if way not in asked]):
            world.live(1)
        touch, before, there = way = dice.pick(new)
        asked.add(way)
        story.ask(f"Where was the {touch.thing} before the {there.place}?", before.place,
                  [touch.line, there.line, before.line])


def _ways(world):
    """(latest touch, visit, next visit) of all objects that were carried so, the latest way of an object to a place."""
    found = []
    for touches in filter(None, world.touches.values()):
        visits = _carried(world, touches)
        for k, (before, there) in enumerate(pairwise(visits)):
            if there.place not in (later.place for later in visits[k + 2:]):
                found.append((touches[-1], before, there))
    return found


def _carried(world, touches):
    """The visits that an object made in its latest carrier's hands, from where it was taken to where it is."""
    taken = next(touch for touch in reversed(touches) if touch.kind == "take")
    walk = world.walks[taken.person]
    return walk[taken.visit:] if taken == touches[-1] else walk[taken.visit:touches[-1].visit + 1]
