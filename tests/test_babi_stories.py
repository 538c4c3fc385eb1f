"""Every generated question, answered by solvers that know the text alone, and stories that are true to themselves.

The same solvers answer the published training files (`python tests/babi_answers.py FOLDER`), all questions but 20 of the
10,000 of task 5: there a question fits two gifts, and the file means the earlier one. They name the published supporting
facts as well, but in task 18: there a shorter way, or another, often leads from one size to the other as well.
"""

import re
from collections import Counter, defaultdict

import pytest
from babi_answers import agreement
from babi_text import questions, stories
from babi_world_answers import read

from mgnm.tasks.babi.generate import TASKS, file_name, generate

ALL = tuple(TASKS)
SHORT = {4: 6, 16: 5, 19: 5}        # one question a story: more of these
CACHE = {}


def text(task):
    """About a thousand questions of a task."""
    if task not in CACHE:
        made = generate((task,), stories=200 * SHORT.get(task, 1), seed=2)
        CACHE[task] = made[file_name(task, "train")]
    return CACHE[task]


# ------------------------------------------------------------------------------------------- answers and supporting facts


@pytest.mark.parametrize("task", ALL)
def test_the_text_alone_gives_every_answer_and_every_supporting_fact(task):
    assert agreement(task, text(task)) == (1, 1, 1, 1)


@pytest.mark.parametrize("task", ALL)
def test_the_solver_notices_wrong_answers_and_wrong_supporting_facts(task):
    """The test above, on files in which every answer, or one supporting fact of every question, is wrong."""
    answers = sorted({question.answer for question in questions(text(task))})
    following = dict(zip(answers, answers[1:] + answers[:1]))
    assert agreement(task, changed(task, lambda answer, lines, facts: (following[answer], lines)))[0] == 0
    misled = agreement(task, changed(task, mislead))
    assert misled.answers == 1 and misled.supports == 0
    assert misled.enough < 0.4                              # another sentence may say the same


def mislead(answer, lines, facts):
    """A supporting fact less, and another sentence instead where the story has one."""
    others = [line for line in facts if line not in lines]
    return answer, lines[1:] + others[:1] or [0]


def changed(task, change):
    """The file of a task with change(answer, supporting facts, all facts so far) -> (answer, supporting facts)."""
    made = []
    for story in stories(text(task)):
        facts = []
        for number, sentence, *rest in story:
            if rest:
                answer, lines = change(rest[0], [*map(int, rest[1].split())], facts)
                made.append("\t".join((f"{number} {sentence}", answer, " ".join(map(str, lines)))))
            else:
                facts.append(number)
                made.append(f"{number} {sentence}")
    return "\n".join(made)


# ------------------------------------------------------------------------------------------------------ kinds of questions


SUPPORTS = {1: 1, 2: 2, 3: 3, 4: 1, 5: 1, 6: 1, 9: 1, 10: 1, 11: 2, 12: 1, 13: 2, 14: 2, 15: 2, 16: 3, 17: 2, 18: 2, 19: 2,
            20: 1}
ANSWERS = {5: 7, 6: 2, 7: 4, 8: 10, 9: 2, 10: 3, 15: 4, 16: 4, 17: 2, 18: 2, 19: 12, 20: 7}       # others: six places
# The most frequent answer's share, at most; and the share that somebody guesses, at most, who hears the question alone. In
# task 20 a garden or a kite tells that somebody was bored, as in the published files.
MOST = {6: 0.56, 7: 0.6, 9: 0.65, 10: 0.53, 17: 0.53, 18: 0.55}
GUESS = {5: 0.46, 6: 0.6, 7: 0.6, 9: 0.66, 10: 0.53, 17: 0.68, 18: 0.66, 20: 0.75}


@pytest.mark.parametrize("task", sorted(SUPPORTS))
def test_every_question_has_the_task_s_number_of_supporting_facts(task):
    assert {len(question.supports) for question in questions(text(task))} == {SUPPORTS[task]}


@pytest.mark.parametrize("task", ALL)
def test_answers_vary_and_the_question_alone_does_not_tell(task):
    asked = questions(text(task))
    counts = Counter(question.answer for question in asked)
    assert len(counts) >= ANSWERS.get(task, 6)
    assert counts.most_common(1)[0][1] <= MOST.get(task, 0.3) * len(asked)
    by_question = defaultdict(Counter)
    for question in asked:
        by_question[question.text][question.answer] += 1
    guessed = sum(answers.most_common(1)[0][1] for answers in by_question.values())
    assert guessed <= GUESS.get(task, 0.35) * len(asked)


def test_lists_have_several_things_and_counts_go_up_to_three():
    lists = Counter(question.answer.count(",") for question in questions(text(8)))
    counts = Counter(question.answer for question in questions(text(7)))
    assert min(lists[1], counts["two"]) > 50 and min(lists[2], counts["three"]) > 5


@pytest.mark.parametrize("task", (2, 3))
def test_objects_are_asked_about_that_are_carried_and_that_were_dropped(task):
    last = Counter(event.kind for question in questions(text(task)) for event in read(question.facts)
                   if event.line == question.supports[0])
    assert min(last["take"], last["drop"]) > 200 and set(last) == {"take", "drop"}


def test_gifts_are_asked_about_in_all_five_forms():
    names = "|".join(set(question.answer for question in questions(text(5))))
    forms = Counter(re.sub(rf"\b({names})\b", "_", question.text) for question in questions(text(5)))
    assert set(forms) == {"What did _ give to _?", "Who gave the _?", "Who gave the _ to _?", "Who received the _?",
                          "Who did _ give the _ to?"}
    assert min(forms.values()) > 100


# ---------------------------------------------------------------------------------------------- stories true to themselves


@pytest.mark.parametrize("task", (1, 2, 3, 5, 6, 7, 8))
def test_the_world_is_true_to_itself(task):
    for facts in whole_stories(task):
        assert audit(read(facts)) is None


@pytest.mark.parametrize("task, kind", ((2, "take"), (2, "drop"), (2, "go"), (5, "give")))
def test_a_missing_sentence_is_noticed(task, kind):
    """The audit above, on stories that lack their first sentence of a kind."""
    complaints = 0
    for facts in whole_stories(task):
        events = read(facts)
        missing = next((event for event in events if event.kind == kind), None)
        complaints += audit([event for event in events if event is not missing]) is not None
    assert complaints > 20


def whole_stories(task):
    return [tuple((number, sentence) for number, sentence, *rest in story if not rest) for story in stories(text(task))]


def audit(events):
    """What is wrong with a story: somebody walks to where they are, acts before their place is known, takes what is not
    there, lets go of what they do not have, or gives to somebody who is elsewhere. None: nothing is."""
    place, holder, lies = {}, {}, {}
    for event in events:
        person = event.who[0]
        if event.kind == "go":
            if place.get(person) == event.place:
                return f"{event.line}: is there already"
            place[person] = event.place
        elif person not in place:
            return f"{event.line}: where?"
        elif event.kind == "take":
            if event.thing in holder or lies.get(event.thing, place[person]) != place[person]:
                return f"{event.line}: is not there"
            holder[event.thing] = person
        elif holder.get(event.thing) != person:
            return f"{event.line}: does not have it"
        elif event.kind == "drop":
            lies[event.thing] = place[holder.pop(event.thing)]
        elif place.get(event.whom) != place[person] or event.whom == person:
            return f"{event.line}: nobody to give it to"
        else:
            holder[event.thing] = event.whom
    return None
