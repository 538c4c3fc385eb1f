"""The digit reader: the images, the query, every parameter and the initial state. The reader is given the memory's last
step only: what came before is reached through the state, and in training through the batch norm's statistics.

(No full check in training: with one cell and no relu at rest, what a bias adds a batch norm takes away, exactly.)
"""

import mgnm
from gradcheck.adapters import network, point
from gradcheck.draw import normal
from gradcheck.registry import MANY_KINKS, case

SCALAR = {"kind": "digit_reader", "base": 1, "writer": [[1, 1]], "reader": [1], "narrowing": [[1, 2]],
          "output_channels": 2}

# The released one in small, with residuals.
RECALL = {"kind": "digit_reader", "writer": [[2, 2], [2, 3], [2, 3]], "writer_residuals": [[1, 3]], "reader": [2, 3, 4],
          "reader_residuals": [[1, 3], [4, 5]], "narrowing": [[2, 4], [1, 4]], "output_channels": 3}


def digit_reader(rng, settings, T, B, S=1, training=False, **changes):
    """T images are shown, S queries asked."""
    model = mgnm.build({**settings, **changes}, dtype="float64")
    model.training, config = training, model.config

    def images(T):
        return {j: normal(rng, (T, B, config.base * 2**j, config.base * 2**j, config.input_channels))
                for j in config.entry}

    asked = {"observation": images(T), "query": images(S)}
    return network(model, ["observation", "query"]), point(rng, model, asked, B, lift=0.3)


@case("digit_reader/full", covers="digit_reader", full=True)
def full(rng):
    return digit_reader(rng, SCALAR, T=3, B=2, S=2, batch_norm="none")


@case("digit_reader/full-running", covers="digit_reader", full=True)
def full_running(rng):
    return digit_reader(rng, SCALAR, T=2, B=2)


@case("digit_reader/plain", covers="digit_reader", tolerance=MANY_KINKS)
def plain(rng):
    return digit_reader(rng, RECALL, T=3, B=2, batch_norm="none", peepholes=True)


@case("digit_reader/training", covers="digit_reader", tolerance=MANY_KINKS)
def in_training(rng):
    return digit_reader(rng, RECALL, T=4, B=3, S=2, training=True)


@case("digit_reader/running", covers="digit_reader", tolerance=MANY_KINKS)
def running(rng):
    return digit_reader(rng, RECALL, T=3, B=2, S=3)


@case("digit_reader/batch-one-step", covers="digit_reader", tolerance=MANY_KINKS)
def batch_one_step(rng):
    return digit_reader(rng, RECALL, T=1, B=4, batch_norm="batch")
