"""What tutorial 5 trains: networks of multigrid convolutions that bring a displaced digit to the middle of the picture.

    python -m tutorials.attention            # trains both networks with three seeds each, writes attention.npz
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
SEEDS, UPDATES, BATCH, RATE = (0, 1, 2), 1000, 32, 4e-3

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


def train(kind, seed, updates=UPDATES):
    """A trained network and its losses."""
    network, rng = make(kind, seed), np.random.default_rng([seed, 1])
    images, optimiser, losses = digits()[0], Adam(network.values), []
    for update in range(updates):
        pictures, targets = draw(images, BATCH, rng)
        logits, cache = network.forward(pictures)
        loss, dlogits = ops.sigmoid_cross_entropy(logits, targets)
        network.grads.fill(0)
        network.backward(dlogits, cache)
        clip_by_global_norm(network.grads, 1.0)
        optimiser.step(network.values, network.grads, RATE * (1 - update / updates), update)
        losses.append(float(loss))
    return network, losses


def score(network, most=MIDDLE, count=200):
    """F over the cells of pictures whose digits were not for training."""
    pictures, targets = draw(digits()[1], count, np.random.default_rng(2), most)
    return Scores.of_logits(network.forward(pictures)[0], targets)


def load(kind, seed):
    """The trained network of a seed, and its losses, means of 10 updates."""
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        network = make(kind)
        network.values[...] = arrays[f"{kind}/{seed}/values"]
        return network, arrays[f"{kind}/{seed}/losses"]


def main():
    """Train all, and keep them."""
    arrays = {}
    for seed in SEEDS:
        for kind in CHANNELS:
            network, losses = train(kind, seed)
            arrays[f"{kind}/{seed}/values"] = network.values
            arrays[f"{kind}/{seed}/losses"] = np.reshape(losses, (-1, 10)).mean(1).astype(np.float32)
            print(f"{kind}, seed {seed}: {network.parameter_count:,} parameters, {score(network)}", flush=True)
            np.savez(WEIGHTS, **arrays)


if __name__ == "__main__":
    sys.exit(main())
