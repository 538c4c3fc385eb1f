"""A conversation with trained weights: sentences are told, questions are asked, line by line as a person types them."""

import numpy as np

from ... import ops
from ...device import to_numpy
from ...errors import UserError
from .reader import BadLine, Line, words_of

NUMBERED = "0123456789"


class Conversation:
    """A story that grows. vocabulary: of the task that the network was trained on; the stories are not needed.

    answer_words: how many words an answer has, where a network answers word by word; it cannot know by itself.
    """

    def __init__(self, network, vocabulary, answer_words=1):
        self.network, self.vocabulary, self.answer_words = network, vocabulary, answer_words
        self.story = []

    def forget(self):
        """Begin a new story."""
        self.story = []

    def hear(self, text):
        """Take in a line: None after a sentence, and after a question the probabilities of its answer, [{word: p}] for
        each of its words, the likeliest first.

        The line may have a number in front, as in the files; a 1 begins a new story. What follows a TAB is not read.
        UserError, in one line, for words that are not known and for what is neither a sentence nor a question; the story
        stays as it was then.
        """
        number, _, rest = text.split("\t")[0].strip().partition(" ")
        story = self.story
        if set(number) <= set(NUMBERED):
            text = rest
            story = [] if number == "1" else story
        line = self._read(text.split("\t")[0].strip())
        unknown = self.vocabulary.unknown(line.words)
        if unknown:
            raise UserError(f"unknown {'word' if len(unknown) == 1 else 'words'}: {', '.join(unknown)}; "
                            f"the network knows {', '.join(self.vocabulary.words[3:])}")
        story = story + [line]
        encoded = self.vocabulary.encode(story)             # refuses sentences that are too long
        self.story = story
        return self.answer(encoded) if line.answer else None

    def _read(self, text):
        """A Line; the answer of a question is a place-holder of as many words as are to be given."""
        try:
            if text.endswith("?"):
                return Line(words_of(text, "?"), ("-",) * self.answer_words)
            return Line(words_of(text, "."))
        except BadLine as bad:
            raise UserError(f"{text!r} {bad}: type a sentence that ends in '.', or a question that ends in '?'") from None

    def answer(self, encoded):
        """The probabilities of the answer to the last question of an EncodedStory, as `hear` gives them."""
        steps = [step for step, question in zip(encoded.due, encoded.question) if question == encoded.question[-1]]
        inputs = {"input": self.vocabulary.vectors([encoded], len(encoded.shown)), "answer_steps": steps}
        logits = to_numpy(self.network.forward(inputs)[0]).astype(np.float64)
        p, _ = ops.softmax(logits.reshape(-1, len(self.vocabulary.words)))          # (answer words, words)
        return [{self.vocabulary.words[k]: float(row[k]) for k in np.argsort(-row, kind="stable")} for row in p]


def said(probabilities):
    """Of the words of an answer, as `hear` gives them, those that do not only fill it up; one at least."""
    return [word for word in probabilities if next(iter(word)) != "-"] or probabilities[:1]


def answer_text(probabilities):
    """The likeliest answer, comma-joined as in the files."""
    return ",".join(next(iter(word)) for word in said(probabilities))
