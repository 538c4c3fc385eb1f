"""Question answering on bAbI stories (REFERENCE 8): where the stories come from, what is due when, and how it is scored."""

import functools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from ... import ops
from ...device import array_module, place
from ...errors import UserError
from ...networks import KINDS
from ...networks.exchange import Exchange
from ...settings import check_choice, check_whole, read_table
from ..episodes import EVALUATION, MOST, WholeEpisode, stream
from ..fit import check_fits
from ..headline import Headline
from .score import BabiScores
from .stories import load_stories, load_tests
from .vocabulary import MARKS, STEPS, Vocabulary

POOL = 8                # so many batches are drawn at once, sorted by length, and one of them is taken
CHANCE = 2 ** 63
VOCABULARY = ("words", "sentence_words", "answer_words")        # the settings of `Babi` that say it, see `Vocabulary`


@dataclass
class Babi:
    """Read a story, line by line, and answer its questions. For a network of the kind "question_answering".

    source      the public archive, a folder of its layout, or one of stories made by `mgnm babi generate`
    language    the folder of a language in it; "" where there is only one
    tasks       numbers of the tasks, which are drawn equally often; none for all that the source has
    step        "word" or "sentence", see `vocabulary`
    cut         whether a story for training ends with one of its questions, each as likely, and not always with the last:
                short stories are learned first, and help with the long ones
    longest     most steps of a story for training; a longer one ends with the last question that fits, or is not drawn at
                all (0: any length). Scored are always all of them, as they are
    scored_on   "held-out": the tenth of the stories that training never sees, or "test": the public test files
    words, sentence_words, answer_words     the vocabulary, see `Vocabulary`; `complete` fills them in

    inputs: {"input": float32 (T, B, inputs), "answer_steps": S numbers of steps at which somebody has to answer, "chance":
    for dropout, in training}; outputs: logits (S, B, answers * words); targets: see `lay_out`. A bad setting raises
    UserError.
    """

    source: str = ""
    language: str = ""
    tasks: list = field(default_factory=list)
    step: str = "sentence"
    cut: bool = True
    longest: int = 0
    scored_on: str = "held-out"
    words: list = field(default_factory=list)
    sentence_words: int = 0
    answer_words: int = 0

    no_scores = BabiScores()
    headlines = (Headline("error", "share of wrong answers (0 = every question right)", top=1),)

    def __post_init__(self):
        for name in ("source", "language"):
            if not isinstance(getattr(self, name), str):
                raise UserError(f"task.{name} = {getattr(self, name)!r} does not fit: give a text")
        for task in self.tasks:
            check_whole("a number in task.tasks", task, 1, 99)
        if len(set(self.tasks)) < len(self.tasks):
            raise UserError(f"task.tasks = {self.tasks} names a task twice: name each once")
        check_choice("task.step", self.step, STEPS)
        check_choice("task.scored_on", self.scored_on, ("held-out", "test"))
        check_whole("task.longest", self.longest, 0, MOST)
        check_whole("task.sentence_words", self.sentence_words, 0, MOST)
        check_whole("task.answer_words", self.answer_words, 0, MOST)
        if not all(isinstance(word, str) for word in self.words) or (self.words and tuple(self.words[:3]) != MARKS) \
                or len(set(self.words)) < len(self.words):
            raise UserError(f"task.words is no vocabulary: leave it away, or begin with {', '.join(MARKS)} and name each "
                            "word once")

    @classmethod
    def complete(cls, tables, begun=None):
        """The tables of a run with what follows from the stories filled in: the language, the tasks, the vocabulary, the
        sizes of the network's ends. They go with the weights, which can then answer without the stories.

        begun: the tables of trained weights that the run begins with, if it does. Their vocabulary then stays."""
        task = read_table(cls, {name: value for name, value in tables["task"].items() if name != "kind"}, "task")
        if not task.words:
            stories = task.stories
            task.tasks, task.language = sorted(stories), next(iter(stories.values())).language
            task.source = str(Path(task.source).absolute())         # a run goes on wherever it is called from
            told = [story for part in stories.values() for story in part.training]
            words = begun["task"] if begun and begun["task"].get("words") else vars(Vocabulary.of(told, task.step))
            task.words, task.sentence_words, task.answer_words = (words[name] for name in VOCABULARY)
        kind = tables["network"].get("kind")
        ends = KINDS[kind].ends(task.exchange) if kind in list(KINDS) else {}       # `build` tells of an unknown kind
        known = {name: getattr(task, name) for name in ("source", "language", "tasks", *VOCABULARY)}
        return {**tables, "network": {**ends, **tables["network"]}, "task": {**tables["task"], **known}}

    @property
    def exchange(self):
        """What a network is given and has to answer: vectors, and words when they are due."""
        return Exchange("asked", (self.vocabulary.inputs,), (self.vocabulary.outputs,), "task.words", "task.words")

    @property
    def stories(self):
        """{task: Stories} of the source, read when it is first used. UserError where they cannot be had."""
        if not self.source:
            raise UserError("task.source is not given: give the public bAbI archive, a folder of the same layout, or one "
                            "that `mgnm babi generate` made, with --set task.source=PATH")
        return load_stories(self.source, self.language, tuple(self.tasks))

    @functools.cached_property
    def vocabulary(self):
        """The Vocabulary; UserError where there is none yet."""
        if not self.words:
            raise UserError("task.words is empty: `complete` the tables of the run first")
        return Vocabulary(self.words, self.step, self.sentence_words, self.answer_words)

    @functools.cached_property
    def training(self):
        """{task: encoded stories} for training."""
        stories = {task: [*map(self.vocabulary.encode, part.training)] for task, part in self.stories.items()}
        if self.longest:
            stories = {task: [story.within(self.longest) for story in part if story.until(1).due[-1] < self.longest]
                       for task, part in stories.items()}
        if not all(stories.values()):
            raise UserError(f"task.longest = {self.longest} leaves no stories of a task: give more")
        for task, part in stories.items():
            if any((story.answers < 0).any() for story in part):
                raise UserError(f"stories of task {task} have answers that are not in the vocabulary, which is that of "
                                "training.start_from or of task.words: begin without it")
        return stories

    @property
    def numbers(self):
        """Those of the tasks."""
        return self.tasks or sorted(self.stories)

    @functools.cached_property
    def scored(self):
        """[(task, story)] to be scored on."""
        stories = {task: part.held_out for task, part in self.stories.items()}
        if self.scored_on == "test":
            stories = load_tests(self.source, self.language, tuple(self.tasks))
        return [(task, story) for task, part in stories.items() for story in part]

    @functools.cached_property
    def scored_codes(self):
        """The same, with encoded stories. UserError where one does not fit into the network."""
        return [(task, self.vocabulary.encode(story)) for task, story in self.scored]

    def episode(self, batch, rng):
        """Draw `batch` stories of about the same length, each task as likely as any other, all its stories alike."""
        check_whole("batch", batch, 1, MOST)
        kinds = rng.integers(len(self.numbers), size=POOL * batch)
        drawn = []
        for kind, which, until in zip(kinds, *rng.random((2, POOL * batch))):
            task = self.numbers[kind]
            stories = self.training[task]
            story = stories[int(which * len(stories))]
            if self.cut:
                story = story.until(1 + int(until * story.questions))
            drawn.append((task, story))
        drawn.sort(key=lambda one: len(one[1].shown))       # stable: equals stay in the order of chance
        first = batch * int(rng.integers(POOL))
        return self.lay_out(drawn[first:first + batch], chance=int(rng.integers(CHANCE)))

    def evaluate(self, network, sequences=96, seed=0, batch=32, chunk=20):
        """BabiScores on `sequences` of the stories to be scored on, chosen by `seed`; on all of them where there are no
        more. chunk: after so many steps a network is given the rest in another piece, which saves memory."""
        for name, number in (("sequences", sequences), ("batch", batch), ("chunk", chunk)):
            check_whole(name, number, 1, MOST)
        chosen = [self.scored_codes[k] for k in stream(seed, EVALUATION).permutation(len(self.scored))[:sequences]]
        chosen.sort(key=lambda one: len(one[1].shown))
        scores = self.no_scores
        for first in range(0, len(chosen), batch):
            episode = self.lay_out(chosen[first:first + batch])
            outputs, state = [], None
            for piece in in_pieces(episode.inputs, chunk):
                logits, state, _ = network.forward(piece, state)
                outputs.append(logits)
            outputs = array_module(logits).concatenate(outputs)                     # (S, B, C)
            scores += self.score(outputs, place(episode.targets, array_module(outputs)))
        return scores

    def lay_out(self, stories, chance=None):
        """A WholeEpisode of B stories [(task, encoded story)]. chance: a whole number from which dropout draws.

        targets: "answers", int64 (S, B, A), the words that are due, -1 for unknown ones; "due", float32 (S, B, 1), whether
        any are; "part_of", float32 (B, Q, S), which steps answer a question; "asked", float32 (B, Q), whether there is such
        a question; "of_task", float32 (K, B), which of the K tasks a story is of; "counts", how many questions each has.
        """
        tasks, stories = zip(*stories)
        length, B = max(len(story.shown) for story in stories), len(stories)
        steps = sorted(set(chain.from_iterable(story.due for story in stories)))
        row = {step: s for s, step in enumerate(steps)}
        S, Q = len(steps), max(story.questions for story in stories)
        answers = np.zeros((S, B, self.vocabulary.answers), np.int64)
        due, part_of = np.zeros((S, B, 1), np.float32), np.zeros((B, Q, S), np.float32)
        asked = np.zeros((B, Q), np.float32)
        for b, story in enumerate(stories):
            rows = [row[step] for step in story.due]
            answers[rows, b], due[rows, b] = story.answers, 1
            part_of[b, story.question, rows] = asked[b, story.question] = 1
        of_task = np.array([[task == one for one in tasks] for task in self.numbers], np.float32)      # (K, B)
        inputs = {"input": self.vocabulary.vectors(stories, length), "answer_steps": steps}
        if chance is not None:
            inputs["chance"] = chance
        targets = {"answers": answers, "due": due, "part_of": part_of, "asked": asked, "of_task": of_task,
                   "counts": tuple(int(count) for count in of_task @ asked.sum(1))}
        return WholeEpisode(inputs, targets, length)

    def loss(self, outputs, targets, reduction="mean"):
        """Softmax cross-entropy of every word that is due: "mean" over them, or "sum". (loss, gradient of the logits)."""
        loss, cache = ops.softmax_cross_entropy(self._by_word(outputs), targets["answers"], targets["due"], reduction)
        return loss, ops.softmax_cross_entropy_backward(1.0, cache).reshape(outputs.shape)

    def score(self, outputs, targets):
        """BabiScores of logits (S, B, answers * words)."""
        wrong = self._by_word(outputs).argmax(-1) != targets["answers"]                             # (S, B, A)
        wrong = (wrong * targets["due"]).sum(2).T[:, :, None]                                       # (B, S, 1)
        right = ((targets["part_of"] @ wrong)[:, :, 0] == 0) * targets["asked"]                     # (B, Q)
        by_task = (targets["of_task"] @ right.sum(1)[:, None])[:, 0]                                # (K,)
        return BabiScores(tuple(self.numbers), tuple(by_task[k] for k in range(len(by_task))), targets["counts"])

    def _by_word(self, outputs):
        return outputs.reshape(*outputs.shape[:2], self.vocabulary.answers, len(self.vocabulary.words))

    def baseline(self):
        """The best guess without memory: the answer that a question had most often in training, or any question of its
        task where it was never asked."""
        guesses, asked, wrong = defaultdict(Counter), Counter(), Counter()
        for task, part in self.stories.items():
            for line in chain.from_iterable(part.training):
                if line.answer:
                    guesses[task, line.words][line.answer] += 1
                    guesses[task][line.answer] += 1
        best = {key: counter.most_common(1)[0][0] for key, counter in guesses.items()}
        for task, story in self.scored:
            for line in story:
                if line.answer:
                    asked[task] += 1
                    wrong[task] += line.answer != best.get((task, line.words), best[task])
        return {"memoryless_error": sum(wrong[task] / asked[task] for task in asked) / len(asked)}

    def check(self, network):
        """UserError unless the network takes these vectors and answers in these words, all stories can be had, and most of
        their words are known."""
        check_fits(network, self.exchange)
        self.stories, self.scored_codes                     # had now: before several processes want them, before any work
        words = {word for _, story in self.scored for line in story for word in line.words}
        unknown = sorted(self.vocabulary.unknown(words))
        if 2 * len(unknown) > len(words):
            raise UserError(f"of the {len(words)} words of the stories in {self.source} these weights do not know "
                            f"{len(unknown)}, {unknown[0]} for one: score them on stories of the kind they were trained on")


def in_pieces(inputs, least):
    """The inputs of an episode in pieces of at least so many steps, the last may be shorter; each ends with an answer."""
    start, asked = 0, []
    for step in inputs["answer_steps"]:
        asked.append(step - start)
        if step + 1 - start >= least or step == inputs["answer_steps"][-1]:
            yield {"input": inputs["input"][start:step + 1], "answer_steps": asked}
            start, asked = step + 1, []
