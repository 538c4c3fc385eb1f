"""Wrong gradients in every part of a DNC's addressing and in the unrolled layer: each must be caught, by the arguments that
it spoils. `planted` says how."""

import numpy as np
import pytest
from planted import check, overwriting, planter

from mgnm import ops
from mgnm.layers import DNC, LSTM
from mgnm.ops.dnc import Interface

PLANTS = {}
plant = planter(PLANTS)


# --- what the controller says ----------------------------------------------------------------------------------------

@plant(ops.softmax_backward, "softmax/full memory_interface/full content_weighting/full DNC/unrolled", "x")
def softmax_entries_taken_one_by_one(right, dy, cache):
    return dy * cache * (1 - cache)


@plant(ops.memory_interface_backward, "memory_interface/full memory_interface/large DNC/unrolled", "x")
def strengths_taken_as_they_are(right, dy, cache):
    open_wide = np.full_like(cache[0], 50)                  # where the softplus is a straight line
    return right(dy, (open_wide, *cache[1:]))


@plant(ops.memory_interface_backward, "memory_interface/full DNC/full DNC/from-the-start", "x")
def allocation_and_write_gate_swapped(right, dy, cache):
    dy = Interface(*dy)
    return right(dy._replace(allocation_gate=dy.write_gate, write_gate=dy.allocation_gate), cache)


# --- content ---------------------------------------------------------------------------------------------------------

def along(dw, cache):
    """sum over heads, and over slots, of c dc: how much of a direction's gradient points along itself."""
    _, _, strengths, _, _, cosines, w = cache
    products = ops.softmax_backward(dw, w) * strengths[:, :, None] * cosines
    return products.sum(1), products.sum(2)


@plant(ops.content_weighting_backward, "content_weighting/full content_weighting/full-smooth memory_access/full "
       "DNC/unrolled", "memory")
def norm_of_a_slot_treated_as_a_constant(right, dw, cache):
    dmemory, dkeys, dstrengths = right(dw, cache)
    memory, per_slot = cache[0], cache[4]
    return dmemory + memory * (along(dw, cache)[0] * per_slot ** 2)[:, :, None], dkeys, dstrengths


@plant(ops.content_weighting_backward, "content_weighting/full content_weighting/large-smooth DNC/smooth", "keys")
def norm_of_a_key_treated_as_a_constant(right, dw, cache):
    dmemory, dkeys, dstrengths = right(dw, cache)
    directions, per_key = cache[1], cache[3]
    return dmemory, dkeys + directions * (along(dw, cache)[1] * per_key)[:, :, None], dstrengths


@plant(ops.content_weighting_backward, "content_weighting/full-smooth memory_access/full-other-order", "memory keys")
def smoothing_of_the_norm_forgotten(right, dw, cache):
    memory, directions, strengths, per_key, _, *rest = cache
    lengths = np.linalg.norm(memory, axis=2)
    return right(dw, (memory, directions, strengths, per_key, 1 / np.where(lengths > 0, lengths, 1), *rest))


@plant(ops.content_weighting_backward, "content_weighting/full memory_access/large DNC/deepmind", "strengths")
def strength_lost(right, dw, cache):
    return *right(dw, cache)[:2], np.zeros_like(cache[2])


@plant(ops.content_weighting_backward, "memory_access/full DNC/full DNC/from-the-start", "state.memory")
def memory_before_the_write_gets_nothing_from_its_lookup(right, dw, cache):
    dmemory, dkeys, dstrengths = right(dw, cache)
    return (0 if dw.shape[1] == 1 else 1) * dmemory, dkeys, dstrengths


# --- usage -----------------------------------------------------------------------------------------------------------

@plant(ops.slot_usage_backward, "slot_usage/full slot_usage/large memory_access/full DNC/unrolled",
       "read_previous free_gates")
def other_heads_forgotten(right, du, cache):
    *front, kept, retention, used = cache
    return right(du, (*front, np.ones_like(kept), retention, used))


@plant(ops.slot_usage_backward, "slot_usage/full slot_usage/one-head memory_access/full DNC/unrolled", "write_previous")
def write_counted_twice_where_in_use(right, du, cache):
    dusage, _, dread, dfree = right(du, cache)
    return dusage, du * cache[-2], dread, dfree


