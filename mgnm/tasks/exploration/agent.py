"""A network as a player: it is shown what is seen, remembers it, and draws its moves from its policy."""

from ... import ops
from ...device import to_numpy


class Agent:
    """See `players`. network: one with the outputs "policy", (1, B, actions), and "map", (1, B, S, S, 1), logits of one
    step; its state is carried from step to step."""

    def __init__(self, network):
        self._network, self._state = network, None

    def start(self, environment, rng):
        """Forget everything, take the source of chance."""
        self._state, self._rng = None, rng

    def act(self, observation):
        """int (B,)"""
        inputs = {name: x[None] for name, x in observation.items()}
        outputs, self._state, _ = self._network.forward(inputs, self._state)
        self.belief = to_numpy(ops.sigmoid(outputs["map"][0, ..., 0])[0])             # (B, S, S)
        return draw(to_numpy(outputs["policy"])[0], self._rng)


def draw(logits, rng):
    """A choice from softmax(logits) for every row: (B, K) -> int (B,).

    The largest of all logits, each with Gumbel noise of its own added, is such a draw; no exponential of a logit is needed.
    """
    return (logits + rng.gumbel(size=logits.shape)).argmax(-1)
