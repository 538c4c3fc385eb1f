"""Answers to the tasks about relations, kinds and motives (4 and 15-20), from the sentences alone.

As in babi_world_answers: no code of the simulator, no list of its names, both the simulator's files and the published ones.
"""

import re

from babi_text import Unknown, first

STEPS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0),
         "above": (0, 1), "below": (0, -1), "to the right": (1, 0), "to the left": (-1, 0)}
SIDES = "|".join(STEPS)
PLACED = rf"the (.+) is ({SIDES})(?: of)? the (.+)\."
KIND, KINDS, WHAT = r"(\w+) is an? (\w+)\.", r"(\w+) are afraid of (\w+)\.", r"(\w+) is (\w+)\."
PLURALS = {"mice": "mouse", "wolves": "wolf", "sheep": "sheep", "geese": "goose", "foxes": "fox"}


def told(facts, form):
    """(line, words) of all sentences of a form."""
    return [(line, *match.groups()) for line, sentence in facts if (match := re.fullmatch(form, sentence.lower()))]


def placed(facts):
    """{(a, b): (the step from a to b, line)} of all sentences about positions, each read in both directions."""
    steps = {}
    for line, one, side, other in told(facts, PLACED):
        x, y = STEPS[side]
        steps[other, one], steps[one, other] = ((x, y), line), ((-x, -y), line)
    return steps


def neighbour(facts, question):
    """What is north of the attic? What is the attic north of?"""
    if match := re.fullmatch(r"what is (\w+) of the (\w+)\?", question):
        (x, y), place = STEPS[match[1]], match[2]
    else:
        match = re.fullmatch(r"what is the (\w+) (\w+) of\?", question)
        (x, y), place = (-STEPS[match[2]][0], -STEPS[match[2]][1]), match[1]
    return first((b, (line,)) for (a, b), (step, line) in placed(facts).items() if a == place and step == (x, y))


def afraid(facts, question):
    """What is Bella afraid of?"""
    (name,) = re.fullmatch(r"what is (\w+) afraid of\?", question).groups()
    line, kind = first((line, kind) for line, who, kind in told(facts, KIND) if who == name)
    return first((singular(feared), (line, rule)) for rule, kinds, feared in told(facts, KINDS) if singular(kinds) == kind)


def singular(word):
    return PLURALS.get(word, word.removesuffix("s"))


def color(facts, question):
    """What color is Rosa? That of the last named animal of her kind."""
    (name,) = re.fullmatch(r"what color is (\w+)\?", question).groups()
    animals = told(facts, KIND)
    line, kind = first((line, kind) for line, who, kind in animals if who == name)
    colors = {who: (color, at) for at, who, color in told(facts, WHAT)}
    return first((colors[who][0], (line, other, colors[who][1])) for other, who, which in reversed(animals)
                 if which == kind and who in colors)


def position(facts, question):
    """Is the red star above the circle?"""
    one, side, other = re.fullmatch(rf"is the (.+) ({SIDES})(?: of)? the (.+)\?", question).groups()
    way = shortest({pair: line for pair, (_, line) in placed(facts).items()}, one, other)
    moves = [placed(facts)[pair][0] for pair, _ in way]
    ahead = -sum(a * b for move in moves for a, b in zip(move, STEPS[side]))
    return "yes" if ahead > 0 else "no", tuple(line for _, line in way)


def size(facts, question):
    """Is the crate bigger than the bag? Does the bag fit in the crate?"""
    if match := re.fullmatch(r"is the (.+) bigger than the (.+)\?", question):
        large, small = match.groups()
    else:
        small, large = re.fullmatch(r"does the (.+) fit in the (.+)\?", question).groups()
    links = {(a, b): line for line, a, b in told(facts, r"the (.+) is bigger than the (.+)\.")}
    links |= {(a, b): line for line, b, a in told(facts, r"the (.+) fits inside the (.+)\.")}
    try:
        return "yes", tuple(line for _, line in shortest(links, large, small))
    except Unknown:
        return "no", tuple(line for _, line in reversed(shortest(links, small, large)))


def way(facts, question):
    """How do you go from the attic to the barn?"""
    start, goal = re.fullmatch(r"how do you go from the (\w+) to the (\w+)\?", question).groups()
    steps = placed(facts)
    path = shortest({pair: line for pair, (_, line) in steps.items()}, start, goal)
    names = {STEPS[name]: name[0] for name in ("north", "south", "east", "west")}
    return ",".join(names[steps[pair][0]] for pair, _ in path), tuple(line for _, line in path)


def shortest(links, start, goal):
    """The shortest way over links {(a, b): line}, as [((a, b), line)]; Unknown where there is none."""
    ways = {start: []}
    for _ in links:                                         # no way is longer than there are links
        ways = {b: [*ways[a], ((a, b), line)] for (a, b), line in links.items() if a in ways} | ways
        if goal in ways:
            return ways[goal]
    raise Unknown


def customs(facts_of_stories):
    """{how somebody feels: where they go}, learned from stories in which both are told."""
    found = {}
    for facts in facts_of_stories:
        feels = {who: motive for _, who, motive in told(facts, WHAT)}
        found |= {feels[who]: place for _, who, place in told(facts, r"(\w+) (?:\w+|went back) to the (\w+)\.")}
    return found


def motive(facts, question, known):
    """Where will Anna go? Why did Anna go to the kitchen? Why did Anna get the kite? known: `customs`"""
    who = re.match(r"(?:where will|why did) (\w+) (?:go|get)", question)[1]
    line, feels = first((line, feels) for line, person, feels in told(facts, WHAT) if person == who)
    return known[feels] if question.startswith("where") else feels, (line,)


SOLVERS = {4: neighbour, 15: afraid, 16: color, 17: position, 18: size, 19: way}


def solve(task, facts, question):
    """(answer, supporting facts) from (number, sentence) pairs; Unknown where they do not tell. Task 20: see `motive`."""
    return SOLVERS[task](facts, question.lower())
