"""Every number in a memory, step by step: all channels of h, of c and of the gates, where `memory` keeps their means."""

import numpy as np

from mgnm.device import to_numpy

GATES = "igfo"          # in the order of the network's gate maps


class InsideTrace:
    """Collects what happens in the memory of a network that runs through one sequence, a step at a time.

    places: {(layer, level): {"h", "c", and where the network keeps its gates "i", "g", "f", "o": [(C, H, W) of each step]}}
    """

    def __init__(self, network):
        self.network, self.places = network, {}

    def add(self, state, cache):
        """Look at what a `forward` of one step of one sequence has returned beside its answer."""
        for name, grid in self.network.grids(state).items():                        # (H, C, W, 1)
            layer, level, quantity = name.split(".")
            self._keep(layer, level, quantity, grid)
        for name, gates in self.network.gates(cache).items():                       # (1, H, 4C, W, 1)
            for gate, grid in zip(GATES, np.split(to_numpy(gates)[0], len(GATES), axis=1), strict=True):
                self._keep(*name.split("."), gate, grid)

    def record(self):
        """{(layer, level): {quantity: float32 (T, C, H, W)}}, coarsest level first."""
        return {place: {quantity: np.stack(frames) for quantity, frames in quantities.items()}
                for place, quantities in sorted(self.places.items())}

    def _keep(self, layer, level, quantity, grid):
        quantities = self.places.setdefault((int(layer), int(level)), {})
        quantities.setdefault(quantity, []).append(to_numpy(grid)[..., 0].swapaxes(0, 1).copy())
