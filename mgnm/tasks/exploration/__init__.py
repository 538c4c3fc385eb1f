"""Joint exploration, mapping and localisation (REFERENCE 9): see as much of an unknown maze as you can, and know it.

The mazes, what is seen of them and what is asked are those of the mapping task. But here walls stop the agent, and where
it goes is its own choice: it is rewarded for every cell that it sees for the first time.

    environment  a batch of mazes, a step at a time          task  the settings
    players      who explores: by chance, or the nearest frontier of what was seen
    clairvoyant  who knows the maze: a bound                 agent  a network as a player
    play         coverage against steps, and the maps that a player draws
    score        how a network does, while it learns and beside others
"""

from .agent import Agent, draw
from .clairvoyant import Clairvoyant
from .environment import ACTIONS, DOWN, LEFT, RIGHT, UP, Environment
from .play import Curves, evaluate, play
from .players import NearestFrontier, RandomWalk
from .score import Comparison, RolloutScores
from .task import Exploration

__all__ = ["ACTIONS", "DOWN", "LEFT", "RIGHT", "UP", "Agent", "Clairvoyant", "Comparison", "Curves", "Environment",
           "Exploration", "NearestFrontier", "RandomWalk", "RolloutScores", "draw", "evaluate", "play"]
