"""Digits as pictures: remember, recall and sort what has to be recognised first (REFERENCE 4 and 7).

    idx         the public file format of MNIST, read with suspicion
    download    the public files, checked and kept
    images      where the pictures come from, which are for training, and how they fit onto a pyramid
    recall      name the digit that came after a given one
    sort        put the classes of digits in order
    score       shares of right answers
    task        what the two have in common
"""

from .idx import read_idx
from .images import Digits, load_digits, pyramid, resize, split
from .recall import DigitRecall
from .score import ClassScores
from .sort import DigitSort
from .task import DigitEpisode, DigitTask

__all__ = ["ClassScores", "DigitEpisode", "DigitRecall", "DigitSort", "DigitTask", "Digits", "load_digits", "pyramid",
           "read_idx", "resize", "split"]
