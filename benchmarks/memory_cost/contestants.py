"""The networks whose memory grows, one way each, while input, output and everything else stay as they are.

The task is to copy 8 vectors of 8 bits, in batches of 4: an update has 17 steps. All networks get it through the same
interface.
"""

from dataclasses import dataclass

STEPS, BITS, BATCH = 8, 8, 4
TASK = {"kind": "copy", "bits": BITS, "shortest": STEPS, "longest": STEPS}
TRAINING = {"updates": 1_000_000, "learning_rate": 1e-3, "batch": BATCH, "shards": 1}


@dataclass(frozen=True)
class Family:
    """One kind of network in growing sizes. title: what it is called; grows: what of it; networks: {memory cells: its
    settings}."""

    title: str
    grows: str
    networks: dict


def multigrid(base, levels):
    """16 channels; with one level more the layers climb one higher, and the cells are four times as many."""
    up = [[n, 16] for n in range(2, levels + 1)]
    return encoder_decoder(base, up + up[-2::-1] if levels > 2 else up + up)


def encoder_decoder(base, layers):
    """A network of these memory layers."""
    return {"kind": "encoder_decoder", "layers": layers, "base": base, "input_channels": BITS + 1,
            "output_channels": BITS}


def dnc(slots):
    """Slots of 64 numbers, 4 heads and a controller of 256 units: those that the paper answers questions with."""
    return {"kind": "dnc", "units": 256, "slots": slots, "width": 64, "heads": 4, **ENDS}


ENDS = {"questions": "none", "input": [BITS + 1], "output": [BITS]}
FAMILIES = {
    "multigrid": Family("multigrid memory", "levels", {
        1_440: multigrid(3, 2), 2_560: multigrid(4, 2), 4_464: multigrid(3, 3), 7_936: multigrid(4, 3),
        19_728: multigrid(3, 4), 35_072: multigrid(4, 4), 81_072: multigrid(3, 5)}),
    "dnc": Family("DNC", "slots", {256 + 64 * slots: dnc(slots) for slots in (18, 36, 66, 120, 304, 544, 1264)}),
    "lstm": Family("LSTM", "units", {units: {"kind": "lstm", "units": units, **ENDS}
                                     for units in (1_024, 2_048, 4_096, 8_192)}),
    "conv-lstm": Family("conv-LSTM of 2 layers", "side of the grid", {
        32 * side ** 2: encoder_decoder(side, [[1, 16], [1, 16]]) for side in (7, 9, 12, 16, 25, 33, 50)}),
}


def tables(network):
    """The settings of a training of this network."""
    return {"network": network, "task": TASK, "training": TRAINING}
