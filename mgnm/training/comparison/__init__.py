"""Several networks trained on the same data: with the same number of updates and, separately, for the same time.

    settings    the file of a comparison: contestants, task, training, what a search tries
    folder      where a comparison is kept
    runs        one run of it: trained to its end or gone on with, scored once, never run again
    search      learning rate and clip for every contestant, from the same small grid
    pace        the time of an update, of each contestant alone; the time that all of them get
    contest     all runs
    results     what came of them: numbers and curves
"""

from .contest import KINDS, compete
from .folder import keep, recall
from .pace import measure_pace, recall_pace, time_updates
from .results import gather
from .runs import Stopped
from .search import search
from .settings import Comparison, check_contestants, choose, comparison_names, find_comparison, load_comparison

__all__ = ["KINDS", "Comparison", "Stopped", "check_contestants", "choose", "compete", "comparison_names",
           "find_comparison", "gather", "keep", "load_comparison", "measure_pace", "recall",
           "recall_pace", "search", "time_updates"]
