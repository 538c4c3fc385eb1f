"""One solver for each of the twenty tasks, and how well it agrees with a file: `python tests/babi_answers.py FOLDER`."""

import sys
from pathlib import Path
from typing import NamedTuple

import babi_logic_answers as logic
import babi_world_answers as world
from babi_text import Unknown, questions

MANY = (7, 8)       # tasks whose supporting facts are all there is about a person's hands, needed or not


class Agreement(NamedTuple):
    """Shares of a file's questions."""

    answers: float          # the solver gives the file's answer
    supports: float         # ... and its supporting facts, in its order
    enough: float           # the solver gives the answer from the supporting facts alone
    needed: float           # ... and no longer where any one of them is left out (1 for the tasks in MANY)


def solver(task, asked):
    """answer(facts, question) -> (answer, supporting facts), or Unknown, for a task; asked: all questions of the file."""
    if task == 20:
        known = logic.customs(question.facts for question in asked)
        return lambda facts, question: logic.motive(facts, question.lower(), known)
    page = world if task in world.SOLVERS else logic
    return lambda facts, question: page.solve(task, facts, question)


def agreement(task, text):
    """How well the solver of a task agrees with the text of a file."""
    asked = questions(text)
    answer = solver(task, asked)

    def right(question, lines):
        facts = tuple(fact for fact in question.facts if fact[0] in lines)
        try:
            return answer(facts, question.text)[0] == question.answer.lower()
        except Unknown:
            return False

    counts = [0] * 4
    for question in asked:
        found, supports = answer(question.facts, question.text)
        lines = set(question.supports)
        enough = right(question, lines)
        counts[0] += found == question.answer.lower()
        counts[1] += (found, supports) == (question.answer.lower(), question.supports)
        counts[2] += enough
        counts[3] += enough and (task in MANY or not any(right(question, lines - {line}) for line in lines))
    return Agreement(*(count / len(asked) for count in counts))


def main(folder):
    """A table of all files qa*.txt in a folder."""
    print("task  answers supports   enough   needed")
    for path in sorted(Path(folder).glob("qa*.txt"), key=lambda path: int(path.name[2:].split("_")[0])):
        task = int(path.name[2:].split("_")[0])
        shares = agreement(task, path.read_text("utf-8"))
        print(f"{task:4}", *(f"{100 * share:7.2f}%" for share in shares), path.name)


if __name__ == "__main__":
    main(sys.argv[1])
