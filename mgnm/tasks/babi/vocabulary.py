"""Words as numbers, and stories as what a network is shown: the two ways to cut a story into steps (REFERENCE 8).

    "word"      the DNC's convention: one word a step, `.` and `?` are words too; after a `?` one step with the word `-` for
                each word of the answer, and there the answer is due
    "sentence"  one sentence a step, in slots: the first has its `.` or `?`, the others its words in their order; the answer
                is due at the step of the question, all its words at once, in slots filled up with `-`
"""

from typing import NamedTuple

import numpy as np

from ...errors import UserError

MARKS = ("-", ".", "?")         # words 0, 1 and 2 of every vocabulary
ASK = 0
STEPS = ("word", "sentence")


class EncodedStory(NamedTuple):
    """A story of T steps in which A words are due at each of S steps; Q questions.

    shown: int32 (T, F), which entries of the input vector are 1, -1 for none; due: S numbers of steps; answers: int64
    (S, A) words, -1 for one that the vocabulary does not have; question: for each of the S, whose step it is (0 to Q - 1).
    """

    shown: np.ndarray
    due: list
    answers: np.ndarray
    question: list

    @property
    def questions(self):
        """Q"""
        return 1 + max(self.question, default=-1)

    def until(self, questions):
        """The story up to this many questions, of which there is at least one; nothing comes after the last of them."""
        last = max(s for s, question in enumerate(self.question) if question < questions) + 1
        return EncodedStory(self.shown[:self.due[last - 1] + 1], self.due[:last], self.answers[:last], self.question[:last])

    def within(self, steps):
        """The story itself if it has no more steps, else up to the last question that can be answered within them."""
        late = next((question for step, question in zip(self.due, self.question) if step >= steps), None)
        return self if late is None else self.until(max(1, late))


class Vocabulary:
    """words: the marks first, then all words in alphabetical order; sentence_words, answer_words: the most that a line and
    an answer have. Sizes: `inputs` of what is shown, `answers`, the words that are due at once, `outputs`, the logits."""

    def __init__(self, words, step, sentence_words, answer_words):
        self.words, self.step = list(words), step
        self.sentence_words, self.answer_words = sentence_words, answer_words
        self.number = {word: number for number, word in enumerate(self.words)}
        self.answers = 1 if step == "word" else answer_words
        self.inputs = len(self.words) * (1 if step == "word" else 1 + sentence_words)
        self.outputs = len(self.words) * self.answers

    @classmethod
    def of(cls, stories, step):
        """The vocabulary of these stories."""
        lines = {line[:2] for story in stories for line in story}
        words = sorted({word for line in lines for words in line for word in words} - set(MARKS))
        return cls([*MARKS, *words], step, *(max(len(line[part]) for line in lines) for part in (0, 1)))

    def unknown(self, words):
        """Those of the words that it does not have."""
        return [word for word in words if word not in self.number]

    def encode(self, story):
        """The EncodedStory of a list of `reader.Line`s. Words that are not in the vocabulary are not shown."""
        return self._by_words(story) if self.step == "word" else self._by_sentences(story)

    def _by_words(self, story):
        shown, due, answers, question, asked = [], [], [], [], -1
        for line in story:
            shown += [self.number.get(word, -1) for word in line.words]
            shown.append(self.number["?" if line.answer else "."])
            asked += bool(line.answer)
            for word in line.answer:
                due.append(len(shown))
                shown.append(ASK)
                answers.append([self.number.get(word, -1)])
                question.append(asked)
        return EncodedStory(np.array(shown, np.int32)[:, None], due, np.array(answers, np.int64).reshape(-1, 1), question)

    def _by_sentences(self, story):
        shown = np.full((len(story), 1 + self.sentence_words), -1, np.int32)
        due, answers = [], []
        for step, line in enumerate(story):
            words = ["?" if line.answer else ".", *line.words]
            if len(words) > shown.shape[1]:
                raise UserError(f"the sentence {' '.join(line.words)!r} has {len(line.words)} words, but the longest that "
                                f"was trained on has {self.sentence_words}: shorten it, or leave it out")
            for slot, word in enumerate(words):
                if word in self.number:
                    shown[step, slot] = slot * len(self.words) + self.number[word]
            if line.answer:
                due.append(step)
                row = [self.number.get(word, -1) for word in line.answer[:self.answers]]
                answers.append(row + [ASK] * (self.answers - len(row)) if len(line.answer) <= self.answers
                               else [-1] * self.answers)
        return EncodedStory(shown, due, np.array(answers, np.int64).reshape(-1, self.answers), list(range(len(due))))

    def vectors(self, stories, steps):
        """What B encoded stories show, in so many steps, zeros after a story's end: float32 (T, B, inputs)."""
        x = np.zeros((steps, len(stories), self.inputs + 1), np.float32)            # the last entry takes the -1
        for b, story in enumerate(stories):
            np.put_along_axis(x[:len(story.shown), b], story.shown, 1, axis=-1)
        return np.ascontiguousarray(x[..., :-1])
