"""Question answering on bAbI stories (REFERENCE 8).

    archive     where the files lie, read with suspicion        reader      their text, line by line
    stories     for training, and a tenth held out              vocabulary  words as numbers, stories as steps
    task        what is drawn, due, and how it is scored        score       errors, task by task
    ask         a conversation with weights             report      several trainings side by side
    generate    stories of our own making
"""

from .ask import Conversation, answer_text, said
from .reader import Line, parse
from .score import FAILED, BabiScores
from .stories import load_stories
from .task import Babi
from .vocabulary import Vocabulary

__all__ = ["FAILED", "Babi", "BabiScores", "Conversation", "Line", "Vocabulary", "answer_text", "load_stories", "parse",
           "said"]
