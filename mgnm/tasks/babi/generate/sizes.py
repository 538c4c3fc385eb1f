"""Task 18: sizes.

    The bag fits inside the basket. The crate is bigger than the basket.
        Does the bag fit in the crate? -> yes.          Is the basket bigger than the crate? is never asked: it is told.

Sizes are different in every story: a thing is known by what is told about it alone. Questions are about two things that no
sentence compares (in the published files one does, for three questions of ten), with exactly one between them.

Two supporting facts: the sentence about the first thing of a question about what is bigger, and the one about the second;
for a question about what fits, the other way round.
"""

THINGS = ("bag", "bag of nuts", "barrel", "basket", "crate", "trunk")
FACTS = QUESTIONS = 5


def size_reasoning(dice, story):
    """Task 18: five sentences about six things, five questions, half of the answers yes."""
    order = dice.shuffled(THINGS)                           # from small to large
    told = dice.sample(_pairs(order), FACTS)
    while not _between(order, told):
        told = dice.sample(_pairs(order), FACTS)
    line = {}                                               # (smaller, larger): where it is told
    for small, large in told:
        form = dice.pick(("The {small} fits inside the {large}", "The {large} is bigger than the {small}"))
        line[small, large] = story.tell(form.format(small=small, large=large))
    for _ in range(QUESTIONS):
        small, middle, large = dice.pick(_between(order, told))
        first, second, answer, lines = large, small, "yes", [line[middle, large], line[small, middle]]
        if dice.heads():
            first, second, answer, lines = small, large, "no", lines[::-1]
        form = dice.pick(("Is the {first} bigger than the {second}?", "Does the {second} fit in the {first}?"))
        story.ask(form.format(first=first, second=second), answer, lines)


def _pairs(order):
    return [(small, large) for k, large in enumerate(order) for small in order[:k]]


def _between(order, told):
    """(smaller, between, larger) of all pairs that are not told, but follow over exactly one thing between."""
    found = []
    for small, large in _pairs(order):
        middles = [middle for middle in order if (small, middle) in told and (middle, large) in told]
        if len(middles) == 1 and (small, large) not in told:
            found.append((small, middles[0], large))
    return found
