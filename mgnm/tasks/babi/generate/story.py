"""A story while it is told: numbered sentences, and questions between them."""


class Story:
    """The lines of one story, numbered from 1 (REFERENCE 8)."""

    def __init__(self):
        self._lines = []

    def tell(self, sentence):
        """Add a sentence, given without its full stop; returns its number, by which a question can refer to it."""
        return self._add(f"{sentence[0].upper()}{sentence[1:]}.")

    def ask(self, question, answer, supports):
        """Add a question with its answer and the numbers of the sentences that the answer follows from."""
        self._add("\t".join((question, answer, " ".join(map(str, supports)))))

    def text(self):
        """The story as it stands in a file."""
        return "".join(f"{number} {line}\n" for number, line in enumerate(self._lines, 1))

    def _add(self, line):
        self._lines.append(line)
        return len(self._lines)
