"""The Differentiable Neural Computer: an LSTM that writes to and reads from a memory of slots (Graves et al., Nature 2016;
REFERENCE 6). What a multigrid memory is compared with: one controller, one bank of memory, addressing made by hand.

    h_t = LSTM([x_t; r_{t-1}])          the memory is told  W h_t + b  and answers with r_t             y_t = [h_t; r_t]

It is a core of `networks.VectorMemory` (see `lstm` for what that is), whose last linear map makes the paper's output of y.
The controller sees what was read a step before: so all but the gradients of the weights has to go step by step.
"""

from .. import ops
from ..device import array_module, empty, zeros
from ..ops.dnc import MemoryState, interface_width
from .linear import Linear
from .lstm import LSTM

SMOOTHING = {"exact": 0.0, "smooth": 1e-6}      # what is added to squared lengths in a cosine: the paper's, DeepMind's
READ_MODES = ("backward", "content", "forward")


class DNC:
    """A controller of `units`, a memory of `slots` vectors of `width` numbers, one write head, `heads` read heads.

    input_channels: length of an input vector; rng: a NumPy Generator for the initial weights (see `LSTM` and `Linear`);
    layers: of the controller; norm: "exact" as in the paper or "smooth" as in DeepMind's code (see `ops.dnc.content`);
    stop_gradient: True stops the gradient from usage into write weights, as that code does; read_modes: what the three
    modes of a head are, in the order of the interface (in that code "content" is the last).
    parameters: "controller.<name>" (an LSTM's) and "interface.<name>" (a linear map's).
    """

    def __init__(self, input_channels, units, slots, width, heads, rng, layers=1, norm="exact", stop_gradient=False,
                 read_modes=READ_MODES):
        self.input_channels, self.units, self.slots, self.width, self.heads = input_channels, units, slots, width, heads
        self.how = SMOOTHING[norm], stop_gradient, read_modes
        self.controller = LSTM(input_channels + heads * width, units, rng, layers)
        self.interface = Linear(units, interface_width(width, heads), rng)
        self.output_channels = units + heads * width
        self.memory_cells = self.controller.memory_cells + slots * width
        self.parameters = {f"{part}.{name}": p for part in ("controller", "interface")
                           for name, p in getattr(self, part).parameters.items()}

    def initial_state(self, batch, dtype, xp):
        """Zeros: the controller's "controller.<name>", the fields of `ops.dnc.MemoryState`, "reads" (B, R, W)."""
        slots = batch, self.slots
        shapes = MemoryState(memory=(*slots, self.width), usage=slots, links=(*slots, self.slots), precedence=slots,
                             write_weights=slots, read_weights=(batch, self.heads, self.slots))
        state = {name: xp.zeros(shape, dtype) for name, shape in shapes._asdict().items()}
        controller = self.controller.initial_state(batch, dtype, xp)
        return _joined(controller, state.values(), xp.zeros((batch, self.heads, self.width), dtype))

    def grids(self, state):
        """A state in the form of grids, to look at: the controller's (see `LSTM.grids`) and, as one more layer, level 1, the
        memory as c, a row for each slot, and what is read as h, a row for each head."""
        controller, memory, reads = _parted(state)
        found = {"h": reads, "c": memory.memory}            # (B, R or N, W)
        return self.controller.grids(controller) | {f"{self.controller.layers}.1.{name}": x.transpose(1, 2, 0)[:, None]
                                                    for name, x in found.items()}

    def forward(self, x, state):
        """x (T, B, input_channels) -> [h; reads] (T, B, output_channels), final state, cache."""
        T, B, _ = x.shape
        xp, y, caches = array_module(x), empty((T, B, self.output_channels), x), []
        weight, bias = (self.interface.parameters[name].value for name in ("weight", "bias"))
        controller, memory, reads = _parted(state)
        for t in range(T):
            h, controller, cache = self.controller.step(xp.concatenate([x[t], reads.reshape(B, -1)], 1), controller)
            says, says_cache = ops.memory_interface(h @ weight + bias, self.width, self.heads)
            (reads, *memory), access_cache = ops.memory_access(says, MemoryState(*memory), *self.how)
            y[t, :, :self.units], y[t, :, self.units:] = h, reads.reshape(B, -1)
            caches.append((cache, says_cache, access_cache))
        return y, _joined(controller, memory, reads), (y, state, caches)

    def backward(self, dy, cache, dstate=None):
        """dx (T, B, input_channels), and the gradient of the initial state.

        dstate: the gradient of the final state, in the same form; None for zero.
        """
        y, state, caches = cache
        T, B, _ = dy.shape
        weight, bias = (self.interface.parameters[name] for name in ("weight", "bias"))
        dx, dtold = empty((T, B, self.input_channels), dy), empty((T, B, len(bias.value)), dy)
        dcontroller, dmemory, dreads = _parted(dstate or {name: zeros(each.shape, each) for name, each in state.items()})
        steps = []
        for t in reversed(range(T)):
            lstm_cache, says_cache, access_cache = caches[t]
            dreads = dreads + dy[t, :, self.units:].reshape(dreads.shape)
            dsays, dmemory = ops.memory_access_backward((dreads, *dmemory), access_cache)
            dtold[t] = ops.memory_interface_backward(dsays, says_cache)
            dh = dy[t, :, :self.units] + dtold[t] @ weight.value.T
            dinput, dcontroller, kept = self.controller.step_backward(dh, lstm_cache, dcontroller)
            dx[t], dreads = dinput[:, :self.input_channels], dinput[:, self.input_channels:].reshape(dreads.shape)
            steps.append(kept)
        self.controller.add_gradients(steps)
        h, dtold = y[:, :, :self.units].reshape(T * B, -1), dtold.reshape(T * B, -1)
        weight.grad += h.T @ dtold                          # one product for all steps
        bias.grad += dtold.sum(0)
        return dx, _joined(dcontroller, dmemory, dreads)


def _parted(state):
    """(the controller's state, the MemoryState, reads) of a flat dict."""
    controller = {name.removeprefix("controller."): each for name, each in state.items() if name.startswith("controller.")}
    return controller, MemoryState(*(state[name] for name in MemoryState._fields)), state["reads"]


def _joined(controller, memory, reads):
    """The inverse of `_parted`."""
    return {**{f"controller.{name}": each for name, each in controller.items()},
            **dict(zip(MemoryState._fields, memory)), "reads": reads}
