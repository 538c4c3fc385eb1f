"""Networks with one interface (`network.Network`), and `build`, which makes one from its settings."""

import numpy as np

from .. import device as devices
from ..errors import UserError
from ..presets import load_preset
from ..settings import LARGEST, check_whole, nearest, read_table
from .conv_lstm import ConvLSTM
from .digit_reader import DigitReader
from .dnc import DNCMemory
from .encoder_decoder import EncoderDecoder
from .explorer import Explorer
from .lstm_explorer import LSTMExplorer
from .network import Network
from .question_answering import QuestionAnswering
from .reader_writer import ReaderWriter
from .vector_memory import LSTMMemory, VectorMemory

KINDS = {"reader_writer": ReaderWriter, "encoder_decoder": EncoderDecoder, "digit_reader": DigitReader,
         "question_answering": QuestionAnswering, "conv_lstm": ConvLSTM, "lstm": LSTMMemory, "dnc": DNCMemory,
         "explorer": Explorer, "lstm_explorer": LSTMExplorer}

__all__ = ["KINDS", "ConvLSTM", "DNCMemory", "DigitReader", "EncoderDecoder", "Explorer", "LSTMExplorer", "LSTMMemory",
           "Network", "QuestionAnswering", "ReaderWriter", "VectorMemory", "build"]


def build(settings, seed=0, dtype="float32", device="cpu"):
    """A freshly initialised network; its `kind` is what it was called in the settings.

    settings: the name of a preset, or a dict with "kind" and that network's settings (see its Config);
    seed: of the initial weights; dtype: "float32" or "float64"; device: "cpu", "gpu" or "auto".
    Raises UserError for unknown names and bad values.
    """
    if isinstance(settings, str):
        settings = load_preset(settings)["network"]
    if not isinstance(settings, dict):
        raise UserError(f"settings {settings!r} build no network: give the name of a preset, or a dict with a kind")
    check_whole("seed", seed, 0, LARGEST - 1)
    if dtype not in ("float32", "float64"):
        raise UserError(f"dtype {dtype!r} is unknown: use float32 or float64")
    settings = dict(settings)
    kind = settings.pop("kind", None)
    if kind not in list(KINDS):
        raise UserError(f"network.kind = {kind!r} is unknown: {nearest(kind, list(KINDS))}")
    config = read_table(KINDS[kind].Config, settings, "network")
    network = KINDS[kind](config, np.random.default_rng(seed), dtype, devices.select(device).xp)
    network.kind = kind
    return network