@plant(ops.slot_usage_backward, "slot_usage/full memory_access/full DNC/unrolled", "usage_previous write_previous")
def freed_slots_kept(right, du, cache):
    *front, retention, used = cache
    return right(du, (*front, np.ones_like(retention), used))


@plant(ops.slot_usage_backward, "slot_usage/stop-gradient DNC/stop-gradient DNC/deepmind", "write_previous")
def stop_gradient_not_obeyed(right, du, cache):
    usage_previous, write_previous, read_previous, free_gates, _, *rest = cache
    return right(du, (usage_previous, write_previous, read_previous, free_gates, False, *rest))


@plant(ops.slot_usage_backward, "slot_usage/full memory_access/full DNC/unrolled DNC/from-the-start", "write_previous")
def gradient_always_stopped(right, du, cache):
    usage_previous, write_previous, read_previous, free_gates, _, *rest = cache
    return right(du, (usage_previous, write_previous, read_previous, free_gates, True, *rest))


# --- allocation ------------------------------------------------------------------------------------------------------

@plant(ops.allocation_weighting_backward, "allocation_weighting/full allocation_weighting/zero-and-one memory_access/full "
       "DNC/unrolled", "usage")
def what_is_left_for_others_forgotten(right, da, cache):
    u, P, order, place = cache
    return -np.take_along_axis(P, place, 1) * da


@plant(ops.allocation_weighting_backward, "allocation_weighting/full allocation_weighting/large memory_access/large "
       "DNC/smooth", "usage")
def gradient_left_in_sorted_order(right, da, cache):
    u, P, order, place = cache
    return np.take_along_axis(right(da, cache), order, 1)


@plant(ops.allocation_weighting_backward, "allocation_weighting/full DNC/unrolled", "usage")
def sorted_the_wrong_way_round(right, da, cache):
    u, P, order, place = cache
    return right(da, (u, P, order[:, ::-1], place))


@plant(ops.allocation_weighting_backward, "allocation_weighting/full allocation_weighting/large", "usage")
def only_the_next_place_gets_what_is_left(right, da, cache):
    """g_{j+1} = A_{j+1} (1 - u_{j+1}), without what that one leaves."""
    u, P, order, place = cache
    A = np.take_along_axis(da, order, 1)
    after = np.pad((A * (1 - u))[:, 1:], ((0, 0), (0, 1)))
    return np.take_along_axis(P * (after - A), place, 1)


# --- writing ---------------------------------------------------------------------------------------------------------

@plant(ops.write_weighting_backward, "write_weighting/full memory_access/full DNC/unrolled", "allocation content")
def allocation_and_content_swapped(right, dw, cache):
    dallocation, dcontent, *dgates = right(dw, cache)
    return dcontent, dallocation, *dgates


@plant(ops.erase_and_add_backward, "erase_and_add/full memory_access/full DNC/unrolled", "memory_previous")
def nothing_was_erased(right, dmemory, cache):
    return dmemory.copy(), *right(dmemory, cache)[1:]


@plant(ops.erase_and_add_backward, "erase_and_add/full memory_access/large DNC/unrolled", "write_weights")
def write_weights_only_add(right, dmemory, cache):
    _, *rest = right(dmemory, cache)
    rest[0] = (dmemory @ cache[3][:, :, None])[:, :, 0]
    return right(dmemory, cache)[0], *rest


# --- links -----------------------------------------------------------------------------------------------------------

@plant(ops.temporal_links_backward, "temporal_links/full temporal_links/large temporal_links/pieces memory_access/full "
       "DNC/unrolled", "links_previous precedence_previous write_weights")
def links_transposed(right, dlinks, cache):
    return right(dlinks.swapaxes(1, 2).copy(), cache)


@plant(ops.temporal_links_backward, "temporal_links/full memory_access/full", "links_previous")
def a_slot_linked_to_itself(right, dlinks, cache):
    dprevious, *rest = right(dlinks, cache)
    return dprevious + np.eye(dlinks.shape[1]) * dlinks, *rest


