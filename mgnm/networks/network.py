"""What every network offers, whatever it is made of: the common interface of trainer, tasks and checks."""

import numpy as np

from ..device import to_numpy
from ..errors import UserError
from .exchange import finest

SHOWN = ("input", "queries", "observation", "query")        # the inputs that are shown, whatever the network
MOMENTUM = 0.99         # of running statistics: how much of them an update of a training keeps


class Network:
    """Parameters in one flat vector, state dict, shapes. A network adds `forward`, `backward` and `initial_state`:

        outputs, state, cache = network.forward(inputs, state=None)
        dinputs, dstate = network.backward(doutputs, cache, dstate=None)      adds to every parameter's grad

    inputs: a dict of arrays (T, B, ...), see each network. state: a flat dict of arrays, to be handed on as it is; None
    means zeros.

    Networks with batch norm also have buffers: running means and variances, which are saved with the parameters and not
    trained. While `training` is true they normalise by the statistics of the batch, and leave those in `observed`. Who
    trains adds to the running ones, once for each update, with `take_statistics`: what workers observed on their parts of
    a batch then counts alike, whatever their number, just as their gradients do.
    """

    questions = ()          # the kinds of questions that it may be asked, see `exchange.QUESTIONS`
    config = None           # the settings that `mgnm.build` makes the same network from
    memory_cells = 0        # how many numbers c it remembers per sequence
    several_queries = False # whether it answers several queries of one sequence ("none": see `EncoderDecoder`)
    training = False        # whether batch norm takes the statistics of the batch, whatever it does at test time

    @staticmethod
    def ends(exchange):
        """The settings of its ends that fit a task's exchange, for kinds whose ends are settings of their own; else {}."""
        return {}

    def check_shown(self, inputs):
        """UserError unless what is shown has, after its steps and its batch, the shape that the network takes."""
        wanted = self.exchange.input
        for name in SHOWN:
            x = inputs.get(name)
            if x is None:
                continue
            if isinstance(wanted, dict):
                given = {j: image.shape[2:] for j, image in x.items()} if isinstance(x, dict) else x.shape[2:]
            else:
                given = finest(x).shape[2:]
            if given != wanted:
                raise UserError(f"{name} shows {given} at each step of a sequence, and the network takes {wanted}: give an "
                                f"array (steps, batch, ...) of that shape, or change {self.exchange.input_settings}")

    def grids(self, state):
        """A state in the form of grids, to look at: {"<layer>.<level>.<h or c>": (H, C, W, B)}."""
        return state

    def gates(self, cache):
        """What the gates of a multigrid memory did, to look at: {"<layer>.<level>": (T, H, 4C, W, B)}, in the order i, g, f,
        o, from a cache of `forward`. {} for a memory of another kind."""
        return {}

    def pack(self, parts, dtype, xp):
        """Take over the parameters and buffers of {name: part}, layers or stacks of layers, as "<part>.<their name>"."""
        self.parameters = {f"{part}.{name}": p for part in parts for name, p in parts[part].parameters.items()}
        self.buffers = {f"{part}.{name}": b for part in parts for name, b in getattr(parts[part], "buffers", {}).items()}
        self.move(dtype, xp)

    def move(self, dtype, xp):
        """Move all parameters into one vector `values` of this dtype and array module, their gradients into `grads`; every
        Parameter keeps a view. Likewise all buffers into `running`, and what they observe into `observed`.

        One vector makes an optimiser step, a norm or a transfer one operation, whatever the number of layers.
        """
        values, self.running = (xp.asarray(_flat(group), dtype) for group in (self.parameters, self.buffers))
        self.dtype, self.xp, self.parameter_count = np.dtype(dtype), xp, values.size
        self.observed = xp.zeros_like(self.running)
        self.bind(values, xp.zeros_like(values))
        for b, value, observed in _views(self.buffers, self.running, self.observed):
            b.value, b.observed = value, observed

    def bind(self, values, grads):
        """Let the parameters live in these two vectors (in memory shared with other processes, for example)."""
        self.values, self.grads = values, grads
        for p, value, grad in _views(self.parameters, values, grads):
            p.value, p.grad = value, grad

    def take_statistics(self, observed):
        """Move the running statistics a little towards those that one update observed, a vector like `observed`; of
        several parts of a batch, their mean (so the variance is that within a part, by which training normalises)."""
        self.running += (1 - MOMENTUM) * (observed - self.running)

    def state_dict(self):
        """{name of a parameter or buffer: NumPy array}, copies."""
        return {name: to_numpy(x.value).copy() for name, x in self._saved().items()}

    def load_state_dict(self, arrays):
        """Take parameters and buffers by name; UserError where names or shapes are not exactly this network's."""
        saved = self._saved()
        wrong = sorted(arrays.keys() ^ saved.keys())
        if wrong:
            raise UserError(f"these weights are of another network: {wrong[0]!r} is in only one of the two; "
                            "build the network from the settings that the weights were trained with")
        for name, x in saved.items():
            if arrays[name].shape != x.value.shape:
                raise UserError(f"these weights are of another network: {name} is {arrays[name].shape}, here it is "
                                f"{x.value.shape}; build it from the settings that the weights were trained with")
            if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all():
                raise UserError(f"these weights are damaged: {name} has entries that are not finite numbers; use others")
        for name, x in saved.items():
            x.value[...] = self.xp.asarray(arrays[name], self.dtype)

    def _saved(self):
        """{name: Parameter or Buffer}: what belongs to trained weights."""
        return self.parameters | self.buffers


def _flat(owners):
    """The values of a dict's owners of a `value`, one after another, as one vector; none make an empty one."""
    return np.concatenate([owner.value.ravel() for owner in owners.values()]) if owners else np.zeros(0)


def _views(owners, *vectors):
    """(owner, its part of every vector, in its own shape) for each of these owners, the inverse of `_flat`."""
    start = 0
    for owner in owners.values():
        end = start + owner.value.size
        yield owner, *(vector[start:end].reshape(owner.value.shape) for vector in vectors)
        start = end
