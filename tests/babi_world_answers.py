"""Answers to the tasks about people, places and objects (1-3 and 5-14), from the sentences alone.

Each solver gets the events of the sentences told so far and the question in lower case. It searches BACK from the question,
where the simulator goes forward; it shares no code and no word of a name with the simulator, only verbs. It returns the
answer and the supporting facts by the rules of the published files.
"""

import re
from dataclasses import dataclass

from babi_text import Unknown, first

TAKE, DROP = "took|grabbed|got|picked up", "dropped|left|discarded|put down|set down"
GIVE = "gave|handed|passed"
TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
TIME = "|".join(TIMES)
FORMS = {                                                   # kind of event: its sentence
    "take": rf"(?P<who>\w+) (?:{TAKE}) the (?P<thing>\w+)(?: there)?",
    "drop": rf"(?P<who>\w+) (?:{DROP}) the (?P<thing>\w+)(?: there)?",
    "give": rf"(?P<who>\w+) (?:{GIVE}) the (?P<thing>\w+) to (?P<whom>\w+)",
    "not in": r"(?P<who>\w+) is (?:no longer|not) in the (?P<place>\w+)",
    "either": r"(?P<who>\w+) is either in the (?P<place>\w+) or the (?P<other>\w+)",
    "in": r"(?P<who>\w+) is in the (?P<place>\w+)",
    "again": r"[\w ]+ (?:he|she|they) (?:\w+|went back) to the (?P<place>\w+)",
    "go": rf"(?:(?P<lead>{TIME}) )?(?P<who>\w+)(?: and (?P<second>\w+))? (?:\w+|went back) to the (?P<place>\w+)"
          rf"(?: (?P<end>{TIME}))?",
}


@dataclass(frozen=True)
class Event:
    """What one sentence says; lines: it, and the sentence before where a pronoun needs that."""

    kind: str
    lines: tuple
    who: tuple
    thing: str = ""
    whom: str = ""
    place: str = ""
    other: str = ""
    time: int = 0

    @property
    def line(self):
        return self.lines[-1]


def read(facts):
    """The events of (number, sentence) pairs."""
    events = []
    for line, sentence in facts:
        text = sentence.lower().removesuffix(".")
        kind, match = first((kind, match) for kind, form in FORMS.items() if (match := re.fullmatch(form, text)))
        found = {name: value for name, value in match.groupdict().items() if value}
        time = [TIMES.index(found.pop(name)) for name in ("lead", "end") if name in found]
        who, lines = tuple(found.pop(name) for name in ("who", "second") if name in found), (line,)
        if kind == "again":
            kind, who, lines = "go", first(events[::-1]).who, (events[-1].line, line)
        events.append(Event(kind, lines, who, **found, time=time[0] if time else line))
    return events


def asked(form, question):
    """The words of a question of this form."""
    match = re.fullmatch(form, question)
    assert match, question
    return match.groups()


def person_place(events, question):
    """Where is Anna?"""
    (person,) = asked(r"where is (\w+)\?", question)
    event = first(event for event in reversed(events) if person in event.who)
    return event.place, event.lines


def object_place(events, question):
    """Where is the lantern?"""
    (thing,) = asked(r"where is the (\w+)\?", question)
    touch = first(event for event in reversed(events) if event.thing == thing)
    before = touch.line if touch.kind == "drop" else events[-1].line + 1
    walk = first(event for event in reversed(events)
                 if event.kind == "go" and event.who == touch.who and event.line < before)
    return walk.place, (touch.line, walk.line)


def object_place_before(events, question):
    """Where was the lantern before the attic?"""
    thing, place = asked(r"where was the (\w+) before the (\w+)\?", question)
    way = carried_back(events, thing)
    there = first(k for k, walk in enumerate(way) if walk.place == place)
    before = first(walk for walk in way[there:] if walk.place != place)
    touch = first(event for event in reversed(events) if event.thing == thing)
    return before.place, (touch.line, way[there].line, before.line)


