"""Proof that all contestants do the same work: `python -m benchmarks.cpu.check S`.

Logits, loss and gradients of PyTorch beside mgnm's, over two short chunks of two sequences, the memory carried over.
In float64 every gradient must agree by itself, to EXACT. In float32, which is what is timed, to TOLERANCE, and there
the gradient counts as one vector: rounding may put a value on the other side of a kink (relu, max-pool), between the
two PyTorch variants as well, which moves single entries by more. Prints the two largest differences as JSON.
"""

import json
import sys

import numpy as np
import torch.nn.functional as F

from benchmarks.cpu.nets import NETS
from benchmarks.cpu.torch_contestant import VARIANTS, make_network, tensors, without_history
from mgnm import ops

STEPS, BATCH, CHUNKS = 3, 2, 2
EXACT, TOLERANCE = 1e-9, 1e-4


def of_mgnm(net, chunks, dtype):
    """[(logits, loss, {name: gradient})] of every chunk, from mgnm."""
    network, state, results = net.build(dtype), None, []
    for inputs, targets in chunks:
        network.grads.fill(0)
        logits, state, cache = network.forward(inputs, state)
        loss, loss_cache = ops.sigmoid_cross_entropy(logits, targets.astype(dtype))
        network.backward(ops.sigmoid_cross_entropy_backward(1.0, loss_cache), cache)
        results.append((logits[..., 0], loss, {name: p.grad.copy() for name, p in network.parameters.items()}))
    return results


def of_torch(name, net, chunks, dtype):
    """The same from a variant in PyTorch."""
    network, state, results = make_network(name, net, dtype), None, []
    for chunk in chunks:
        observation, query, targets = tensors(*chunk, dtype)
        network.zero_grad()
        logits, state = network(observation, query, state)
        loss = F.binary_cross_entropy_with_logits(logits, targets)
        loss.backward()
        state = without_history(state)
        results.append((logits.detach().numpy(), loss.item(), network.gradients()))
    return results


def difference(ours, theirs, separate):
    """The largest difference, relative to the largest entry of its array, over all chunks.

    separate: every gradient by itself, or all of them as one vector.
    """
    worst = 0.0
    for (logits, loss, grads), (other_logits, other_loss, other_grads) in zip(ours, theirs, strict=True):
        vectors = [[grads[name].ravel(), other_grads[name].ravel()] for name in grads]
        if not separate:
            vectors = [[np.concatenate(side) for side in zip(*vectors)]]
        for x, y in [(logits, other_logits), (np.array(loss), np.array(other_loss)), *vectors]:
            worst = max(worst, float(abs(x - y).max() / abs(x).max()))
    return worst


def main(net):
    """Compare all; RuntimeError where a difference is too large."""
    chunks = [({name: x[:STEPS] for name, x in inputs.items()}, targets[:STEPS])
              for (inputs, targets), _ in zip(net.chunks(BATCH), range(CHUNKS))]
    errors = {}
    for dtype, limit in (("float64", EXACT), ("float32", TOLERANCE)):
        ours = of_mgnm(net, chunks, dtype)
        for name in VARIANTS:
            error = difference(ours, of_torch(name, net, chunks, dtype), separate=dtype == "float64")
            if not error <= limit:
                raise RuntimeError(f"{name} differs from mgnm by {error:.1e} in {dtype}, more than {limit:.0e}")
            errors[dtype] = max(error, errors.get(dtype, 0.0))
    print(json.dumps(errors))


if __name__ == "__main__":
    main(NETS[sys.argv[1]])
