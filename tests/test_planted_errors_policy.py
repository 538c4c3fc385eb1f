"""Wrong gradients in what an agent learns from, in its network, and where a memory is emptied in the middle of a sequence:
every one must be caught, by the arguments that it spoils. `planted` says how."""

import numpy as np
import pytest
from planted import check, planter

from mgnm import ops
from mgnm.layers import PyramidToVectors
from mgnm.networks import Explorer
from mgnm.networks.explorer import LastLayer
from mgnm.networks.heads import ActorCritic
from mgnm.networks.reader_stack import ReaderStack
from mgnm.ops import scan

PLANTS = {}
plant = planter(PLANTS)


# --- policy, entropy, values -----------------------------------------------------------------------------------------

@plant(ops.policy_gradient_backward, "policy_gradient/mean policy_gradient/sum policy_gradient/large", "logits")
def policy_climbs_the_loss(right, dloss, cache):
    return -right(dloss, cache)


@plant(ops.policy_gradient_backward, "policy_gradient/sum policy_gradient/large", "logits")
def sign_of_the_advantage_lost(right, dloss, cache):
    dlogits = right(dloss, cache)
    bad = (dlogits > 0).sum(-1, keepdims=True) == 1         # of a move to be avoided, the move's own gradient alone is up
    return np.where(bad, -dlogits, dlogits)


@plant(ops.policy_gradient_backward, "policy_gradient/sum policy_gradient/large", "logits")
def only_the_move_that_was_made(right, dloss, cache):
    dlogits = right(dloss, cache)
    return np.where(np.abs(dlogits) == np.abs(dlogits).max(-1, keepdims=True), dlogits, 0)


@plant(ops.policy_gradient_backward, "policy_gradient/mean policy_gradient/large", "logits")
def policy_mean_not_divided(right, dloss, cache):
    return right(dloss, cache) * cache[..., 0].size


@plant(ops.entropy_backward, "entropy/sum entropy/mean entropy/large", "logits")
def entropy_pushed_the_wrong_way(right, dentropy, cache):
    return -right(dentropy, cache)


@plant(ops.entropy_backward, "entropy/mean entropy/large", "logits")
def entropy_mean_not_divided(right, dentropy, cache):
    return right(dentropy, cache) * cache[..., 0].size


@plant(ops.entropy_backward, "entropy/sum entropy/mean", "logits")
def weight_of_the_entropy_ignored(right, dentropy, cache):
    return right(1.0, cache)


@plant(ops.squared_error_backward, "squared_error/mean squared_error/sum squared_error/large", "values")
def one_half_forgotten_in_the_error(right, dloss, cache):
    return 2 * right(dloss, cache)


@plant(ops.squared_error_backward, "squared_error/sum squared_error/mean", "values")
def returns_less_values(right, dloss, cache):
    return -right(dloss, cache)


# --- the heads -------------------------------------------------------------------------------------------------------

GRIDS = "0.0", "1.0", "1.1", "2.0", "2.1"                   # the memories of explorer/one-step
MEMORY = " ".join(("observation", *(f"state.{grid}.{x}" for grid in GRIDS for x in "hc"),
                   *(f"writer.{grid}.{x}" for grid in GRIDS for x in ("weight", "bias"))))


@plant(ActorCritic.backward, "explorer/one-step", f"{MEMORY} recall.weight recall.bias sight.weight sight.bias")
def value_does_not_reach_the_memory(right, agent, dlogits, dvalues, cache):
    right(agent, dlogits, dvalues, cache)                   # its own weights get what they should
    before = {name: p.grad.copy() for name, p in agent.parameters.items()}
    dfeatures = right(agent, dlogits, 0 * dvalues, cache)
    for name, p in agent.parameters.items():
        p.grad[...] = before[name]
    return dfeatures


@plant(PyramidToVectors.backward, "explorer/one-step", MEMORY)
def the_agent_does_not_reach_the_memory(right, *arguments):
    return {j: 0 * dgrid for j, dgrid in right(*arguments).items()}


@plant(ReaderStack.backward, "explorer/one-step", MEMORY)
def the_map_does_not_reach_the_memory(right, *arguments):
    return without_memories(*right(*arguments))


@plant(ReaderStack.backward, "explorer/guide", "observation query")
def what_asks_the_memory_gets_no_gradient(right, *arguments):
    dquery, dmemories = right(*arguments)
    return {j: 0 * d for j, d in dquery.items()}, dmemories


@plant(LastLayer.backward, "explorer/one-step", MEMORY)
def the_agent_does_not_reach_the_last_layer(right, *arguments):
    return without_memories(*right(*arguments))


def without_memories(dquery, dmemories):
    """What a reader hands back, the gradients of the memories set to zero."""
    return dquery, {l: [{j: 0 * d for j, d in pyramid.items()} for pyramid in pyramids]
                    for l, pyramids in dmemories.items()}


@plant(Explorer.backward, "explorer/one-step", "query")
def query_without_gradient(right, *arguments):
    dinputs, dstate = right(*arguments)
    return {**dinputs, "query": None}, dstate


# --- a memory that is emptied in the middle --------------------------------------------------------------------------

RESETS = "memory_scan/full-resets memory_scan/large-resets multigrid_memory/resets MultigridMemory/resets"


@plant(ops.memory_scan_backward, RESETS, "z h_0 c_0 w bias peephole")
def gradient_goes_on_where_the_memory_was_emptied(right, dh, dstate, cache):
    *rest, keep = cache
    return right(dh, dstate, (*rest, None))


@plant(ops.memory_scan_backward, "memory_scan/full-resets memory_scan/large-resets MultigridMemory/resets", "w")
def kernel_sees_the_h_that_was_emptied(right, dh, dstate, cache):
    *rest, keep = cache
    result = right(dh, dstate, cache)
    gates, h, c, w, *_ = cache
    dz = result[0]
    return result[0], result[1], scan.launch(scan.WEIGHT_GRADIENT, dz, h[:-1]), *result[3:]


@plant(ops.memory_scan_backward, "memory_scan/full-resets", "peephole")
def peepholes_see_the_cell_that_was_emptied(right, dh, dstate, cache):
    gates, h, c, w, peephole, keep = cache
    dz, dinitial, dw, dbias, _ = right(dh, dstate, cache)
    return dz, dinitial, dw, dbias, scan.gate_parameters_backward(dz, c[:-1], c[1:], peephole)[1]


@plant(ops.memory_scan_backward, RESETS, "z h_0 c_0 w bias peephole")
def emptied_a_step_late(right, dh, dstate, cache):
    *rest, keep = cache
    return right(dh, dstate, (*rest, np.roll(keep, 1, axis=0)))


@plant(ops.memory_scan_backward, "memory_scan/full-resets multigrid_memory/resets", "h_0 c_0")
def first_step_never_empties(right, dh, dstate, cache):
    *rest, keep = cache
    first = keep.copy()
    first[0] = 1
    return right(dh, dstate, cache)[0], right(dh, dstate, (*rest, first))[1], *right(dh, dstate, cache)[2:]


@plant(ops.lstm_scan_backward, "lstm_scan/resets lstm_explorer/maze", "x h_0 c_0 w bias")
def gradient_goes_on_where_the_lstm_was_emptied(right, dh, dstate, cache):
    *rest, keep = cache
    return right(dh, dstate, (*rest, None))


# --- and the tests ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PLANTS)
def test_the_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)
