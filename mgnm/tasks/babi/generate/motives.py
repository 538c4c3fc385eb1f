"""Task 20: why people do what they do.

    Anna is thirsty.                        Where will Anna go? -> kitchen.
    Anna went to the kitchen.               Why did Anna go to the kitchen? -> thirsty.
    Anna got the lemonade there.            Why did Anna get the lemonade? -> thirsty.

No sentence says that whoever is thirsty goes to the kitchen: that is to be learned from the other stories. One supporting
fact: how the person feels.
"""

from .words import PEOPLE, taking, walking

MOTIVES = {"bored": ("garden", "kite"), "hungry": ("kitchen", "sandwich"), "thirsty": ("kitchen", "lemonade"),
           "tired": ("bedroom", "blanket")}


def agents_motivations(dice, story):
    """Task 20: four people feel something, go where it helps, and take what is there. A question after every sentence."""
    motive = {person: dice.pick(MOTIVES) for person in PEOPLE}
    line, gone, taken = {}, set(), set()                    # line: person: where it is told how they feel
    while len(gone) < len(PEOPLE) or dice.heads():
        person = dice.pick(PEOPLE)
        place, thing = MOTIVES[motive[person]]
        if person not in line:
            line[person] = story.tell(f"{person} is {motive[person]}")
            story.ask(f"Where will {person} go?", place, [line[person]])
        elif person not in gone:
            gone.add(person)
            story.tell(walking(dice, person, place))
            story.ask(f"Why did {person} go to the {place}?", motive[person], [line[person]])
        elif thing not in taken:                            # there is one of each: who comes first has it
            taken.add(thing)
            story.tell(taking(dice, person, thing))
            story.ask(f"Why did {person} get the {thing}?", motive[person], [line[person]])
