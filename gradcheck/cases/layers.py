"""The layers: every parameter, every level of the input, the initial state; outputs and final state get gradients.

All parameters are drawn at random. As the layers start them (zero biases and peepholes), some gradients would have
nothing to show.
"""

import numpy as np

from gradcheck.adapters import memory_layer, put, stateless_layer
from gradcheck.draw import kept, normal
from gradcheck.registry import MANY_KINKS, case
from mgnm.layers import MultigridConvolution, MultigridMemory


def point(rng, layer, sources, base, T, B):
    """Input pyramid and parameters; kernels small enough that gates do not saturate."""
    x = {j: normal(rng, (T, base * 2**j, C, base * 2**j, B)) for j, C in sources.items()}
    return put("x", x) | {name: normal(rng, parameter.value.shape, scale=0.4)
                           for name, parameter in layer.parameters.items()}


def convolution(rng, sources, levels, channels, base=1, T=2, B=1, **options):
    layer = MultigridConvolution(sources, levels, channels, np.random.default_rng(0), **options)
    return stateless_layer(layer), point(rng, layer, sources, base, T, B)


@case("MultigridConvolution/full", covers="MultigridConvolution", full=True)
def convolution_full(rng):
    return convolution(rng, {0: 1, 1: 2}, [0, 1], 2, B=2)


@case("MultigridConvolution/linear", covers="MultigridConvolution", full=True)
def convolution_linear(rng):
    return convolution(rng, {0: 2, 1: 1}, [0, 1], 1, activation="linear")


@case("MultigridConvolution/grows", covers="MultigridConvolution", tolerance=MANY_KINKS)
def convolution_grows(rng):
    return convolution(rng, {0: 3, 1: 2}, [0, 1, 2], 5, base=3, T=3, B=3)


@case("MultigridConvolution/narrows", covers="MultigridConvolution", tolerance=MANY_KINKS)
def convolution_narrows(rng):
    return convolution(rng, {1: 5, 2: 5, 3: 6}, [2, 3], 3, base=1, T=3, B=3)


@case("MultigridConvolution/one-level", covers="MultigridConvolution")
def convolution_one_level(rng):
    return convolution(rng, {1: 4}, [1], 4, base=3, T=1, B=2)


def memory(rng, sources, levels, channels, base=1, T=3, B=1, final=True, keep=None, **options):
    layer = MultigridMemory(sources, levels, channels, np.random.default_rng(0), **options)
    state = {j: (base * 2**j, channels, base * 2**j, B) for j in levels}
    arguments = point(rng, layer, sources, base, T, B)
    for j, shape in state.items():
        arguments |= {f"h.{j}": normal(rng, shape), f"c.{j}": normal(rng, shape)}
    return memory_layer(layer, final, keep), arguments


@case("MultigridMemory/full", covers="MultigridMemory", full=True)
def memory_full(rng):
    return memory(rng, {0: 1, 1: 1}, [0, 1], 1)


@case("MultigridMemory/full-peephole", covers="MultigridMemory", full=True)
def memory_full_peephole(rng):
    return memory(rng, {0: 1}, [0, 1], 1, peepholes=True)


@case("MultigridMemory/one-step", covers="MultigridMemory")
def memory_one_step(rng):
    return memory(rng, {0: 3, 1: 2}, [0, 1], 4, base=3, T=1, B=2, peepholes=True)


@case("MultigridMemory/sequence", covers="MultigridMemory")
def memory_sequence(rng):
    return memory(rng, {0: 3, 1: 2}, [0, 1, 2], 4, base=2, T=5, B=3, forget_bias=0.0)


@case("MultigridMemory/sequence-peephole", covers="MultigridMemory")
def memory_sequence_peephole(rng):
    return memory(rng, {0: 3, 1: 2}, [0, 1], 4, base=3, T=5, B=3, peepholes=True)


@case("MultigridMemory/no-final-gradient", covers="MultigridMemory")
def memory_no_final_gradient(rng):
    return memory(rng, {0: 3, 1: 2}, [0, 1], 3, base=3, T=4, B=2, final=False, peepholes=True)


@case("MultigridMemory/resets", covers="MultigridMemory")
def memory_resets(rng):
    return memory(rng, {0: 3, 1: 2}, [0, 1], 3, base=3, T=5, B=4, keep=kept(rng, 5, 4), peepholes=True)
