"""Our numbers against an independent float64 implementation: outputs, final state, gradients, ten losses and weights.

tests/golden/*.npz, made once with another framework's automatic differentiation. `weight/*` are the weights that all
other entries belong to; `weight_after/*` those after ten RMSProp updates on the same batch and initial state.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import mgnm
from mgnm import ops
from mgnm.training import RMSProp

FILES = sorted((Path(__file__).parent / "golden").glob("*.npz"))


def section(data, prefix):
    return {key.removeprefix(prefix + "/"): data[key] for key in data.files if key.startswith(prefix + "/")}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def golden(request):
    with np.load(request.param) as data:
        yield data


@pytest.fixture
def network(golden):
    config = json.loads(str(golden["config"]))

    def pairs(residuals):                                   # {"to": from} in the file
        return [[source, int(to)] for to, source in residuals.items()]

    network = mgnm.build({
        "kind": "reader_writer", "base": config["base"], "input_channels": config["in_ch"],
        "writer": config["writer"], "reader": config["reader_ch"], "narrowing": config["down"],
        "writer_residuals": pairs(config["writer_res"]), "reader_residuals": pairs(config["reader_res"]),
        "peepholes": config["peepholes"], "forget_bias": config["forget_bias"]}, dtype="float64")
    network.load_state_dict(section(golden, "weight"))
    return network


def initial_state(golden):
    return {name: np.ascontiguousarray(x.transpose(1, 3, 2, 0)) for name, x in section(golden, "state0").items()}


def one_pass(network, golden):
    """Loss, logits and final state; the gradients stay in the network."""
    logits, state, cache = network.forward(section(golden, "inputs"), initial_state(golden))
    loss, loss_cache = ops.sigmoid_cross_entropy(logits, golden["target"][..., None], reduction="sum")
    network.grads.fill(0)
    network.backward(ops.sigmoid_cross_entropy_backward(1.0, loss_cache), cache)
    return loss, logits, state


def error(ours, theirs):
    """The largest difference, relative to the largest entry."""
    return abs(ours - theirs).max() / abs(theirs).max()


def test_files_are_there():
    assert [path.stem for path in FILES] == ["reader_writer", "reader_writer_peephole"]


def test_outputs_and_final_state(network, golden):
    _, logits, state = one_pass(network, golden)
    assert error(logits[..., 0], golden["logits"]) < 1e-9
    theirs = section(golden, "state1")
    assert state.keys() == theirs.keys()
    for name, x in theirs.items():
        assert error(state[name].transpose(3, 0, 2, 1), x) < 1e-9, name


def test_every_gradient(network, golden):
    one_pass(network, golden)
    theirs = section(golden, "grad")
    assert network.parameters.keys() == theirs.keys()
    for name, parameter in network.parameters.items():
        assert error(parameter.grad, theirs[name]) < 1e-9, name


def test_ten_losses_and_the_weights_after_them(network, golden):
    optimiser = RMSProp(network.values, decay=0.99, epsilon=0.1)
    losses = []
    for update in range(10):
        losses.append(one_pass(network, golden)[0])
        optimiser.step(network.values, network.grads, 1e-3, update)
    assert error(np.array(losses), golden["losses"]) < 1e-8
    for name, x in section(golden, "weight_after").items():
        assert error(network.parameters[name].value, x) < 1e-9, name
