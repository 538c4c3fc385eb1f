"""Wrong gradients of dropout and of the question-answering network: every one must be caught, by the arguments that it
spoils. `planted` says how."""

import numpy as np
import pytest
from planted import check, planter

from mgnm import ops
from mgnm.layers import Dropout
from mgnm.networks import steps
from mgnm.networks.memory_stack import MemoryStack

PLANTS = {}
plant = planter(PLANTS)


@plant(ops.dropout_backward, "dropout/full dropout/large Dropout/full question_answering/full-dropout", "x")
def everything_gets_a_gradient(right, dy, cache):
    return dy


@plant(ops.dropout_backward, "dropout/full dropout/large Dropout/pyramid question_answering/deep-dropout", "x")
def the_mean_is_not_kept(right, dy, cache):
    return right(dy, (cache > 0) * 1.0)


@plant(ops.dropout_backward, "dropout/full Dropout/full", "x")
def what_is_left_out_gets_the_gradient(right, dy, cache):
    return right(dy, cache.max() - cache)


@plant(ops.dropout_backward, "dropout/large Dropout/pyramid", "x")
def the_mask_is_turned_round(right, dy, cache):
    return right(dy, cache[::-1])


@plant(Dropout.backward, "Dropout/pyramid question_answering/deep-dropout", "x.1")
def only_the_coarsest_level(right, self, dy, cache):
    dx = right(self, dy, cache)
    return {j: grid if j == 0 else dy[j] for j, grid in dx.items()} if isinstance(dx, dict) else dx


@plant(steps.put, "question_answering/full question_answering/small", "state.0.0.h state.0.0.c input "
       "entry.weight entry.bias memory.0.0.weight memory.0.0.bias")
def answers_a_step_late(right, dy, asked, T):
    return right(dy, [min(step + 1, T - 1) for step in asked], T)


@plant(steps.put, "question_answering/full question_answering/deep", "state.0.0.h state.0.0.c input "
       "entry.weight entry.bias memory.0.0.weight memory.0.0.bias")
def only_the_last_answer(right, dy, asked, T):
    first = right(dy, asked, T)
    first[:asked[-1]] = 0
    return first


@plant(MemoryStack.backward, "question_answering/full", "state.0.0.h state.0.0.c")
def the_initial_state_gets_nothing(right, self, doutputs, cache, dstate=None):
    dx, dinitial = right(self, doutputs, cache, dstate)
    return dx, {name: np.zeros_like(d) for name, d in dinitial.items()}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)
