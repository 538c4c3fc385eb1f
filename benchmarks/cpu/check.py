"""Proof that all contestants do the same work: `python -m benchmarks.cpu.check S`.

Logits, loss and gradients of PyTorch beside mgnm's, over two short chunks of two sequences, the memory carried over.
In float64 every gradient must agree by itself, to EXACT. In float32, which is what is timed, to TOLERANCE, and there
the gradient counts as one vector: rounding may put a value on the other side of a kink (relu, max-pool), between the
two PyTorch variants as well, which moves single entries by more. Prints the two largest differences as JSON.
"""

import json
import sys

from benchmarks.common.compare import difference, mgnm_gradients, mgnm_iteration
from benchmarks.common.nets import NETS
from benchmarks.common.torch_run import iteration, make_network, tensors
from benchmarks.cpu.torch_contestant import FORMS

STEPS, BATCH, CHUNKS = 3, 2, 2
EXACT, TOLERANCE = 1e-9, 1e-4


def of_mgnm(net, chunks, dtype):
    """[(logits, loss, {name: gradient})] of every chunk, from mgnm."""
    network, state, results = net.build(dtype), None, []
    for inputs, targets in chunks:
        logits, loss, state = mgnm_iteration(network, inputs, targets.astype(dtype), state)
        results.append((logits, loss, mgnm_gradients(network)))
    return results


def of_torch(name, net, chunks, dtype):
    """The same from a contestant in PyTorch."""
    network, state, results = make_network(FORMS[name], net, dtype), None, []
    for chunk in chunks:
        logits, loss, state = iteration(network, tensors(*chunk, dtype), state)
        results.append((logits.numpy(), loss.item(), network.gradients()))
    return results


def main(net):
    """Compare all; RuntimeError where a difference is too large."""
    chunks = [({name: x[:STEPS] for name, x in inputs.items()}, targets[:STEPS])
              for (inputs, targets), _ in zip(net.chunks(BATCH), range(CHUNKS))]
    errors = {}
    for dtype, limit in (("float64", EXACT), ("float32", TOLERANCE)):
        ours = of_mgnm(net, chunks, dtype)
        for name in FORMS:
            error = difference(ours, of_torch(name, net, chunks, dtype), separate=dtype == "float64")
            if not error <= limit:
                raise RuntimeError(f"{name} differs from mgnm by {error:.1e} in {dtype}, more than {limit:.0e}")
            errors[dtype] = max(error, errors.get(dtype, 0.0))
    print(json.dumps(errors))


if __name__ == "__main__":
    main(NETS[sys.argv[1]])
