"""Wrong gradients in the baselines: in the LSTM's scan and steps, in its layers, in the ends of the networks around it, in
the single-scale conv-LSTM: every one must be caught, by the arguments that it spoils. `planted` says how."""

import numpy as np
import pytest
from planted import check, overwriting, planter

from mgnm import ops
from mgnm.layers import LSTM, Perceptron
from mgnm.networks import VectorMemory, conv_lstm, vector_memory

PLANTS = {}
plant = planter(PLANTS)


# --- the LSTM --------------------------------------------------------------------------------------------------------

@plant(ops.lstm_scan_backward, "lstm_scan/full lstm_scan/one-unit LSTM/full lstm/vectors", "x h_0 c_0 w bias")
def recurrent_term_lost(right, dh, dstate, cache):
    x, gates, h, c, w, *rest = cache
    without = w.copy()
    without[x.shape[2]:] = 0
    return right(dh, dstate, (x, gates, h, c, without, *rest))


@plant(ops.lstm_scan_backward, "lstm_scan/full LSTM/large lstm/full-every", "w")
def recurrent_weights_see_h_of_their_own_step(right, dh, dstate, cache):
    x, gates, h, *rest = cache
    dx, dinitial, dw, dbias = right(dh, dstate, cache)
    late = right(dh, dstate, (x, gates, np.concatenate([h[1:], h[-1:]]), *rest))[2]
    return dx, dinitial, late, dbias


@plant(ops.lstm_scan_backward, "lstm_scan/full lstm_scan/large lstm/maps", "x")
def input_gradient_a_step_late(right, *arguments):
    dx, *rest = right(*arguments)
    return np.roll(dx, 1, axis=0), *rest


@plant(ops.lstm_scan_backward, "lstm_scan/full LSTM/two-layers lstm/full-last", "h_0 c_0")
def gradient_of_the_initial_state_lost(right, *arguments):
    dx, (dh_0, dc_0), *rest = right(*arguments)
    return dx, (0 * dh_0, 0 * dc_0), *rest


@plant(ops.lstm_scan_backward, "lstm_scan/full lstm_scan/large LSTM/full lstm/classes", "x h_0 c_0 w bias")
def gradient_of_the_final_state_ignored(right, dh, dstate, cache):
    return right(dh, tuple(0 * d for d in dstate), cache)


@plant(ops.lstm_scan_backward, "lstm_scan/full lstm_scan/large", "x h_0 c_0 w bias")
def sequences_and_units_mixed_up(right, dh, dstate, cache):
    T, B, C = dh.shape
    return right(dh.reshape(T, C, B).swapaxes(1, 2), dstate, cache)


@plant(ops.lstm_weight_gradients, "lstm_scan/full lstm_step/full LSTM/large LSTM/steps lstm/maps", "bias")
def bias_of_one_sequence_alone(right, x, h_previous, dz):
    dw, _ = right(x, h_previous, dz)
    return dw, dz[..., 0].sum(0)


@plant(ops.lstm_weight_gradients, "lstm_scan/large lstm_step/large LSTM/steps", "w")
def recurrent_rows_before_those_of_the_input(right, x, h_previous, dz):
    dw, dbias = right(x, h_previous, dz)
    return np.concatenate([dw[x.shape[2]:], dw[:x.shape[2]]]), dbias


@plant(ops.lstm_step_backward, "lstm_step/full lstm_step/large LSTM/steps", "x h_0")
def step_without_the_way_through_the_weights(right, dstate, cache):
    dx, (dh, dc), kept = right(dstate, cache)
    return 0.5 * dx, (0.5 * dh, dc), kept


@plant(ops.lstm_step_backward, "lstm_step/full lstm_step/large LSTM/steps", "x h_0 c_0 w bias")
def cell_of_the_step_without_gradient(right, dstate, cache):
    dh, dc = dstate
    return right((dh, 0 * dc), cache)


@plant(LSTM.backward, "LSTM/two-layers LSTM/large lstm/vectors", "0.weight 0.bias 1.weight 1.bias")
def gradients_overwritten(right, layer, *arguments):
    return overwriting(right, layer, *arguments)