@plant(ops.temporal_links_backward, "temporal_links/full memory_access/full DNC/smooth", "write_weights")
def links_that_fade_treated_as_constants(right, dlinks, cache):
    dprevious, dprecedence, _ = right(dlinks, cache)
    D = dlinks * (1 - np.eye(dlinks.shape[1]))
    return dprevious, dprecedence, (D @ cache[1][:, :, None])[:, :, 0]


@plant(ops.temporal_links_backward, "temporal_links/full memory_access/full DNC/unrolled", "links_previous")
def links_that_do_not_fade(right, dlinks, cache):
    return dlinks * (1 - np.eye(dlinks.shape[1])), *right(dlinks, cache)[1:]


@plant(ops.temporal_links_backward, "temporal_links/full memory_access/full DNC/from-the-start", "precedence_previous")
def precedence_of_links_forgotten(right, dlinks, cache):
    dprevious, dprecedence, dwrite = right(dlinks, cache)
    return dprevious, 0 * dprecedence, dwrite


@plant(ops.write_precedence_backward, "write_precedence/full memory_access/full DNC/unrolled", "write_weights")
def last_place_never_lost(right, dp, cache):
    return right(dp, cache)[0], dp


@plant(ops.write_precedence_backward, "write_precedence/full memory_access/full DNC/unrolled", "precedence_previous")
def precedence_that_does_not_fade(right, dp, cache):
    return dp, right(dp, cache)[1]


@plant(ops.directional_weightings_backward, "directional_weightings/full directional_weightings/large memory_access/full "
       "DNC/unrolled", "links read_previous")
def forward_and_backward_swapped(right, dy, cache):
    return right(dy[::-1], cache)


@plant(ops.directional_weightings_backward, "directional_weightings/full memory_access/full DNC/deepmind", "links")
def links_of_the_way_back_forgotten(right, dy, cache):
    (dforward, _), (_, read_previous) = dy, cache
    return dforward.swapaxes(1, 2) @ read_previous, right(dy, cache)[1]


# --- reading ---------------------------------------------------------------------------------------------------------

@plant(ops.read_weighting_backward, "read_weighting/full memory_access/full DNC/unrolled", "modes")
def modes_in_reverse(right, dwr, cache):
    dmodes, *rest = right(dwr, cache)
    return dmodes[:, :, ::-1], *rest


@plant(ops.read_weighting_backward, "read_weighting/full memory_access/full DNC/other-order", "first third")
def weightings_in_reverse(right, dwr, cache):
    dmodes, first, second, third = right(dwr, cache)
    return dmodes, third, second, first


@plant(ops.memory_access_backward, "DNC/other-order DNC/deepmind memory_access/full-other-order",
       "x interface.weight interface.bias controller.0.weight controller.0.bias state.controller.0.h state.controller.0.c "
       "state.memory state.usage state.links state.precedence state.write_weights state.read_weights state.reads")
def order_of_the_paper_assumed(right, dy, cache):
    return right(dy, (*cache[:-1], ("backward", "content", "forward")))


@plant(ops.read_slots_backward, "read_slots/full memory_access/full DNC/unrolled", "memory")
def reading_leaves_no_trace_in_the_memory(right, dreads, cache):
    dmemory, dread = right(dreads, cache)
    return 0 * dmemory, dread


# --- the unrolled layer ----------------------------------------------------------------------------------------------

@plant(DNC.backward, "DNC/full DNC/unrolled DNC/from-the-start",
       "interface.weight interface.bias controller.0.weight controller.0.bias")
def gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


@plant(LSTM.add_gradients, "DNC/unrolled DNC/from-the-start", "controller.0.weight controller.0.bias")
def only_the_last_step_trains_the_controller(right, layer, steps):
    return right(layer, steps[:1])


@plant(LSTM.step_backward, "DNC/one-step DNC/unrolled DNC/from-the-start", "state.reads")
def what_was_read_gets_no_gradient(right, layer, dy, cache, dstate):
    dinput, *rest = right(layer, dy, cache, dstate)
    dinput = dinput.copy()
    dinput[:, 3:] = 0
    return dinput, *rest


@pytest.mark.parametrize("name", PLANTS)
def test_the_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)
