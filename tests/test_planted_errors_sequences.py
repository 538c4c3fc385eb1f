"""Wrong gradients in batch norm, at the ends for vectors, in the hand-over of a state, in the reading of the last step:
every one must be caught, by the arguments that it spoils. `planted` says how."""

import numpy as np
import pytest
from planted import check, overwriting, planter

from mgnm import ops
from mgnm.layers import BatchNorm, ConstantPyramid, Linear, PyramidToVectors
from mgnm.networks import DigitReader, EncoderDecoder, digit_reader, encoder_decoder
from mgnm.networks.memory_stack import MemoryStack
from mgnm.networks.reader_stack import ReaderStack

PLANTS = {}
plant = planter(PLANTS)


# --- batch norm ------------------------------------------------------------------------------------------------------

@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/large BatchNorm/own-statistics "
       "encoder_decoder/full-batch-norm encoder_decoder/batch-norm-batch digit_reader/training", "x")
def statistics_treated_as_constants(right, dy, cache):
    n, slope, N = cache
    return right(dy, (n, slope, None))


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/one-cell batch_norm/large", "x")
def mean_treated_as_a_constant(right, dy, cache):
    n, slope, N = cache
    dx, dscale, dshift = right(dy, cache)
    return dx + (slope * dshift / N)[:, None, None], dscale, dshift


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/one-cell batch_norm/large", "x")
def variance_treated_as_a_constant(right, dy, cache):
    n, slope, N = cache
    dx, dscale, dshift = right(dy, cache)
    return dx + n * (slope * dscale / N)[:, None, None], dscale, dshift


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/large encoder_decoder/batch-norm-training", "x")
def sums_not_divided_by_their_number(right, dy, cache):
    n, slope, N = cache
    return right(dy, (n, slope, 1))


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/large digit_reader/batch-one-step", "x")
def divided_by_the_number_of_sequences_alone(right, dy, cache):
    n, slope, N = cache
    return right(dy, (n, slope, dy.shape[-1]))


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/large encoder_decoder/batch-norm-training", "x")
def every_step_by_itself(right, dy, cache):
    """As if the statistics were those of a step, not of the sequence."""
    n, slope, N = cache
    steps = [right(dy[t:t + 1], (n[t:t + 1], slope, N // len(n)))[0] for t in range(len(n))]
    return np.concatenate(steps), *right(dy, cache)[1:]


@plant(ops.batch_norm_backward, "batch_norm/running batch_norm/large-running BatchNorm/running-statistics "
       "encoder_decoder/batch-norm-running digit_reader/full-running", "x")
def running_statistics_treated_as_those_of_x(right, dy, cache):
    n, slope, _ = cache
    return right(dy, (n, slope, dy[:, :, 0].size))


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/running encoder_decoder/batch-norm-running", "scale")
def scale_gets_the_gradient_of_the_shift(right, dy, cache):
    dx, _, dshift = right(dy, cache)
    return dx, dshift, dshift


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/large digit_reader/training", "scale shift")
def scale_and_shift_swapped(right, dy, cache):
    dx, dscale, dshift = right(dy, cache)
    return dx, dshift, dscale


@plant(ops.batch_norm_backward, "batch_norm/full batch_norm/running encoder_decoder/full-batch-norm", "shift")
def shift_lost(right, dy, cache):
    dx, dscale, dshift = right(dy, cache)
    return dx, dscale, 0 * dshift


@plant(BatchNorm.backward, "BatchNorm/own-statistics encoder_decoder/batch-norm-training digit_reader/training", "x.1 x.2")
def running_statistics_in_the_gradient_of_training(right, layer, dy, cache):
    wrong = {}
    for j, (n, slope, N) in cache.items():
        scale, variance = layer.parameters[f"{j}.scale"].value, layer.buffers[f"{j}.variance"].value
        wrong[j] = n, scale / np.sqrt(variance + 1e-3), None
    return right(layer, dy, wrong)


@plant(BatchNorm.backward, "BatchNorm/running-statistics digit_reader/running", "1.scale 1.shift 2.scale 2.shift")
def batch_norm_gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


# --- vectors ---------------------------------------------------------------------------------------------------------

@plant(ops.vectors_to_grid_backward, "vectors_to_grid/full vectors_to_grid/large VectorsToGrid/full encoder_decoder/sort",
       "x")
def rows_and_columns_swapped(right, dy, cache):
    return right(dy.swapaxes(1, 3), cache)


@plant(ops.grid_to_vectors_backward, "grid_to_vectors/full PyramidToVectors/full encoder_decoder/sort", "x")
def channels_taken_for_cells(right, dy, cache):
    T, H, C, W, B = cache
    return dy.reshape(T, B, C, H, W).transpose(0, 3, 2, 4, 1)


@plant(PyramidToVectors.backward, "PyramidToVectors/levels encoder_decoder/images", "x.1")
def finest_level_forgotten(right, layer, dy, cache):
    dx = right(layer, dy, cache)
    return {**dx, layer.levels[-1]: 0 * dx[layer.levels[-1]]}


@plant(ops.tanh_backward, "VectorsToGrid/tanh encoder_decoder/full-peephole", "x tanh.weight tanh.bias")
def tanh_layer_taken_for_a_linear_one(right, dy, cache):
    return dy


@plant(Linear.backward, "Linear/full encoder_decoder/sort digit_reader/plain", "weight bias")
def linear_gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


@plant(ConstantPyramid.backward, "ConstantPyramid/full encoder_decoder/full encoder_decoder/images", "0 1")
def only_the_last_step_was_fed(right, layer, dy):
    right(layer, {j: d[-1:] for j, d in dy.items()})


# --- the state that is handed over -----------------------------------------------------------------------------------

ENCODER = "input entry.weight entry.bias encoder.0.0.weight encoder.0.0.bias state.0.0.h state.0.0.c"
DECODER = "start.0 decoder.0.0.weight decoder.0.0.bias"


def in_the_encoder(doutputs):
    """The encoder's gradient comes through its state alone, none through its outputs."""
    return not doutputs


@plant(MemoryStack.backward, "encoder_decoder/full encoder_decoder/sort encoder_decoder/images "
       "encoder_decoder/full-batch-norm", ENCODER)
def hand_over_forgotten(right, stack, doutputs, cache, dstate=None):
    return right(stack, doutputs, cache, None if in_the_encoder(doutputs) else dstate)


@plant(MemoryStack.backward, "encoder_decoder/full encoder_decoder/deep", ENCODER)
def only_h_is_handed_over(right, stack, doutputs, cache, dstate=None):
    if in_the_encoder(doutputs):
        dstate = {name: 0 * d if name.endswith("c") else d for name, d in dstate.items()}
    return right(stack, doutputs, cache, dstate)


@plant(MemoryStack.backward, "encoder_decoder/full-batch-norm",
       f"{ENCODER} state.1.0.h state.1.0.c encoder.1.0.weight encoder.1.0.bias encoder.0.0.scale encoder.0.0.shift")
def layers_swapped_on_the_way_back(right, stack, doutputs, cache, dstate=None):
    if in_the_encoder(doutputs):
        dstate = {f"{1 - int(name[0])}{name[1:]}": d for name, d in dstate.items()}
    return right(stack, doutputs, cache, dstate)


@plant(MemoryStack.backward, "encoder_decoder/full encoder_decoder/sort encoder_decoder/one-step", f"{ENCODER} {DECODER}")
def gradient_of_the_final_state_dropped(right, stack, doutputs, cache, dstate=None):
    return right(stack, doutputs, cache, dstate if in_the_encoder(doutputs) else None)


@plant(EncoderDecoder.backward, "encoder_decoder/full encoder_decoder/sort", f"{ENCODER} {DECODER} exit.weight")
def answers_taken_in_reverse(right, network, doutputs, *arguments):
    return right(network, doutputs[::-1], *arguments)


@plant(EncoderDecoder.backward, "encoder_decoder/one-step encoder_decoder/images",
       "state.0.0.h state.0.0.c state.0.1.h state.0.1.c state.1.0.h state.1.0.c")
def gradient_of_the_initial_state_is_that_of_the_final_one(right, network, doutputs, cache, dstate):
    dinputs, _ = right(network, doutputs, cache, dstate)
    return dinputs, dstate


@plant(encoder_decoder._gathered, "encoder_decoder/full-queries encoder_decoder/queries", ENCODER)
def only_the_first_query_reaches_the_memory(right, d, S):
    return S * right(d[..., :d.shape[-1] // S], 1)


@plant(encoder_decoder._gathered, "encoder_decoder/full-queries encoder_decoder/queries-of-images", ENCODER)
def queries_of_a_sequence_averaged(right, d, S):
    return right(d, S) / S


@plant(encoder_decoder._gathered, "encoder_decoder/full-queries encoder_decoder/queries", ENCODER)
def queries_counted_sequence_by_sequence(right, d, S):
    return d.reshape(*d.shape[:-1], -1, S).sum(axis=-1)


# --- reading the last step -------------------------------------------------------------------------------------------

WRITER = "observation.0 state.0.0.h state.0.0.c writer.0.0.weight writer.0.0.bias"


@plant(digit_reader._at_the_end, "digit_reader/full digit_reader/plain digit_reader/training", WRITER)
def first_step_read_instead_of_the_last(right, d, T):
    return np.roll(right(d, T), 1, axis=0)


@plant(digit_reader._at_the_end, "digit_reader/full digit_reader/running", WRITER)
def every_step_read(right, d, T):
    return right(d, T) + right(d, T)[-1:]


@plant(digit_reader._at_the_end, "digit_reader/full digit_reader/running digit_reader/training", WRITER)
def only_the_first_query_counted(right, d, T):
    return right(d[:1], T)


@plant(ReaderStack.backward, "digit_reader/full digit_reader/batch-one-step reader_writer/mapping", WRITER)
def memory_gets_nothing_from_the_reader(right, *arguments):
    dquery, _ = right(*arguments)
    return dquery, {}


@plant(DigitReader.backward, "digit_reader/plain", "query.1")
def finest_image_of_the_query_forgotten(right, *arguments):
    dinputs, dstate = right(*arguments)
    dinputs["query"][1] = 0 * dinputs["query"][1]
    return dinputs, dstate


@pytest.mark.parametrize("name", PLANTS)
def test_the_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)
