"""Advantage actor-critic, synchronous: act for T steps, then learn from them, layer by layer (REFERENCE 9).

    loss = mean( -log pi(a) A + 0.5 (V - R)^2 - beta H(pi) ) + kappa mean( cross-entropy of the map )

Advantages A and returns R come from `ops.generalised_advantages`, with the values of the same pass; they are constants. The
gradient stops at the first step of a roll-out (truncated BPTT), the memory does not.
"""

import numpy as np

from .. import ops
from ..device import array_module
from ..tasks.exploration import RolloutScores
from ..tasks.mapping import Scores
from .rollout import Actors


class ActorCriticShard:
    """What `Shard` is for a task whose data is given: one part of the batch, `batch / shards` environments."""

    def __init__(self, network, task, settings, index):
        self.network, self.steps, self.reduction = network, settings.bptt, settings.loss
        self.weights = settings.actor_critic_settings()
        rng = np.random.default_rng([settings.seed, index])
        self.actors = Actors(network, task, settings.batch // settings.shards, rng)

    def step(self):
        """Fill the network's grads from the next roll-out; returns the loss and the RolloutScores."""
        rollout = self.actors.roll_out(self.steps)
        outputs, _, cache = self.network.forward(rollout.inputs, rollout.state)
        loss, doutputs, scores = actor_critic_loss(outputs, rollout, self.weights, self.reduction)
        self.network.grads.fill(0)
        self.network.backward(doutputs, cache)
        return loss, scores

    def snapshot(self):
        """All that the next steps depend on, besides the parameters: a flat dict of NumPy arrays."""
        return self.actors.snapshot()

    def restore(self, snapshot):
        """Go on exactly where the snapshot was taken."""
        self.actors.restore(snapshot)


def actor_critic_loss(outputs, rollout, weights, reduction="mean"):
    """(loss, gradients of the outputs, RolloutScores) of a Rollout; weights: ActorCriticSettings.

    outputs: those of the network for rollout.inputs, on its device, where everything stays.
    """
    logits, values = outputs["policy"], outputs["value"]
    xp = array_module(values)
    rewards, ends = (xp.asarray(x, values.dtype) for x in (rollout.rewards, rollout.ends))
    advantages, returns = ops.generalised_advantages(rewards, values, rollout.last_value, ends, weights.discount,
                                                     weights.trace)
    policy, policy_cache = ops.policy_gradient(logits, xp.asarray(rollout.actions), advantages, reduction)
    entropy, entropy_cache = ops.entropy(logits, reduction)
    error, error_cache = ops.squared_error(values, returns, reduction)
    targets = xp.asarray(rollout.targets)
    mapping, mapping_cache = ops.sigmoid_cross_entropy(outputs["map"], targets, reduction=reduction)
    loss = policy + error - weights.entropy * entropy + weights.localisation * mapping
    doutputs = {"policy": (ops.policy_gradient_backward(1.0, policy_cache)
                           + ops.entropy_backward(-weights.entropy, entropy_cache)),
                "value": ops.squared_error_backward(1.0, error_cache),
                "map": ops.sigmoid_cross_entropy_backward(weights.localisation, mapping_cache)}
    marks = Scores.of_logits(outputs["map"], targets)
    moves = values.size
    scores = RolloutScores(moves, rollout.coverage.sum(), entropy * (moves if reduction == "mean" else 1),
                           marks.true_positives, marks.false_positives, marks.false_negatives)
    return loss, doutputs, scores
