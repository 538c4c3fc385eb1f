"""The ends of a network without images: vectors onto a grid and from a pyramid, the linear layers around both, several of
them as a perceptron, and the constant that a decoder is fed."""

import numpy as np

from gradcheck.adapters import added, load, op, put, start, stateless_layer, take
from gradcheck.draw import normal
from gradcheck.registry import case
from mgnm.layers import ConstantPyramid, Linear, Perceptron, PyramidToVectors, VectorsToGrid


@case("vectors_to_grid/full", covers="vectors_to_grid", full=True)
def vectors_to_grid_full(rng):
    return op("vectors_to_grid", side=2), {"x": normal(rng, (2, 2, 12))}


@case("vectors_to_grid/large", covers="vectors_to_grid")
def vectors_to_grid_large(rng):
    return op("vectors_to_grid", side=3), {"x": normal(rng, (5, 4, 45))}


@case("grid_to_vectors/full", covers="grid_to_vectors", full=True)
def grid_to_vectors_full(rng):
    return op("grid_to_vectors"), {"x": normal(rng, (2, 2, 3, 2, 2))}


@case("grid_to_vectors/large", covers="grid_to_vectors")
def grid_to_vectors_large(rng):
    return op("grid_to_vectors"), {"x": normal(rng, (5, 3, 4, 3, 6))}


def layer(rng, layer, **inputs):
    """Any of the three layers, at a random point."""
    return stateless_layer(layer), inputs | {name: normal(rng, parameter.value.shape, scale=0.5)
                                             for name, parameter in layer.parameters.items()}


@case("Linear/full", covers="Linear", full=True)
def linear(rng):
    return layer(rng, Linear(3, 2, np.random.default_rng(0)), x=normal(rng, (2, 2, 3)))


@case("Perceptron/full", covers="Perceptron", full=True)
def perceptron(rng):
    return layer(rng, Perceptron([3, 4, 2], np.random.default_rng(0)), x=normal(rng, (3, 2, 3)))


@case("Perceptron/linear", covers="Perceptron", full=True)
def perceptron_linear(rng):
    return layer(rng, Perceptron([3, 2], np.random.default_rng(0)), x=normal(rng, (2, 2, 3)))


@case("Perceptron/deep", covers="Perceptron")
def perceptron_deep(rng):
    return layer(rng, Perceptron([5, 6, 7, 4], np.random.default_rng(0)), x=normal(rng, (4, 3, 5)))


@case("VectorsToGrid/full", covers="VectorsToGrid", full=True)
def entry(rng):
    return layer(rng, VectorsToGrid(3, 2, 1, np.random.default_rng(0)), x=normal(rng, (2, 2, 3)))


@case("VectorsToGrid/tanh", covers="VectorsToGrid", full=True)
def entry_tanh(rng):
    return layer(rng, VectorsToGrid(2, 1, 3, np.random.default_rng(0), tanh_units=4), x=normal(rng, (3, 2, 2)))


@case("PyramidToVectors/full", covers="PyramidToVectors", full=True)
def exit_of_one_level(rng):
    x = {0: normal(rng, (2, 2, 2, 2, 2))}
    return layer(rng, PyramidToVectors(x, 2, 2, 3, np.random.default_rng(0)), **put("x", x))


@case("PyramidToVectors/levels", covers="PyramidToVectors")
def exit_of_all_levels(rng):
    x = {j: normal(rng, (3, 3 * 2**j, 2, 3 * 2**j, 2)) for j in (0, 1)}
    return layer(rng, PyramidToVectors(x, 3, 2, 5, np.random.default_rng(0)), **put("x", x))


@case("ConstantPyramid/full", covers="ConstantPyramid", full=True)
def constant(rng):
    layer = ConstantPyramid({0: 2, 1: 1}, base=1)

    def function(arguments):
        load(layer.parameters, arguments)

        def backward(cotangents):
            start(layer.parameters)
            layer.backward(take("y", cotangents, int))
            return added(layer.parameters)

        return put("y", layer.forward(steps=3, batch=2)), backward

    return function, {name: normal(rng, parameter.value.shape) for name, parameter in layer.parameters.items()}
