"""A memory of vectors put to a task: what multigrid memories are compared with, on every task that they do.

    what is shown, as a vector -> memory (a core, see `layers.lstm`) -> its output -.
    a query, as a vector ---------------------------------------------------------- + -> reader: perceptron -> an answer

A vector has no places: an image, or a map, is the list of its numbers, and the reader, too, is dense. Of a pyramid of images
the finest is taken, which knows all that the others do. Without queries, an input is told from the time to answer by one
channel more, which is 0 while there is input and 1, beside zeros, while answers are wanted.
"""

from math import prod

from ..device import zeros
from ..layers import Perceptron
from .exchange import Exchange, finest
from .network import Network
from .steps import put, take
from .vector_memory_config import QUESTIONS, LSTMConfig


class VectorMemory(Network):
    """See the page; `Config.core` makes the memory. inputs and outputs: as config.questions says, see
    `exchange.QUESTIONS`; what is shown has the shape config.input, what is answered config.output.

    Answers are read at the steps that are shown: all, the last one, or those that are named. Or at steps of their own after
    these: where there is no query, and where the memory is shown the queries after the last. These leave no trace: each is
    shown to the memory as it was before it, and that state is handed on.
    """

    questions = QUESTIONS

    def __init__(self, config, rng, dtype, xp):
        self.config, self.width = config, prod(config.input)
        queried = config.questions in ("every", "last")
        self.shown = "observation" if queried else "input"
        self.told = self.width if queried else 0            # numbers of a query that the reader is given
        self.cued = 1 if config.questions == "none" else self.width * config.show_query     # channels beside what is shown
        self.aside = config.questions == "last" and config.show_query       # is the memory asked and then set back
        self.memory = config.core(self.width + self.cued, rng)
        self.reader = Perceptron([self.memory.output_channels + self.told, *config.reader, prod(config.output)], rng)
        self.memory_cells = self.memory.memory_cells
        self.pack({"memory": self.memory, "reader": self.reader}, dtype, xp)

    @staticmethod
    def ends(exchange):
        """The settings that fit an exchange."""
        return {"questions": exchange.questions, "input": list(finest(exchange.input)), "output": list(exchange.output)}

    @property
    def exchange(self):
        """What goes in and what comes out."""
        config = self.config
        return Exchange(config.questions, tuple(config.input), tuple(config.output), "network.input", "network.output")

    def initial_state(self, batch):
        """What the memory begins with: a flat dict of arrays, see the core."""
        return self.memory.initial_state(batch, self.dtype, self.xp)

    def grids(self, state):
        """A state in the form of grids, to look at; see the core."""
        return self.memory.grids(state)

    def forward(self, inputs, state=None):
        """Show all steps to the memory, then read the answers from what it puts out."""
        self.check_shown(inputs)
        x = self._vectors(inputs[self.shown])               # (T, B, width)
        T, B, _ = x.shape
        read, end = self._read(T, inputs)
        steps = zeros((end, B, self.width + self.cued), x)
        steps[:T, :, :self.width] = x
        if self.cued:
            steps[read, :, self.width:] = self._vectors(inputs["query"]) if self.told else 1
        y, state, memory_cache = self._remember(steps, T, state or self.initial_state(B))
        told = take(y, read)                                # (S, B, C)
        if self.told:
            told = self.xp.concatenate([told, self._vectors(inputs["query"])], -1)
        answers, reader_cache = self.reader.forward(told)   # (S, B, prod(output))
        return answers.reshape(*answers.shape[:2], *self.config.output), state, (inputs, T, memory_cache, reader_cache)

    def backward(self, doutputs, cache, dstate=None):
        """Gradients of inputs (of a pyramid, of its finest level) and of the initial state. A query is reached from two
        sides: from the reader, and from the memory where that was shown it."""
        inputs, T, memory_cache, reader_cache = cache
        (S, B, *_), C = doutputs.shape, self.memory.output_channels
        read, end = self._read(T, inputs)
        danswers = self.xp.asarray(doutputs, self.dtype).reshape(S, B, prod(self.config.output))
        dtold = self.reader.backward(danswers, reader_cache)
        dsteps, dstate = self._remember_backward(put(dtold[..., :C], read, end), T, memory_cache, dstate)
        dinputs = {self.shown: _like(inputs[self.shown], dsteps[:T, :, :self.width])}
        if self.told:
            dquery = dtold[..., C:] + dsteps[read, :, self.width:] if self.cued else dtold[..., C:]
            dinputs["query"] = _like(inputs["query"], dquery)
        return dinputs, dstate

    def _remember(self, steps, T, state):
        """What the memory puts out at all steps, the state that is handed on, cache."""
        if not self.aside:
            y, state, cache = self.memory.forward(steps, state)
            return y, state, (cache, None)
        y, state, cache = self.memory.forward(steps[:T], state)
        answers, _, asides = zip(*(self.memory.forward(query[None], state) for query in steps[T:]))
        return self.xp.concatenate([y, *answers]), state, (cache, asides)

    def _remember_backward(self, dy, T, cache, dstate):
        """The gradients of steps and initial state. The state after T steps has led to the answers, too."""
        cache, asides = cache
        if not self.aside:
            return self.memory.backward(dy, cache, dstate)
        dqueries = []
        for danswer, aside in zip(dy[T:], asides):
            dquery, dbefore = self.memory.backward(danswer[None], aside)
            dqueries.append(dquery)
            dstate = {name: d + dstate[name] for name, d in dbefore.items()} if dstate else dbefore
        dsteps, dstate = self.memory.backward(dy[:T], cache, dstate)
        return self.xp.concatenate([dsteps, *dqueries]), dstate

    def _vectors(self, x):
        """What is shown as vectors (T, B, width) on the network's device."""
        x = finest(x)
        return self.xp.asarray(x, self.dtype).reshape(*x.shape[:2], self.width)

    def _read(self, T, inputs):
        """The steps at which answers are read, of an input of T steps, and the number of all steps."""
        questions = self.config.questions
        if questions == "asked":
            return inputs["answer_steps"], T
        if questions == "every":
            return slice(0, T), T
        S = inputs["steps"] if questions == "none" else len(finest(inputs["query"]))
        return (slice(T, T + S), T + S) if self.cued else ([T - 1] * S, T)


def _like(x, dvectors):
    """A gradient in the form of what was shown."""
    d = dvectors.reshape(finest(x).shape)
    return {max(x): d} if isinstance(x, dict) else d


class LSTMMemory(VectorMemory):
    """The LSTM with a dense reader: see `VectorMemory` and `layers.LSTM`."""

    Config = LSTMConfig
