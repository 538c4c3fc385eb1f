"""Stories with their questions, as they are told; beside each question the network's answer, and how sure it is.

A text page: the lines of a story on the left, and in the line of a question the right answer, the answer given (with a mark)
and bars for the likeliest words.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mgnm.figures import style, words
from mgnm.figures.episode import FIGURES
from mgnm.figures.memory import MemoryTrace
from mgnm.figures.page import Page
from mgnm.tasks.babi import Conversation, answer_text

TITLE = "Read a story, answer its questions"
STORY = ("The network reads stories that it has never met, line by line, and answers each question when it comes. All that "
         "it knows\nof the lines before is in its memory. A bar is the probability of a word.")
MOST_LINES, LIKELIEST = 22, 4                                   # of a story, the last ones; words of an answer
RIGHT, WRONG = "\N{CHECK MARK}", "\N{BALLOT X}"

# Inches: left edge, width of a line's text, of a bar at 100 %; a line, between stories, heading.
LEFT, TEXT, BAR, LINE, BETWEEN, HEADING = 0.3, 5.2, 1.1, 0.23, 0.35, 1.45


@dataclass(frozen=True)
class StoryRecord:
    """A story as it was told: its task, its Lines, and for every question the probabilities {word: p} of its words, the
    likeliest first ({line: [{word: p}]}); memory: a MemoryRecord."""

    task: int
    lines: list
    answers: dict
    memory: Any

    def right(self, k):
        """Whether the question in line k was answered rightly."""
        return answer_text(self.answers[k]) == ",".join(self.lines[k].answer)


def record_stories(network, task, seed, count=3):
    """Let the network answer `count` of the stories to be scored on, of different tasks where there are: [StoryRecord]."""
    task.check(network)
    rng = np.random.default_rng([FIGURES, seed])
    order = [task.scored[k] for k in rng.permutation(len(task.scored))]
    firsts = {number: k for k, (number, _) in reversed(list(enumerate(order)))}
    chosen = sorted(range(len(order)), key=lambda k: firsts[order[k][0]] != k)[:count]
    return [record_story(network, task, *order[k]) for k in chosen]


def record_story(network, task, number, story):
    """Tell it a story, line by line."""
    talk, answers, seen = Conversation(network, task.vocabulary), {}, []
    for k, line in enumerate(story):
        seen.append(line)
        if line.answer:
            answers[k] = talk.answer(task.vocabulary.encode(seen))
    encoded = task.vocabulary.encode(story)
    x, trace, state = task.vocabulary.vectors([encoded], len(encoded.shown)), MemoryTrace(network), None
    for t in range(len(x)):
        _, state, _ = network.forward({"input": x[t:t + 1], "answer_steps": [0]}, state)
        trace.add(state)
    return StoryRecord(number, story, answers, trace.record(len(x)))


def story_sheet(records, path):
    """Draw StoryRecords as a PNG. Returns the path."""
    shown = [range(max(0, len(record.lines) - MOST_LINES), len(record.lines)) for record in records]
    height = HEADING + sum(LINE * (len(lines) + 1) + BETWEEN for lines in shown)
    with style.look():
        page = Page(LEFT + TEXT + 2.2 + LIKELIEST * (BAR + 0.35), height)
        right, asked = (sum(map(len, x)) for x in zip(*(([k for k in r.answers if r.right(k)], r.answers) for r in records)))
        words.write_heading(page.figure, TITLE, STORY, f"{right} of {asked} questions right", [], 10)
        top = HEADING
        for record, lines in zip(records, shown):
            page.text(LEFT, top, f"task {record.task}" + ", the end of a long story" * (lines.start > 0), fontweight="bold",
                      va="center")
            for k in lines:
                top += LINE
                _draw_line(page, record, k, top)
            top += LINE + BETWEEN
        page.figure.savefig(path)
    return path


def _draw_line(page, record, k, top):
    line, asked = record.lines[k], k in record.answers
    text = " ".join(line.words) + ("?" if asked else ".")
    page.text(LEFT + 0.3, top, f"{k + 1}", ha="right", va="center", color=style.QUIET, fontsize=8)
    page.text(LEFT + 0.4, top, text, va="center", color=style.QUESTION if asked else style.INK, fontsize=9)
    if not asked:
        return
    right = record.right(k)
    page.text(LEFT + TEXT, top, f"{RIGHT if right else WRONG} {answer_text(record.answers[k])}"
              + ("" if right else f", right: {','.join(line.answer)}"), va="center", fontsize=9, fontweight="bold",
              color=style.SCORE if right else style.AGENT, fontfamily="DejaVu Sans")
    for place, (word, p) in enumerate(list(record.answers[k][0].items())[:LIKELIEST]):
        left = LEFT + TEXT + 2.2 + place * (BAR + 0.35)
        ax = page.axes(left, top - 0.07, BAR, 0.14)
        ax.barh(0, p, color=style.BASELINE)
        ax.set(xlim=(0, 1), ylim=(-0.4, 0.4))
        ax.axis("off")
        page.text(left + 0.03, top, f"{word} {p:.0%}", va="center", fontsize=7)


def draw_step(record, vocabulary, ax, t):
    """What is shown at step t, for `memory_sheet`."""
    encoded = vocabulary.encode(record.lines)
    said = [vocabulary.words[place % len(vocabulary.words)] for place in encoded.shown[t] if place >= 0]
    ax.text(0.5, 0.5, "\n".join(said), ha="center", va="center", fontsize=7,
            color=style.QUESTION if "?" in said else style.INK)
    ax.axis("off")
