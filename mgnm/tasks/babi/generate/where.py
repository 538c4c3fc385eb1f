"""Tasks 1, 2 and 3: where somebody is, where an object is, where an object was before. One, two, three supporting facts.

    1   Anna went to the attic.                     Where is Anna? -> attic: the last sentence that moved her.
    2   Anna went to the attic. Anna got the teapot. Anna went to the barn.
                                                    Where is the teapot? -> barn: who has it, and where she went.
    3   ... Anna went to the cellar.                Where was the teapot before the cellar? -> barn: who had it, and
                                                    the two walks on which she carried it from one place to the other.
"""

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
    to the place before.
    """
    world = World(dice, story, CARRYING)
    for _ in range(QUESTIONS):
        world.live(2)
        while not any(len(_carried(world, thing)) > 1 for thing in world.touches):
            world.live(1)
        thing = dice.pick(thing for thing in world.touches if len(_carried(world, thing)) > 1)
        way = _carried(world, thing)
        place = dice.pick(visit.place for visit in way[1:])
        last = max(k for k, visit in enumerate(way) if visit.place == place)
        before, there = way[last - 1], way[last]
        story.ask(f"Where was the {thing} before the {place}?", before.place,
                  [world.touches[thing][-1].line, there.line, before.line])


def _carried(world, thing):
    """The visits that an object made in its latest carrier's hands, from where it was taken to where it is."""
    touches = world.touches[thing]
    if not touches:
        return []
    taken = next(touch for touch in reversed(touches) if touch.kind == "take")
    end = touches[-1].visit if touches[-1].kind == "drop" else None
    walk = world.walks[taken.person]
    return walk[taken.visit:] if end is None else walk[taken.visit:end + 1]
