"""What tutorial 5 trains: networks of multigrid convolutions that bring a displaced digit to the middle of the picture.

    python -m tutorials.attention            # trains all of CASES, some minutes; writes attention.npz
"""

import sys
from pathlib import Path

import numpy as np

from mgnm import ops
from mgnm.layers import MultigridConvolution
from mgnm.networks.layer_stack import LayerStack
from mgnm.networks.network import Network
from mgnm.tasks.digits.images import load_digits, resize
from mgnm.tasks.mapping.score import Scores
from mgnm.training import Adam, clip_by_global_norm

ROOT = Path(__file__).parents[1]
WEIGHTS = Path(__file__).with_suffix(".npz")
SIDE, DIGIT = 24, 8                 # of the picture, of the digit in it
MIDDLE = (SIDE - DIGIT) // 2
FINEST = 3                          # the level of the picture; 3 x 3 is level 0
UPDATES, BATCH, RATE = 600, 32, 4e-3

# What is trained: the network, the cells that a digit is moved by at most, the seed.
CASES = [(kind, MIDDLE, seed) for seed in range(3) for kind in ("pyramid", "one grid")] + [("one grid", 3, 0)]

# The levels of every layer's output; the last one makes the answer.
PYRAMID = [[2, 3], [1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]
ONE_GRID = [[3]] * 8
CHANNELS = {"pyramid": 8, "one grid": 22}


class Convolutions(Network):
    """Multigrid convolutions one after another, from a picture (N, 24, 24) to logits (N, 24, 24)."""

    def __init__(self, levels, channels, seed):
        rng, sources, layers = np.random.default_rng(seed), {FINEST: 1}, []
        for own in levels[:-1]:
            layers.append(MultigridConvolution(sources, own, channels, rng))
            sources = dict.fromkeys(own, channels)
        layers.append(MultigridConvolution(sources, levels[-1], 1, rng, "linear"))
        for layer in layers:                                # He's factor: the package's start is too small for eight relus
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
    """The network "pyramid" or "one grid", with fresh weights: as many layers, nearly as many parameters."""
    return Convolutions(PYRAMID if kind == "pyramid" else ONE_GRID, CHANNELS[kind], seed)


def digits():
    """(for training, for validation): pictures of 8x8 cells, 0 or 1, from the sample of MNIST in the tests."""
    return [(resize(part.images, 2 * DIGIT).reshape(-1, DIGIT, 2, DIGIT, 2).max((2, 4)) > 100).astype(np.float32)
            for part in load_digits(str(ROOT / "tests" / "data" / "digits"), "")]


def draw(images, count, rng, most=MIDDLE):
    """Pictures (N, 24, 24) with a digit moved by up to `most` cells along both axes; the same with it in the middle."""
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


def load(kind, most, seed):
    """The trained network of a case, and its losses, means of 10 updates."""
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        network = make(kind)
        network.values[...] = arrays[f"{kind}/{most}/{seed}/values"]
        return network, arrays[f"{kind}/{most}/{seed}/losses"]


def main():
    """Train all, and keep them."""
    arrays = {}
    for kind, most, seed in CASES:
        network, losses = train(kind, seed, most)
        arrays[f"{kind}/{most}/{seed}/values"] = network.values
        arrays[f"{kind}/{most}/{seed}/losses"] = np.reshape(losses, (-1, 10)).mean(1).astype(np.float32)
        print(f"{kind}, moved by up to {most}, seed {seed}: loss %.4f, F %.3f" % evaluate(network, most), flush=True)
        np.savez(WEIGHTS, **arrays)


if __name__ == "__main__":
    sys.exit(main())
