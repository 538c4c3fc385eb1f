"""Task 14: time. The sentences tell in any order what happened yesterday, this morning, this afternoon and this evening.

    This morning Anna went to the attic. Yesterday Anna went to the barn.
                                        Where was Anna before the attic? -> barn.

Two supporting facts: the visit that is asked about, and the one at the time just before. No visit is asked about twice.
"""

from .words import PEOPLE, PLACES, QUESTIONS, walking

TIMES = ("yesterday", "this morning", "this afternoon", "this evening")


def time_reasoning(dice, story):
    """Task 14: everybody is in a different place at every time, so that `before the attic` means one visit."""
    diary = {person: dice.sample(PLACES, len(TIMES)) for person in PEOPLE}
    untold = dice.shuffled((person, time) for person in PEOPLE for time in range(len(TIMES)))
    told, asked = {}, set()                                 # told: (person, time): line
    for question in range(1, QUESTIONS + 1):
        while len(told) < 2 * question or not _new(told, asked):
            person, time = untold.pop()
            told[person, time] = story.tell(_sentence(dice, person, TIMES[time], diary[person][time]))
        person, time = visit = dice.pick(_new(told, asked))
        asked.add(visit)
        before, then = diary[person][time - 1], diary[person][time]
        story.ask(f"Where was {person} before the {then}?", before, [told[person, time], told[person, time - 1]])


def _new(told, asked):
    """All (person, time) that are told together with the time just before, and not asked about yet."""
    return [(person, time) for person, time in told if (person, time - 1) in told and (person, time) not in asked]


def _sentence(dice, person, time, place):
    visit = walking(dice, person, place)
    return f"{time} {visit}" if dice.heads() else f"{visit} {time}"