@plant(LSTM.backward, "LSTM/two-layers", "state.0.h state.0.c state.1.h state.1.c")
def states_of_the_layers_swapped(right, *arguments):
    dx, dstate = right(*arguments)
    return dx, {f"{1 - int(name[0])}{name[1:]}": d for name, d in dstate.items()}


@plant(LSTM.step_backward, "LSTM/steps", "x state.0.h state.0.c state.1.h state.1.c 0.weight 0.bias 1.weight 1.bias")
def output_of_a_step_without_gradient(right, layer, dy, *arguments):
    return right(layer, 0 * dy, *arguments)


@plant(LSTM.add_gradients, "LSTM/steps", "0.weight 0.bias 1.weight 1.bias")
def first_step_forgotten(right, layer, steps):
    return right(layer, steps[:-1])                         # they come in the order of the way back


# --- the networks around it ------------------------------------------------------------------------------------------

MEMORY = "memory.0.weight memory.0.bias state.0.h state.0.c"


@plant(VectorMemory.backward, "lstm/full-every lstm/classes lstm/full-last-shown", "query")
def query_without_gradient(right, network, *arguments):
    dinputs, dstate = right(network, *arguments)
    if "query" in dinputs:
        dinputs["query"] = 0 * dinputs["query"]
    return dinputs, dstate


@plant(VectorMemory.backward, "lstm/full-last lstm/classes", f"observation {MEMORY}")
def first_step_read_instead_of_the_last(right, network, *arguments):
    memory = network.memory
    network.memory = Rolled(memory)
    try:
        return right(network, *arguments)
    finally:
        network.memory = memory


class Rolled:
    """A memory that gets the gradient of its last step at its first."""

    def __init__(self, memory):
        self.memory, self.output_channels = memory, memory.output_channels

    def backward(self, dy, *arguments):
        return self.memory.backward(np.roll(dy, 1, axis=0), *arguments)


@plant(vector_memory.put, "lstm/full-last", f"observation {MEMORY}")
def of_several_queries_the_last_counts_alone(right, dy, steps, T):
    return right(dy[-1:], steps[-1:], T)


@plant(VectorMemory._remember_backward, "lstm/full-last-shown lstm/classes-shown", f"observation {MEMORY}")
def memory_before_a_question_gets_nothing_from_it(right, network, dy, T, *arguments):
    _, dstate = right(network, dy * (np.arange(len(dy)) < T)[:, None, None], T, *arguments)
    dsteps, _ = right(network, dy, T, *arguments)
    return np.concatenate([0 * dsteps[:T], dsteps[T:]]), dstate


@plant(Perceptron.backward, "Perceptron/full Perceptron/deep lstm/vectors lstm/maps",
       "x 0.weight 0.bias")
def relu_taken_for_a_linear_map(right, layer, dy, cache):
    caches, outputs = cache
    return right(layer, dy, (caches, [np.ones_like(y) for y in outputs]))


@plant(Perceptron.backward, "Perceptron/deep Perceptron/linear lstm/full", "x")
def input_of_the_perceptron_scaled(right, *arguments):
    return 2.001 * right(*arguments)


@plant(vector_memory._like, "lstm/maps lstm/classes", "observation query")
def image_turned(right, x, dvectors):
    return right(x, dvectors[..., ::-1])


# --- the single scale ------------------------------------------------------------------------------------------------

@plant(conv_lstm._enlarge_backward, "conv_lstm/full conv_lstm/deep", "observation query")
def one_cell_of_the_square_counted(right, dy, times):
    return dy[:, :, ::times, ::times]


@plant(conv_lstm._enlarge_backward, "conv_lstm/full conv_lstm/deep", "observation query")
def mean_of_the_square(right, dy, times):
    return right(dy, times) / times ** 2


@pytest.mark.parametrize("name", PLANTS)
def test_the_planted_error_is_caught(name, monkeypatch):
    check(PLANTS[name], monkeypatch)
