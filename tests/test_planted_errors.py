"""A check that cannot fail proves nothing: plant wrong gradients, one after another, and see every one caught.

`planted` says how. (That every case passes as long as nothing is planted is shown by test_gradcheck.test_case.)
"""

import numpy as np
import pytest
from planted import check, overwriting, planter, put_in_place

from gradcheck import CASES, run
from mgnm import ops
from mgnm.layers import MultigridConvolution, MultigridMemory
from mgnm.networks import ReaderWriter
from mgnm.ops import gates

PLANTS = {}
plant = planter(PLANTS)


# --- activations, linear ---------------------------------------------------------------------------------------------

@plant(ops.relu_backward, "relu/full relu/large multigrid_conv/relu", "x")
def relu_mask_from_the_wrong_side(right, dy, cache):
    return dy * (cache <= 0)


@plant(ops.sigmoid_backward, "sigmoid/full sigmoid/large", "x")
def sigmoid_with_the_wrong_sign(right, dy, cache):
    return -right(dy, cache)


@plant(ops.tanh_backward, "tanh/full tanh/large", "x")
def tanh_derivative_of_x_instead_of_y(right, dy, cache):
    return right(dy, np.arctanh(cache))


@plant(ops.linear_backward, "linear/rows linear/vector linear/sequence", "w")
def weight_gradient_2001_times(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, 2.001 * dw, db


@plant(ops.linear_backward, "linear/square", "w")
def weight_gradient_transposed(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, dw.T, db


@plant(ops.linear_backward, "linear/rows linear/sequence", "b")
def bias_lost(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, dw, 0 * db


@plant(ops.linear_backward, "linear/rows linear/sequence", "x")
def one_entry_not_finite(right, dy, cache):
    dx, dw, db = right(dy, cache)
    dx.flat[-1] = np.nan
    return dx, dw, db


# --- convolution -----------------------------------------------------------------------------------------------------

@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/wide-grid conv3x3/6x6-narrowing multigrid_conv/large", "x")
def kernel_not_turned_on_the_way_back(right, dy, cache):
    x, w, *rest = cache
    _, dw, db = right(dy, cache)
    return right(dy, (x, w[::-1, ::-1], *rest))[0], dw, db


@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/6x6-widening MultigridConvolution/full", "w")
def kernel_gradient_turned(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, dw[::-1, ::-1], db


@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/4x6-widening MultigridConvolution/grows", "w")
def kernel_rows_and_columns_swapped(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, dw.swapaxes(0, 1), db


@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/5x5-equal", "w")
def input_and_output_channels_swapped(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, dw.swapaxes(2, 3), db


@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/pieces-narrowing multigrid_conv/pieces", "x")
def last_column_of_the_grid_forgotten(right, dy, cache):
    dx, dw, db = right(dy, cache)
    dx[..., -1, :] = 0
    return dx, dw, db


@plant(ops.conv3x3_backward, "conv3x3/equal conv3x3/6x3-narrowing", "x")
def rounded_to_float32_on_the_way(right, dy, cache):
    dx, dw, db = right(dy, cache)
    return dx.astype(np.float32).astype(np.float64), dw, db


@plant(ops.conv3x3_backward, "conv3x3/pieces-widening", "w")
def one_entry_of_hundreds_wrong_by_one_percent(right, dy, cache):
    dx, dw, db = right(dy, cache)
    dw[1, 2, 3, 4] *= 1.01
    return dx, dw, db


# --- resampling, join, channels --------------------------------------------------------------------------------------

@plant(ops.maxpool_backward, "maxpool/full maxpool/single-window maxpool/large", "x")
def wrong_pool_winner(right, dy, cache):
    return np.roll(right(dy, cache), 1, axis=3)


@plant(ops.maxpool_backward, "maxpool/full maxpool/single-window maxpool/large", "x")
def every_cell_of_a_window_wins(right, dy, cache):
    return dy.repeat(2, axis=1).repeat(2, axis=3)


@plant(ops.upsample_backward, "upsample/full upsample/single-cell upsample/large", "x")
def mean_instead_of_sum(right, dy, cache):
    return right(dy, cache) / 4


@plant(ops.upsample_backward, "upsample/full upsample/large", "x")
def one_copy_of_four(right, dy, cache):
    return dy[:, ::2, :, ::2].copy()


@plant(ops.join_backward, "join/coarse+same+fine join/large multigrid_conv/large", "coarse same fine")
def channel_ranges_in_another_order(right, dy, cache, *into):
    return right(np.roll(dy, 1, axis=2), cache, *into)


@plant(ops.join_backward, "join/coarse+same join/coarse+same+fine MultigridConvolution/full", "coarse")
def coarse_neighbour_forgotten(right, dy, cache, *into):
    up = 0 if cache.coarse is None else cache.coarse.shape[2]
    return right(np.where(np.arange(dy.shape[2])[:, None, None] < up, 0, dy), cache, *into)


@plant(ops.join_backward, "multigrid_conv/relu multigrid_conv/large MultigridMemory/sequence", "coarse same fine")
def gradient_of_other_readers_replaced(right, dy, cache, *into):
    gradients = right(dy, cache)
    for total, gradient in zip(*into, gradients):
        if total is not None:
            total[...] = gradient
    return gradients


@plant(ops.residual_add_backward, "residual_add/padded residual_add/equal reader_writer/mapping", "source")
def residual_branch_lost(right, dy, cache):
    dx, dsource = right(dy, cache)
    return dx, 0 * dsource


@plant(ops.residual_add_backward, "residual_add/padded residual_add/large reader_writer/mapping", "source")
def residual_takes_the_last_channels(right, dy, cache):
    dx, dsource = right(dy, cache)
    return dx, dy[:, :, -dsource.shape[2]:]


@plant(ops.concatenate_backward, "concatenate/full concatenate/large reader_writer/one-step", "b")
def memory_gets_no_gradient_from_the_reader(right, dy, cache):
    da, db = right(dy, cache)
    return da, 0 * db


# --- gates -----------------------------------------------------------------------------------------------------------

def gate_channels(dz):
    """Views of i, g, f, o, as (4, ..., C, W, B)."""
    return np.stack(np.split(dz, 4, axis=-3))


@plant(gates.gate_maps_backward, "lstm_gates/full lstm_gates/large MultigridMemory/sequence", "z_x z_h bias")
def input_and_forget_gate_swapped(right, dstate, cache, dz):
    dc_previous = right(dstate, cache, dz)
    i, g, f, o = gate_channels(dz)
    dz[...] = np.concatenate([f, g, i, o], axis=-3)
    return dc_previous


@plant(gates.gate_parameters_backward, "lstm_gates/full-peephole lstm_gates/large-peephole memory_scan/full-peephole",
       "peephole")
def forget_peephole_sees_the_new_cell(right, dz, c_previous, c, peephole):
    dbias, dpeephole = right(dz, c_previous, c, peephole)
    wrong = (gate_channels(dz)[2] * c).sum((-2, -1)).reshape(-1, c.shape[-3]).sum(0)
    return dbias, np.stack([dpeephole[0], wrong, dpeephole[2]])


@plant(gates.gate_maps_backward,
       "lstm_gates/full-peephole lstm_gates/large-peephole MultigridMemory/sequence-peephole",
       "z_x z_h bias c_previous peephole")
def output_peephole_forgotten_in_dc(right, dstate, cache, dz):
    maps, c_previous, c, peephole = cache
    return right(dstate, (maps, c_previous, c, peephole * [[1], [1], [0]]), dz)


@plant(gates.gate_maps_backward, "lstm_gates/full-peephole lstm_gates/large-peephole memory_scan/full-peephole",
       "c_previous")
def peepholes_forgotten_in_dc_previous(right, dstate, cache, dz):
    maps, c_previous, c, peephole = cache
    dc_previous = right(dstate, (maps, c_previous, c, peephole * [[0], [0], [1]]), dz)
    right(dstate, cache, dz)
    return dc_previous


@plant(gates.gate_maps_backward, "lstm_gates/full lstm_gates/plain-lstm memory_scan/full", "z_x z_h bias c_previous")
def gradient_of_the_cell_from_later_lost(right, dstate, cache, dz):
    dh, dc = dstate
    return right((dh, 0 * dc), cache, dz)


@plant(gates.gate_parameters_backward, "lstm_gates/full lstm_gates/large MultigridMemory/full", "bias")
def gate_bias_lost(right, *arguments):
    dbias, dpeephole = right(*arguments)
    return 0 * dbias, dpeephole


# --- time ------------------------------------------------------------------------------------------------------------

@plant(ops.memory_scan_backward, "memory_scan/full MultigridMemory/sequence reader_writer/mapping", "z h_0 c_0 w bias")
def recurrent_term_through_h_lost(right, dh, dstate, cache):
    gates, h, c, w, *rest = cache
    return right(dh, dstate, (gates, h, c, 0 * w, *rest))


@plant(ops.memory_scan_backward, "memory_scan/full MultigridMemory/sequence", "w")
def recurrent_kernel_sees_h_of_its_own_step(right, dh, dstate, cache):
    gates, h, *rest = cache
    dz, dinitial, dw, dbias, dpeephole = right(dh, dstate, cache)
    late = np.concatenate([h[1:], h[-1:]])
    return dz, dinitial, right(dh, dstate, (gates, late, *rest))[2], dbias, dpeephole


@plant(ops.memory_scan_backward, "memory_scan/full MultigridMemory/sequence reader_writer/mapping", "z")
def one_time_step_late(right, dh, dstate, cache):
    dz, *rest = right(dh, dstate, cache)
    return np.roll(dz, 1, axis=0), *rest


@plant(ops.memory_scan_backward, "memory_scan/full memory_scan/one-step reader_writer/one-step", "h_0 c_0")
def initial_state_gradient_lost(right, dh, dstate, cache):
    dz, (dh_0, dc_0), *rest = right(dh, dstate, cache)
    return dz, (0 * dh_0, 0 * dc_0), *rest


@plant(ops.memory_scan_backward, "memory_scan/full MultigridMemory/full reader_writer/one-step", "z h_0 c_0 w bias")
def final_state_gradient_ignored(right, dh, dstate, cache):
    dh_T, dc_T = dstate
    return right(dh, (0 * dh_T, 0 * dc_T), cache)


# --- accumulation ----------------------------------------------------------------------------------------------------

@plant(ops.multigrid_conv_backward, "multigrid_conv/relu multigrid_conv/large MultigridConvolution/grows",
       "coarse same fine")
def neighbours_overwritten_instead_of_added_to(right, dy, cache, into):
    for total in into:
        if total is not None:
            total.fill(0)
    return right(dy, cache, into)


@plant(MultigridConvolution.backward, "MultigridConvolution/linear reader_writer/one-step",
       "0.weight 0.bias 1.weight 1.bias")
def convolution_gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


@plant(MultigridMemory.backward, "MultigridMemory/one-step reader_writer/one-step",
       "0.weight 0.bias 0.peephole 1.weight 1.bias 1.peephole")
def memory_gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


@plant(ReaderWriter.backward, "reader_writer/one-step", "query")
def one_input_of_the_network_without_gradient(right, *arguments):
    dinputs, dstate = right(*arguments)
    return {**dinputs, "query": None}, dstate


@plant(ReaderWriter.shown_backward, "reader_writer/small-view explorer/small-view", "observation query")
def gradient_of_the_wrong_corner(right, network, dx):
    return right(network, {0: dx[0][:, ::-1, :, ::-1]})


# --- losses ----------------------------------------------------------------------------------------------------------

@plant(ops.sigmoid_cross_entropy_backward, "sigmoid_cross_entropy/mean sigmoid_cross_entropy/large", "logits")
def sigmoid_mean_not_divided(right, dloss, cache):
    return right(dloss, cache * cache.size)


@plant(ops.sigmoid_cross_entropy_backward, "sigmoid_cross_entropy/sum-mask sigmoid_cross_entropy/mean-mask", "logits")
def sigmoid_mask_ignored(right, dloss, cache):
    return right(dloss, np.where(cache == 0, np.abs(cache).max(), cache))


@plant(ops.softmax_cross_entropy_backward, "softmax_cross_entropy/mean-mask softmax_cross_entropy/large", "logits")
def softmax_divided_by_all_entries_instead_of_the_asked(right, dloss, cache):
    asked = np.any(cache != 0, axis=-1)
    return right(dloss, cache * asked.mean())


@plant(ops.softmax_cross_entropy_backward, "softmax_cross_entropy/sum softmax_cross_entropy/mean", "logits")
def softmax_target_off_by_one(right, dloss, cache):
    return right(dloss, np.roll(cache, 1, axis=-1))


@plant(ops.softmax_cross_entropy_backward, "softmax_cross_entropy/sum softmax_cross_entropy/large", "logits")
def gradient_from_above_ignored(right, dloss, cache):
    return right(1.0, cache)


# --- and the tests ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PLANTS)
def test_the_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)


def test_a_plant_reaches_the_code_that_layers_call(monkeypatch):
    """Replaced everywhere: the op-level case, the layer and the network all see the planted function."""
    put_in_place(monkeypatch, PLANTS["recurrent_term_through_h_lost"])
    for name in ("memory_scan/full", "MultigridMemory/full", "reader_writer/full"):
        assert not run(CASES[name]).report.passed


def test_there_are_enough_plants():
    assert len(PLANTS) >= 40
