"""Settings of the networks around a memory of vectors: their ends, and the LSTM."""

from dataclasses import dataclass

from ..errors import UserError
from ..layers import LSTM
from ..settings import check_choice, check_switch, check_whole
from .checks import MOST_CHANNELS

QUESTIONS = ("every", "last", "asked", "none")         # those of `exchange.QUESTIONS` that it may be asked
MOST_UNITS, MOST_LAYERS, MOST_SIDE, MOST_LENGTH = 65536, 100, 4096, 1 << 20


@dataclass(frozen=True, kw_only=True)
class VectorMemoryConfig:
    """The ends of a `VectorMemory`; a subclass has the settings of the memory, and `core(input_channels, rng)` makes it.

    questions: "every", "last", "asked" or "none", see `exchange.QUESTIONS`; input, output: the shape of what is shown and of
    what is answered at a step, such as [9] or [3, 3, 4]; reader: widths of the relu layers of the reader, [] for a linear
    map; show_query: whether the memory, too, is shown the query (one that reads by a key has to know what is asked).
    A setting that makes no network raises UserError.
    """

    questions: str
    input: list
    output: list
    reader: list = ()
    show_query: bool = False

    def __post_init__(self):
        check_choice("network.questions", self.questions, QUESTIONS)
        for name in ("input", "output"):
            shape = getattr(self, name)
            if len(shape) not in (1, 3):
                raise UserError(f"network.{name} = {shape!r} is no shape: give [channels] or [height, width, channels]")
            for length in shape:
                check_whole(f"a length in network.{name}", length, 1, MOST_LENGTH if len(shape) == 1 else MOST_SIDE)
        for width in self.reader:
            check_whole("a width in network.reader", width, 1, MOST_CHANNELS)
        check_switch("network.show_query", self.show_query)
        if self.show_query and self.questions in ("asked", "none"):
            raise UserError(f'network.show_query = true does not go with network.questions = "{self.questions}", where '
                            "there is no query: leave it away")


@dataclass(frozen=True, kw_only=True)
class LSTMConfig(VectorMemoryConfig):
    """units: of every layer; layers: how many; forget_bias: added to the forget gates at run time."""

    units: int
    layers: int = 1
    forget_bias: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        check_whole("network.units", self.units, 1, MOST_UNITS)
        check_whole("network.layers", self.layers, 1, MOST_LAYERS)

    def core(self, input_channels, rng):
        """The memory, for vectors of this length."""
        return LSTM(input_channels, self.units, rng, self.layers, self.forget_bias)
