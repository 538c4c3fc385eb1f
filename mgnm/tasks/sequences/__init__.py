"""Sequences of bits in, sequences of bits out: what a memory can do that knows nothing of space (REFERENCE 7).

An encoder takes in the whole input, then a decoder brings out the answer, without being shown anything more.

    copying     reproduce what was seen, once or several times
    sort        bring it into the order of its priorities
    recall      name the item that came after a given one
    score       bits per sequence, and the bit error rate
    task        what the four have in common
"""

from .copying import Copy, RepeatCopy
from .recall import Recall
from .score import BitScores
from .sort import Sort
from .task import BitTargets, SequenceTask

__all__ = ["BitScores", "BitTargets", "Copy", "Recall", "RepeatCopy", "SequenceTask", "Sort"]
