"""The words of stories about people, places and objects, and the two sentences that several pages tell.

The names differ from those of the published files on purpose: whoever sees a story sees which of the two it is from.
"""

PEOPLE = {"Anna": "she", "Clara": "she", "Hugo": "he", "Peter": "he"}
PLACES = ("attic", "barn", "cellar", "garage", "library", "workshop")
OBJECTS = ("lantern", "teapot", "umbrella")

GO = ("went", "walked", "moved", "hurried", "wandered")
TAKE = ("took", "grabbed", "got", "picked up")
DROP = ("dropped", "left", "put down", "set down")
GIVE = ("gave", "handed", "passed")

QUESTIONS = 5       # of a story in which questions stand between the sentences, as in the published files


def walking(dice, who, place):
    """`Anna walked to the attic`"""
    return f"{who} {dice.pick(GO)} to the {place}"


def taking(dice, who, thing):
    """`Anna picked up the lantern there`, or without `there`"""
    return f"{who} {dice.pick(TAKE)} the {thing}{dice.pick((' there', ''))}"


def elsewhere(dice, *places):
    """A place that is none of these."""
    return dice.pick(place for place in PLACES if place not in places)
