"""What every network offers, whatever it is made of: the common interface of trainer, tasks and checks."""

import numpy as np

from ..device import to_numpy
from ..errors import UserError


class Network:
    """Parameters in one flat vector, state dict, shapes. A network adds `forward`, `backward` and `initial_state`:

        outputs, state, cache = network.forward(inputs, state=None)
        dinputs, dstate = network.backward(doutputs, cache, dstate=None)      adds to every parameter's grad

    inputs: a dict of arrays (T, B, H, W, C). state: a flat dict of arrays, to be handed on as it is; None means zeros.
    """

    config = None           # the settings that `mgnm.build` makes the same network from
    memory_cells = 0        # how many numbers c it remembers per sequence

    def pack(self, parameters, dtype, xp):
        """Move all parameters into one vector `values`, their gradients into `grads`; every Parameter keeps a view.

        One vector makes an optimiser step, a norm or a transfer one operation, whatever the number of layers.
        """
        self.parameters = parameters
        sizes = [p.value.size for p in parameters.values()]
        flat = np.concatenate([p.value.ravel() for p in parameters.values()]).astype(dtype)
        self.dtype, self.xp, self.parameter_count = np.dtype(dtype), xp, sum(sizes)
        self.bind(xp.asarray(flat), xp.zeros(len(flat), dtype))

    def bind(self, values, grads):
        """Let the parameters live in these two vectors (in memory shared with other processes, for example)."""
        self.values, self.grads = values, grads
        start = 0
        for p in self.parameters.values():
            end = start + p.value.size
            p.value, p.grad = values[start:end].reshape(p.value.shape), grads[start:end].reshape(p.value.shape)
            start = end

    def state_dict(self):
        """{parameter name: NumPy array}, copies."""
        return {name: to_numpy(p.value).copy() for name, p in self.parameters.items()}

    def load_state_dict(self, arrays):
        """Take parameters by name; UserError where names or shapes are not exactly this network's."""
        wrong = sorted(arrays.keys() ^ self.parameters.keys())
        if wrong:
            raise UserError(f"these weights are of another network: {wrong[0]!r} is in only one of the two; "
                            "build the network from the settings that the weights were trained with")
        for name, p in self.parameters.items():
            if arrays[name].shape != p.value.shape:
                raise UserError(f"these weights are of another network: {name} is {arrays[name].shape}, here it is "
                                f"{p.value.shape}; build it from the settings that the weights were trained with")
        for name, p in self.parameters.items():
            p.value[...] = self.xp.asarray(arrays[name], self.dtype)
