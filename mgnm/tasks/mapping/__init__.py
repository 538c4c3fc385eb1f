"""Mapping and localisation (REFERENCE 3): walk through an unknown maze, and be asked "where have I seen this?".

The agent sees a small patch of the maze at every step and knows how far it is from its start. At every step it is also
shown one of the patches it has met so far, and must mark on a map all the places where it has seen that very patch.

    maze        random mazes, a batch at a time               walk        the paths through them
    patches     what is seen at a cell, as exact numbers      episode     inputs and targets, chunk by chunk
    sight       what the agent is shown and what it is to draw                neighbours  a random neighbour
    score       precision, recall and F-score                 memoryless  the best guess without any memory
    task        the settings that tie them together           maze_task   those that exploration has as well
"""

from .episode import Episode
from .maze import generate_mazes
from .memoryless import memoryless_scores
from .score import Scores
from .task import Mapping

__all__ = ["Episode", "Mapping", "Scores", "generate_mazes", "memoryless_scores"]
