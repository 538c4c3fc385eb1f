"""The Differentiable Neural Computer put to a task: its settings (REFERENCE 6; see `layers.DNC`)."""

from dataclasses import dataclass

from ..errors import UserError
from ..layers import DNC
from ..layers.dnc import READ_MODES, SMOOTHING
from ..settings import check_choice, check_switch, check_whole
from .vector_memory import VectorMemory
from .vector_memory_config import MOST_LAYERS, MOST_UNITS, VectorMemoryConfig

MOST_SLOTS, MOST_HEADS = 65536, 1024


@dataclass(frozen=True, kw_only=True)
class DNCConfig(VectorMemoryConfig):
    """units, layers: of the controller, an LSTM; slots, width: of the memory; heads: that read it; norm, stop_gradient,
    read_modes: where the paper and DeepMind's code differ, see `layers.DNC`. A `reader` of [] is the paper's output."""

    units: int
    slots: int
    width: int
    heads: int
    layers: int = 1
    norm: str = "exact"
    stop_gradient: bool = False
    read_modes: list = READ_MODES

    def __post_init__(self):
        super().__post_init__()
        for name, most in (("units", MOST_UNITS), ("slots", MOST_SLOTS), ("width", MOST_UNITS), ("heads", MOST_HEADS),
                           ("layers", MOST_LAYERS)):
            check_whole(f"network.{name}", getattr(self, name), 1, most)
        check_choice("network.norm", self.norm, SMOOTHING)
        check_switch("network.stop_gradient", self.stop_gradient)
        if sorted(map(str, self.read_modes)) != sorted(READ_MODES):
            raise UserError(f"network.read_modes = {self.read_modes!r} does not fit: give {', '.join(READ_MODES)}, each "
                            "once, in any order")

    def core(self, input_channels, rng):
        """The memory, for vectors of this length."""
        return DNC(input_channels, self.units, self.slots, self.width, self.heads, rng, self.layers, self.norm,
                   self.stop_gradient, self.read_modes)


class DNCMemory(VectorMemory):
    """The DNC: see `VectorMemory` and `layers.DNC`."""

    Config = DNCConfig
