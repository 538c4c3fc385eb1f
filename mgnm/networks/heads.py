"""What an agent wants of its network, from the features of one step: a policy and a value (REFERENCE 9).

    y = tanh(features) [ -> LSTM -> y ]         logits = y W + b                V = y v + c
"""

from .. import ops
from ..layers import LSTM, Linear


class ActorCritic:
    """Logits of the `actions` (T, B, actions) and values (T, B) from features (T, B, units), a layer before its tanh.

    rng: a NumPy Generator for the initial weights (see `Linear`). layers: of an LSTM of as many units, through which both
    see the tanh layer; 0: they see it as it is, and the state is empty.
    parameters: "policy.weight" (units, actions), "policy.bias", "value.weight" (units, 1), "value.bias", and "lstm.<name>".
    """

    def __init__(self, units, actions, rng, layers=0):
        self.policy, self.value = Linear(units, actions, rng), Linear(units, 1, rng)
        self.lstm = LSTM(units, units, rng, layers)
        self.memory_cells = self.lstm.memory_cells
        parts = {"policy": self.policy, "value": self.value, "lstm": self.lstm}
        self.parameters = {f"{name}.{key}": p for name, part in parts.items() for key, p in part.parameters.items()}

    def initial_state(self, batch, dtype, xp):
        """Zeros for h and c of every layer: {"<layer>.h": (units, B)}."""
        return self.lstm.initial_state(batch, dtype, xp)

    def forward(self, features, state, keep=None):
        """logits, values, final state, cache. keep: see `LSTM`."""
        y, tanh_cache = ops.tanh(features)
        y, state, lstm_cache = self.lstm.forward(y, state, keep)
        logits, policy_cache = self.policy.forward(y)
        values, value_cache = self.value.forward(y)         # (T, B, 1)
        return logits, values[..., 0], state, (tanh_cache, lstm_cache, policy_cache, value_cache)

    def backward(self, dlogits, dvalues, cache, dstate=None):
        """dfeatures, and the gradient of the initial state: both heads saw all of them."""
        tanh_cache, lstm_cache, policy_cache, value_cache = cache
        dy = self.policy.backward(dlogits, policy_cache)
        dy += self.value.backward(dvalues[..., None], value_cache)
        dy, dstate = self.lstm.backward(dy, lstm_cache, dstate)
        return ops.tanh_backward(dy, tanh_cache), dstate
