"""A small world: people walk from place to place, and take, drop and give objects. Tasks 1-3 and 5-8 ask about it.

Every step is told in the story, and nothing else happens. Three rules make the stories true to themselves:
- nobody acts before the story has said where they are, so that every `there` and every gift has a known place;
- an object that was dropped lies there until somebody at that place takes it; one that nobody touched yet may be found
  anywhere;
- nobody walks to the place where they are.

The world remembers everything with the number of the sentence that told it: that is what supporting facts are made of.
"""

from typing import NamedTuple

from .words import DROP, GIVE, OBJECTS, PEOPLE, elsewhere, taking, walking


class Visit(NamedTuple):
    """A person came to a place."""

    place: str
    line: int


class Touch(NamedTuple):
    """`person` took or dropped `thing`, or gave it to `receiver`, at stop number `visit` of the person's walk."""

    line: int
    kind: str
    person: str
    thing: str
    visit: int
    receiver: str = ""


class World:
    """What has happened so far, and what may happen next.

    habits: "go", "take", "drop" and "give", each as often as it should be tried. What cannot be done becomes a walk.
    """

    def __init__(self, dice, story, habits=("go",)):
        self.dice, self.story, self.habits = dice, story, habits
        self.walks = {person: [] for person in PEOPLE}      # person: all visits, the latest last
        self.touches = {thing: [] for thing in OBJECTS}     # object: all touches, the latest last
        self.holder = {}                                    # object: who carries it

    def live(self, steps):
        """Let so many things happen."""
        for _ in range(steps):
            kind = self.dice.pick(self.habits)
            possible = self._possible(kind)
            if possible:
                self._touch(kind, *self.dice.pick(possible))
            else:
                self._go(self.dice.pick(PEOPLE))

    def placed(self):
        """Everybody of whom the story has said where they are."""
        return [person for person, walk in self.walks.items() if walk]

    def place(self, person):
        """Where somebody who is placed is now."""
        return self.walks[person][-1].place

    def _possible(self, kind):
        """All (person, object) or (person, object, receiver) that `kind` can happen to."""
        if kind == "take":
            return [(person, thing) for thing in OBJECTS if thing not in self.holder
                    for person in self.placed() if self._lies(thing) in (None, self.place(person))]
        if kind == "drop":
            return [(person, thing) for thing, person in self.holder.items()]
        if kind == "give":
            return [(person, thing, other) for thing, person in self.holder.items()
                    for other in self.placed() if other != person and self.place(other) == self.place(person)]
        return []

    def _lies(self, thing):
        """Where an object lies that nobody carries; None where nobody has touched it yet."""
        if self.touches[thing]:
            last = self.touches[thing][-1]
            return self.walks[last.person][last.visit].place
        return None

    def _go(self, person):
        walk = self.walks[person]
        place = elsewhere(self.dice, *(visit.place for visit in walk[-1:]))
        walk.append(Visit(place, self.story.tell(walking(self.dice, person, place))))

    def _touch(self, kind, person, thing, receiver=""):
        line = self.story.tell(self._sentence(kind, person, thing, receiver))
        self.touches[thing].append(Touch(line, kind, person, thing, len(self.walks[person]) - 1, receiver))
        if kind == "drop":
            del self.holder[thing]
        else:
            self.holder[thing] = receiver or person

    def _sentence(self, kind, person, thing, receiver):
        if kind == "take":
            return taking(self.dice, person, thing)
        if kind == "drop":
            return f"{person} {self.dice.pick(DROP)} the {thing}{self.dice.pick((' there', ''))}"
        return f"{person} {self.dice.pick(GIVE)} the {thing} to {receiver}"
