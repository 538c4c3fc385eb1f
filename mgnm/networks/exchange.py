"""What goes into a network and what comes out of it: by this, and by nothing else, a network fits a task or does not."""

from dataclasses import dataclass

QUESTIONS = {
    "every": "a query at every step",                       # "observation" (T, B, ...), "query" (T, B, ...) -> (T, B, ...)
    "where": "a query at every step, and where to go",      # the same -> {"map": (T, B, ...), "policy", "value"}
    "last": "queries after the last step, each on its own", # "observation" (T, B, ...), "query" (S, B, ...) -> (S, B, ...)
    "asked": "answers in between, at steps that are named",     # "input" (T, B, ...), "answer_steps" S of T -> (S, B, ...)
    "none": "no query, but an answer once the input is over",   # "input" (T_in, B, ...), "steps" T_out -> (T_out, B, ...)
}


@dataclass(frozen=True)
class Exchange:
    """A network says so of itself, a task of what it gives and wants.

    questions   one of QUESTIONS
    input       shape of what is shown at a step, and of a query: (C,), (side, side, C), or {level: (side, side, C)}
    output      shape of what is answered at a step
    input_settings, output_settings     the settings that decide the two, for messages
    actions     how many ways there are to go, where that is asked
    """

    questions: str
    input: tuple | dict
    output: tuple
    input_settings: str
    output_settings: str
    actions: int = 0


def images(levels, base, channels):
    """The shapes of a pyramid of images: {level: (side, side, channels)}."""
    return {j: (base * 2 ** j, base * 2 ** j, channels) for j in levels}


def finest(x):
    """Of a pyramid, {level: array or shape}, that of the finest level; of anything else, itself."""
    return x[max(x)] if isinstance(x, dict) else x
