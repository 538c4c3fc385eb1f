"""Task 5: three-argument relations. Who gave what to whom?

    Anna gave the teapot to Hugo.       What did Anna give to Hugo? -> teapot.    Who gave the teapot? -> Anna.
                                        Who received the teapot? -> Hugo.         ...

A question leaves out one of the three, and perhaps a second one. Where it fits several gifts, it means the latest.
"""

from .words import QUESTIONS
from .world import World

HABITS = ("go", "go", "take", "give", "give", "drop")
FORMS = (("What did {person} give to {receiver}?", "thing"), ("Who gave the {thing}?", "person"),
         ("Who gave the {thing} to {receiver}?", "person"), ("Who received the {thing}?", "receiver"),
         ("Who did {person} give the {thing} to?", "receiver"))


def three_argument_relations(dice, story):
    """Task 5: one supporting fact, the latest gift that the question fits."""
    world = World(dice, story, HABITS)
    for _ in range(QUESTIONS):
        world.live(2)
        while not _gifts(world):
            world.live(1)
        form, asked = dice.pick(FORMS)
        question = form.format_map(dice.pick(_gifts(world))._asdict())
        gift = next(gift for gift in _gifts(world) if form.format_map(gift._asdict()) == question)
        story.ask(question, getattr(gift, asked), [gift.line])


def _gifts(world):
    """All gifts so far, the latest first."""
    gifts = [touch for touches in world.touches.values() for touch in touches if touch.kind == "give"]
    return sorted(gifts, reverse=True)
