"""What an agent wants of its network, from the features of one step: a policy and a value (REFERENCE 9).

    y = tanh(features)                  logits = y W + b                V = y v + c
"""

from .. import ops
from ..layers import Linear


class ActorCritic:
    """Logits of the `actions` (T, B, actions) and values (T, B) from features (T, B, units), a layer before its tanh.

    rng: a NumPy Generator for the initial weights (see `Linear`).
    parameters: "policy.weight" (units, actions), "policy.bias", "value.weight" (units, 1), "value.bias".
    """

    def __init__(self, units, actions, rng):
        self.policy, self.value = Linear(units, actions, rng), Linear(units, 1, rng)
        self.parameters = {f"{name}.{key}": p for name, head in (("policy", self.policy), ("value", self.value))
                           for key, p in head.parameters.items()}

    def forward(self, features):
        """logits, values, cache."""
        y, tanh_cache = ops.tanh(features)
        logits, policy_cache = self.policy.forward(y)
        values, value_cache = self.value.forward(y)         # (T, B, 1)
        return logits, values[..., 0], (tanh_cache, policy_cache, value_cache)

    def backward(self, dlogits, dvalues, cache):
        """dfeatures: both heads saw all of them."""
        tanh_cache, policy_cache, value_cache = cache
        dy = self.policy.backward(dlogits, policy_cache)
        dy += self.value.backward(dvalues[..., None], value_cache)
        return ops.tanh_backward(dy, tanh_cache)
