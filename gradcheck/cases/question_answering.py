"""Dropout, with a mask that stays as it is, and the question-answering network: the input, every parameter and the initial
state. Steps without an answer get their gradient through the memory, and no other way."""

import numpy as np

import mgnm
from gradcheck.adapters import network, op, point, put, stateless_layer
from gradcheck.draw import normal
from gradcheck.registry import case
from mgnm.layers import Dropout

SCALAR = {"kind": "question_answering", "base": 1, "layers": [[1, 1]], "input_channels": 2, "grid_channels": 1,
          "output_channels": 2}

# Levels that come and go, residuals with as many and with fewer channels.
DEEP = {"kind": "question_answering", "base": 1, "layers": [[1, 2], [2, 3], [2, 3], [1, 3]],
        "residuals": [[1, 3], [3, 4]], "input_channels": 5, "grid_channels": 2, "output_channels": 3}

SMALL = {"kind": "question_answering", "layers": [[2, 3], [2, 4]], "input_channels": 6, "grid_channels": 2,
         "output_channels": 5}


@case("dropout/full", covers="dropout", full=True)
def dropout_full(rng):
    mask = np.array([0, 2.0, 2.0, 0, 0, 2.0]).reshape(2, 3)
    return op("dropout", mask=mask), {"x": normal(rng, (2, 3))}


@case("dropout/large", covers="dropout")
def dropout_large(rng):
    return op("dropout", mask=(rng.random((5, 3, 4, 3, 6)) < 0.7) / 0.7), {"x": normal(rng, (5, 3, 4, 3, 6))}


@case("Dropout/full", covers="Dropout", full=True)
def layer_full(rng):
    return stateless_layer(Dropout(0.4), chance=3), {"x": normal(rng, (3, 2, 4))}


@case("Dropout/pyramid", covers="Dropout")
def layer_pyramid(rng):
    x = {j: normal(rng, (3, 3 * 2**j, 2, 3 * 2**j, 2)) for j in (0, 1)}
    return stateless_layer(Dropout(0.3, number=2), chance=5), put("x", x)


@case("Dropout/at-test-time", covers="Dropout", full=True)
def layer_at_test_time(rng):
    return stateless_layer(Dropout(0.4), chance=None), {"x": normal(rng, (2, 3))}


def question_answering(rng, settings, T, B, answer_steps, chance=None, **changes):
    model = mgnm.build({**settings, **changes}, dtype="float64")
    x = normal(rng, (T, B, model.config.input_channels))
    return network(model, ["input"], answer_steps=answer_steps, chance=chance), point(rng, model, {"input": x}, B)


@case("question_answering/full", covers="question_answering", full=True)
def full(rng):
    return question_answering(rng, SCALAR, T=4, B=2, answer_steps=[1, 2])


@case("question_answering/full-dropout", covers="question_answering", full=True)
def full_dropout(rng):
    return question_answering(rng, SCALAR, T=3, B=2, answer_steps=[0, 2], chance=8, layers=[[1, 1], [1, 1]],
                              input_dropout=0.3, dropout=0.3)


@case("question_answering/small", covers="question_answering")
def small(rng):
    return question_answering(rng, SMALL, T=5, B=2, answer_steps=[0, 4])


@case("question_answering/deep", covers="question_answering")
def deep(rng):
    return question_answering(rng, DEEP, T=5, B=2, answer_steps=[2, 4], peepholes=True, forget_bias=0.0)


@case("question_answering/deep-dropout", covers="question_answering")
def deep_dropout(rng):
    return question_answering(rng, DEEP, T=5, B=3, answer_steps=[1, 2, 4], chance=9, input_dropout=0.2, dropout=0.4)
