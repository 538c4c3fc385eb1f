"""Task 19: finding the way.

    The attic is north of the barn. The garage is west of the attic.
        How do you go from the barn to the garage? -> n,w: north to the attic, then west.

Five sentences join six places on a grid, without a circle: there is exactly one way along what is told. It leads over one
place in between. Two supporting facts, in the order of the way.
"""

from .words import PLACES

STEPS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}


def path_finding(dice, story):
    """Task 19: two steps, each n, s, e or w."""
    at = {}                                                 # place: its cell of the grid
    pairs = []
    for place in dice.shuffled(PLACES):
        free = [(neighbour, cell) for neighbour in at for cell in _cells_around(at[neighbour]) if cell not in at.values()]
        neighbour, at[place] = dice.pick(free) if free else (None, (0, 0))
        pairs += [dice.shuffled((place, neighbour))] if neighbour else []
    line = {}                                               # (place, place): where it is told that they are neighbours
    for place, other in dice.shuffled(pairs):
        number = story.tell(f"The {place} is {_direction(at[other], at[place])} of the {other}")
        line[place, other] = line[other, place] = number
    ways = [(a, b, c) for a, b in line for middle, c in line if b == middle and a != c]
    start, middle, goal = dice.pick(ways)
    steps = _direction(at[start], at[middle])[0], _direction(at[middle], at[goal])[0]
    story.ask(f"How do you go from the {start} to the {goal}?", ",".join(steps), [line[start, middle], line[middle, goal]])


def _cells_around(cell):
    return [(cell[0] + x, cell[1] + y) for x, y in STEPS.values()]


def _direction(start, goal):
    """The direction from a cell to one beside it."""
    return next(name for name, (x, y) in STEPS.items() if (start[0] + x, start[1] + y) == goal)
