"""What an iteration gives - (logits, loss, {name: gradient}), as NumPy arrays - in two implementations side by side."""

import numpy as np

from mgnm import ops
from mgnm.device import to_numpy


def mgnm_iteration(network, inputs, targets, state):
    """Forward and backward of mgnm over a chunk: logits, the loss, the state to carry on."""
    network.grads.fill(0)
    logits, state, cache = network.forward(inputs, state)
    loss, loss_cache = ops.sigmoid_cross_entropy(logits, targets)
    network.backward(ops.sigmoid_cross_entropy_backward(1.0, loss_cache), cache)
    return logits[..., 0], loss, state


def mgnm_gradients(network):
    """{name: NumPy array}, copies."""
    return {name: to_numpy(p.grad).copy() for name, p in network.parameters.items()}


def difference(ours, theirs, separate):
    """The largest difference, relative to the largest entry of its array, over all chunks' results.

    separate: every gradient by itself, or all of them as one vector.
    """
    errors = [0.0]
    for (logits, loss, grads), (other_logits, other_loss, other_grads) in zip(ours, theirs, strict=True):
        vectors = [[grads[name].ravel(), other_grads[name].ravel()] for name in grads]
        if not separate:
            vectors = [[np.concatenate(side) for side in zip(*vectors)]]
        for x, y in [(logits, other_logits), (np.array(loss), np.array(other_loss)), *vectors]:
            errors.append(abs(x - y).max() / abs(x).max())
    return float(np.max(errors))                            # NaN if one of them is
