"""Stories of the twenty bAbI tasks from a simulator of our own: no download, any number, and every answer explained.

Results on these stories are NOT comparable with published ones: words, lengths and chances differ from the published files,
and some traps of those are absent here. What agrees is the format (REFERENCE 8) and what a reader has to do. The tests read
generated files with solvers that know only the text; the same solvers answer the published training files.

    catalogue       the twenty tasks and their files
    files           generate() -> texts, write() -> a folder as the public archive has it
    dice            chance, the same on every machine
    story, words    what a story is made of
    world           people who walk, and take, drop and give objects; its stories and questions are told by
    where             tasks 1, 2, 3   where is somebody, where is an object, where was it before
    gifts             task 5          who gave what to whom
    yes_no            tasks 6, 9, 10  is somebody in a place (9 and 10: without the world's objects)
    hands             tasks 7, 8      how many objects does somebody carry, and which
    company         tasks 11, 12, 13  he, she, they, and `Anna and Hugo`
    times           task 14         where was somebody before
    two_arguments   task 4          what is north of what
    deduction       task 15         from the general to the single case
    induction       task 16         from the single case to the general
    positions       task 17         left, right, above, below
    sizes           task 18         what fits in what
    paths           task 19         finding the way
    motives         task 20         why people do what they do
"""

from .catalogue import TASKS, file_name
from .files import NOTICE, generate, write

__all__ = ["NOTICE", "TASKS", "file_name", "generate", "write"]