def carried_back(events, thing):
    """The walks on which an object was carried, and the one that had brought its carrier to it; the latest first.

    Who drops an object of which nobody told before had it all the time.
    """
    way, until = [], events[-1].line + 1
    touches = [event for event in reversed(events) if event.thing == thing]
    for touch, earlier in zip(touches, [*touches[1:], None]):
        walks = [event for event in reversed(events) if event.kind == "go" and event.who == touch.who and event.line < until]
        until = touch.line
        if touch.kind == "take":
            start = [walk for walk in walks if walk.line < touch.line]
            way += walks[:len(walks) - len(start)] + start[:1]
        elif not earlier:
            way += [walk for walk in walks if walk.line < touch.line]
    return way


def given(events, question):
    """What did Anna give to Hugo? Who gave the lantern? ..."""
    for form, answer in ((r"what did (?P<who>\w+) give to (?P<whom>\w+)\?", "thing"),
                         (r"who gave the (?P<thing>\w+)(?: to (?P<whom>\w+))?\?", "who"),
                         (r"who received the (?P<thing>\w+)\?", "whom"),
                         (r"who did (?P<who>\w+) give the (?P<thing>\w+) to\?", "whom")):
        if match := re.fullmatch(form, question):
            known = {name: value for name, value in match.groupdict().items() if value}
            for event in reversed(events):
                gift = {"who": event.who[0], "thing": event.thing, "whom": event.whom}
                if event.kind == "give" and known.items() <= gift.items():
                    return gift[answer], event.lines
            raise Unknown
    raise AssertionError(question)


def person_in(events, question):
    """Is Anna in the attic?"""
    person, place = asked(r"is (\w+) in the (\w+)\?", question)
    event = first(event for event in reversed(events) if person in event.who and event.place)
    if event.kind == "not in" and place != event.place:
        raise Unknown
    if event.kind == "either" and place in (event.place, event.other):
        return "maybe", event.lines
    return "yes" if place == event.place and event.kind != "not in" else "no", event.lines


def hands(events, person):
    """[object, does the person have it, lines about that]: the objects in the order of the first line."""
    lines = {}
    for event in events:
        if event.thing and person in (*event.who, event.whom):
            lines.setdefault(event.thing, []).append(event)
    return [(thing, found[-1].kind == "take" or found[-1].whom == person, [event.line for event in found])
            for thing, found in lines.items()]


def how_many(events, question):
    """How many objects is Anna carrying?"""
    (person,) = asked(r"how many objects is (\w+) carrying\?", question)
    found = hands(events, person)
    count = sum(has for _, has, _ in found)
    return ("none", "one", "two", "three")[count], tuple(sorted(sum((lines for _, _, lines in found), [])))


def which(events, question):
    """What is Anna carrying?"""
    (person,) = asked(r"what is (\w+) carrying\?", question)
    found = hands(events, person)
    things = ",".join(thing for thing, has, _ in found if has)
    return things or "nothing", tuple(sum((lines for _, _, lines in found), []))


def person_place_before(events, question):
    """Where was Anna before the attic?"""
    person, place = asked(r"where was (\w+) before the (\w+)\?", question)
    diary = sorted((event for event in events if person in event.who), key=lambda event: -event.time)
    there = first(k for k, event in enumerate(diary) if event.place == place)
    before = first(diary[there + 1:])
    return before.place, (diary[there].line, before.line)


SOLVERS = {1: person_place, 2: object_place, 3: object_place_before, 5: given, 6: person_in, 7: how_many, 8: which,
           9: person_in, 10: person_in, 11: person_place, 12: person_place, 13: person_place, 14: person_place_before}


def solve(task, facts, question):
    """(answer, supporting facts) from (number, sentence) pairs; Unknown where they do not tell."""
    return SOLVERS[task](read(facts), question.lower())
