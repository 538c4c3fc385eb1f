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
    """One kind of network in growing sizes. title: what it is called; grows: what of it; networks: {memory cells: settings}."""

    title: str
    grows: str
    networks: dict


def multigrid(base, levels):
    """16 channels; with one level more the layers climb one higher, and the cells are four times as many."""
    up = [[n, 16] for n in range(2, levels + 1)]
    layers = up + up[-2::-1] if levels > 2 else up + up
    return {"kind": "encoder_decoder", "layers": layers, "base": base, "input_channels": BITS + 1, "output_channels": BITS}


FAMILIES = {
    "multigrid": Family("multigrid memory", "levels of the pyramid", {
        1_440: multigrid(3, 2), 2_560: multigrid(4, 2), 4_464: multigrid(3, 3), 7_936: multigrid(4, 3),
        19_728: multigrid(3, 4), 35_072: multigrid(4, 4), 81_072: multigrid(3, 5)}),
}


def tables(network):
    """The settings of a training of this network."""
    return {"network": network, "task": TASK, "training": TRAINING}
