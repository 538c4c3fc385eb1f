"""Task 15: deduction, from the general to the single case.

    Foxes are afraid of bears. Bella is a fox.      What is Bella afraid of? -> bear.

Two supporting facts: what Bella is, and what all of her kind fear.
"""

PLURALS = {"bear": "bears", "fox": "foxes", "goose": "geese", "rabbit": "rabbits"}
NAMES = ("Bella", "Max", "Rufus", "Tilly")


def basic_deduction(dice, story):
    """Task 15: four kinds of animals, each afraid of one other kind; four animals, of any kinds; four questions."""
    fears = {kind: dice.pick(other for other in PLURALS if other != kind) for kind in PLURALS}
    kinds = {name: dice.pick(PLURALS) for name in NAMES}
    line = {}                                               # kind or name: where it is told
    for subject in dice.shuffled((*fears, *kinds)):
        if subject in fears:
            line[subject] = story.tell(f"{PLURALS[subject]} are afraid of {PLURALS[fears[subject]]}")
        else:
            line[subject] = story.tell(f"{subject} is a {kinds[subject]}")
    for _ in range(4):
        name = dice.pick(NAMES)
        story.ask(f"What is {name} afraid of?", fears[kinds[name]], [line[name], line[kinds[name]]])
