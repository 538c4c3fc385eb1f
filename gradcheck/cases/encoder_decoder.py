"""The encoder/decoder network: the input, every parameter of both parts and the initial state. All but the exit and the
decoder gets its gradient through the state that is handed over, and no other way."""

import mgnm
from gradcheck.adapters import network, point
from gradcheck.draw import normal
from gradcheck.registry import case

SCALAR = {"kind": "encoder_decoder", "base": 1, "layers": [[1, 1]], "input_channels": 1, "grid_channels": 1,
          "output_channels": 1}

# Levels that come and go, residuals with as many and with fewer channels, a tanh layer in front.
DEEP = {"kind": "encoder_decoder", "base": 1, "layers": [[1, 2], [2, 3], [2, 3], [1, 3]], "residuals": [[1, 3], [3, 4]],
        "input_channels": 3, "input_layer": 4, "grid_channels": 2, "output_channels": 3}

SORT = {"kind": "encoder_decoder", "layers": [[2, 3], [1, 4]], "input_channels": 5, "grid_channels": 2,
        "output_channels": 2}

IMAGES = {"kind": "encoder_decoder", "layers": [[2, 3], [2, 3]], "input": "images", "input_channels": 2,
          "output_channels": 3}


def encoder_decoder(rng, settings, T_in, T_out, B, training=False, queries=(), **changes):
    """queries: (steps of each, how many for a sequence), if there are any."""
    model = mgnm.build({**settings, **changes}, dtype="float64")
    model.training = training
    inputs = {"input": shown(rng, model.config, T_in, B)}
    if queries:
        T_query, S = queries
        inputs["queries"] = shown(rng, model.config, T_query, S * B)
    return network(model, list(inputs), steps=T_out), point(rng, model, inputs, B)


def shown(rng, config, T, B):
    """Vectors, or a pyramid of images."""
    if config.input == "vector":
        return normal(rng, (T, B, config.input_channels))
    return {j: normal(rng, (T, B, config.base * 2**j, config.base * 2**j, config.input_channels)) for j in config.entry}


@case("encoder_decoder/full", covers="encoder_decoder", full=True)
def full(rng):
    return encoder_decoder(rng, SCALAR, T_in=2, T_out=3, B=1)


@case("encoder_decoder/full-peephole", covers="encoder_decoder", full=True)
def full_peephole(rng):
    return encoder_decoder(rng, SCALAR, T_in=2, T_out=2, B=2, peepholes=True, input_layer=2)


@case("encoder_decoder/sort", covers="encoder_decoder")
def sort(rng):
    return encoder_decoder(rng, SORT, T_in=5, T_out=3, B=2)


@case("encoder_decoder/deep", covers="encoder_decoder")
def deep(rng):
    return encoder_decoder(rng, DEEP, T_in=3, T_out=4, B=2, peepholes=True, forget_bias=0.0)


@case("encoder_decoder/images", covers="encoder_decoder")
def images(rng):
    return encoder_decoder(rng, IMAGES, T_in=3, T_out=2, B=2)


@case("encoder_decoder/full-queries", covers="encoder_decoder", full=True)
def full_queries(rng):
    return encoder_decoder(rng, SCALAR, T_in=2, T_out=2, B=2, queries=(1, 2))


@case("encoder_decoder/queries", covers="encoder_decoder")
def queries(rng):
    return encoder_decoder(rng, DEEP, T_in=3, T_out=2, B=2, queries=(2, 3), peepholes=True)


@case("encoder_decoder/queries-of-images", covers="encoder_decoder")
def queries_of_images(rng):
    return encoder_decoder(rng, IMAGES, T_in=2, T_out=1, B=2, queries=(1, 2))


@case("encoder_decoder/one-step", covers="encoder_decoder")
def one_step(rng):
    return encoder_decoder(rng, SORT, T_in=1, T_out=1, B=3)


@case("encoder_decoder/full-batch-norm", covers="encoder_decoder", full=True)
def full_batch_norm(rng):
    return encoder_decoder(rng, SCALAR, T_in=2, T_out=2, B=2, training=True, batch_norm="running",
                           layers=[[1, 1], [1, 1]])


@case("encoder_decoder/batch-norm-training", covers="encoder_decoder")
def batch_norm_training(rng):
    return encoder_decoder(rng, DEEP, T_in=4, T_out=3, B=3, training=True, batch_norm="running")


@case("encoder_decoder/batch-norm-running", covers="encoder_decoder")
def batch_norm_running(rng):
    return encoder_decoder(rng, DEEP, T_in=3, T_out=3, B=2, batch_norm="running")


@case("encoder_decoder/batch-norm-batch", covers="encoder_decoder")
def batch_norm_batch(rng):
    return encoder_decoder(rng, IMAGES, T_in=3, T_out=4, B=2, batch_norm="batch")
