"""Task 16: induction, from the single case to the general.

    Otto is a parrot. Otto is brown. Rosa is a parrot.      What color is Rosa? -> brown, as the other parrot.

Three supporting facts: what Rosa is, another of her kind, and its color. Here all of a kind have the same color in a story;
in the published files one in thirteen questions has a kind in two colors, and the answer is then that of the one whose kind
was told last. Where there are several others of the kind, the supporting facts name that one here as well.
"""

NAMES = ("Emil", "Felix", "Nina", "Otto", "Rosa")
KINDS = ("beetle", "horse", "parrot", "snake")
COLORS = ("black", "blue", "brown", "red")


def basic_induction(dice, story):
    """Task 16: five animals; of four the color is told, the fifth is of the kind of at least one of these."""
    asked, other, *rest = dice.shuffled(NAMES)
    kind = {name: dice.pick(KINDS) for name in (other, *rest)}
    kind[asked] = kind[other]
    color = {of: dice.pick(COLORS) for of in KINDS}
    facts = [(name, kind[name]) for name in NAMES] + [(name, color[kind[name]]) for name in NAMES if name != asked]
    line = {}                                               # (name, kind or color): where it is told
    for name, what in dice.shuffled(facts):
        line[name, what] = story.tell(f"{name} is a {what}" if what in KINDS else f"{name} is {what}")
    answer = color[kind[asked]]
    peer = max((name for name in NAMES if name != asked and kind[name] == kind[asked]),
               key=lambda name: line[name, kind[name]])
    story.ask(f"What color is {asked}?", answer, [line[asked, kind[asked]], line[peer, kind[peer]], line[peer, answer]])
