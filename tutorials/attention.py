"""What tutorial 5 trains: networks of multigrid convolutions that bring a displaced digit to the middle of the picture.

    python -m tutorials.attention            # trains both with two seeds, some minutes; writes attention.npz
"""

import sys
from pathlib import Path

import numpy as np

from mgnm import ops
from mgnm.layers import MultigridConvolution
from mgnm.networks.layer_stack import LayerStack
from mgnm.networks.network import Network
from mgnm.tasks.digits.images import load_digits
from mgnm.tasks.mapping.score import Scores
from mgnm.training import Adam, clip_by_global_norm

ROOT = Path(__file__).parents[1]
WEIGHTS = Path(__file__).with_suffix(".npz")
SIDE, DIGIT = 12, 6                 # of the picture, of the digit in it
MIDDLE = (SIDE - DIGIT) // 2
FINEST = 2                          # the level of the picture; 3 x 3 is level 0
UPDATES, BATCH, RATE = 1000, 32, 5e-3
SEEDS = (0, 1)

# The levels of every layer's output; the last one makes the answer.
PYRAMID = [[1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 2], [2]]
ONE_GRID = [[2]] * 7
CHANNELS = {"pyramid": 16, "one grid": 40}


class Convolutions(Network):
    """Multigrid convolutions one after another, from a picture (N, 12, 12) to logits (N, 12, 12)."""

    def __init__(self, levels, channels, seed):
        rng, sources, layers = np.random.default_rng(seed), {FINEST: 1}, []
        for own in levels[:-1]:
            layers.append(MultigridConvolution(sources, own, channels, rng))
            sources = dict.fromkeys(own, channels)
        layers.append(MultigridConvolution(sources, levels[-1], 1, rng, "linear"))
        for layer in layers:                                # He's factor: the package's start is too small for six relus
            for parameter in layer.parameters.values():
                parameter.value *= 6 ** 0.5
        self.stack = LayerStack(layers, [], 0)
        self.pack({"layers": self.stack}, "float32", np)

    def forward(self, pictures):
        """Logits, and the cache."""
        x = np.ascontiguousarray(pictures.transpose(1, 2, 0)[None, :, None], dtype=self.dtype)      # (1, H, 1, W, N)
        caches = {}

        def step(l, x):
            y, caches[l] = self.stack.layers[l].forward(x)
            return y

        outputs, cache = self.stack.run({FINEST: x}, step, False)
        return outputs[-1][FINEST][0, :, 0].transpose(2, 0, 1), (caches, cache)

    def backward(self, dlogits, cache):
        """The gradient of the pictures; adds to the parameters' gradients."""
        caches, cache = cache
        dy = np.ascontiguousarray(dlogits.transpose(1, 2, 0)[None, :, None], dtype=self.dtype)
        dx = self.stack.run_backward({len(self.stack.layers) - 1: [{FINEST: dy}]}, cache,
                                     lambda l, dy: self.stack.layers[l].backward(dy, caches[l]))
        return dx[FINEST][0, :, 0].transpose(2, 0, 1)


def make(kind, seed=0):
    """The network "pyramid" or "one grid", with fresh weights: equally deep, with nearly as many parameters."""
    return Convolutions(PYRAMID if kind == "pyramid" else ONE_GRID, CHANNELS[kind], seed)


def digits():
    """(for training, for validation): pictures of 6x6 cells, 0 or 1, from the sample of MNIST in the tests."""
    found = []
    for part in load_digits(str(ROOT / "tests" / "data" / "digits"), ""):
        framed = np.pad(part.images[:, 4:-4, 4:-4], ((0, 0), (2, 2), (2, 2)))                       # (N, 24, 24)
        found.append((framed.reshape(-1, DIGIT, 4, DIGIT, 4).mean((2, 4)) > 90).astype(np.float32))
    return found


def draw(images, count, rng, most=MIDDLE):
    """Pictures (N, 12, 12) with a digit moved by up to `most` cells along both axes; the same with it in the middle."""
    chosen, moves = rng.integers(len(images), size=count), rng.integers(-most, most + 1, size=(count, 2))
    pictures, targets = np.zeros((2, count, SIDE, SIDE), np.float32)
    for n, (image, (row, column)) in enumerate(zip(chosen, MIDDLE + moves)):
        pictures[n, row:row + DIGIT, column:column + DIGIT] = images[image]
    targets[:, MIDDLE:MIDDLE + DIGIT, MIDDLE:MIDDLE + DIGIT] = images[chosen]
    return pictures, targets


def train(kind, seed, most=MIDDLE, updates=UPDATES):
    """A trained network and its losses; digits are moved by up to `most` cells."""
    network, rng = make(kind, seed), np.random.default_rng([seed, 1])
    images, optimiser, losses = digits()[0], Adam(network.values), []
    for update in range(updates):
        pictures, targets = draw(images, BATCH, rng, most)
        logits, cache = network.forward(pictures)
        loss, dlogits = ops.sigmoid_cross_entropy(logits, targets)
        network.grads.fill(0)
        network.backward(dlogits, cache)
        clip_by_global_norm(network.grads, 1.0)
        optimiser.step(network.values, network.grads, RATE * (1 - update / updates), update)
        losses.append(float(loss))
    return network, losses


def evaluate(network, most=MIDDLE, count=200):
    """(mean loss, F-score at the threshold that is best for it) on digits that were not for training."""
    pictures, targets = draw(digits()[1], count, np.random.default_rng(2), most)
    logits, _ = network.forward(pictures)
    return float(ops.sigmoid_cross_entropy(logits, targets)[0]), best_f_score(logits, targets)


def best_f_score(logits, targets):
    """The F-score at the best of some thresholds on the logit: one that is unsure is not punished for that."""
    return max(Scores.of_logits(logits - threshold, targets).f_score for threshold in np.arange(-4, 2, 0.25))


def load(kind, seed):
    """What came of a training: its losses, means of 10 updates, and (loss, F-score) on fresh digits."""
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        return arrays[f"{kind}/{seed}/losses"], arrays[f"{kind}/{seed}/scores"]


def load_network(kind):
    """The trained network of seed 0."""
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        network = make(kind)
        network.values[...] = arrays[f"{kind}/values"]
        return network


def main():
    """Train both networks with all seeds; keep the losses and scores of all, and the weights of the first."""
    arrays = {}
    for seed in SEEDS:
        for kind in CHANNELS:
            network, losses = train(kind, seed)
            arrays[f"{kind}/{seed}/losses"] = np.reshape(losses, (-1, 10)).mean(1).astype(np.float32)
            arrays[f"{kind}/{seed}/scores"] = np.array(evaluate(network))
            if seed == SEEDS[0]:
                arrays[f"{kind}/values"] = network.values
            print(f"{kind}, seed {seed}: loss {{:.4f}}, F {{:.3f}}".format(*evaluate(network)), flush=True)
            np.savez(WEIGHTS, **arrays)


if __name__ == "__main__":
    sys.exit(main())
