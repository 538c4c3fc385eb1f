"""The arguments that every kernel gets in a net: a small function for each kernel, or for some that are called alike.

A new kernel needs a function here (a test says so). It yields (label, {parameter: shape of an array, or a scalar}) for
every size at which the net uses the kernel. T time steps, B sequences; grids are (N, H, C, W, B).
"""

import functools
from dataclasses import dataclass

import numpy as np

from mgnm.kernels import convolution, sums
from mgnm.layers import MultigridMemory

SHAPES = {}             # kernel's name: function of Sizes
MOST_COLUMNS = 1 << 30  # entries of the columns of im2col (4 GiB in float32); for more, fewer frames are taken
CLASSES, MOVES = 10, 4   # of the softmax and of an agent, which none of the nets has


@dataclass(frozen=True)
class Sizes:
    """What occurs in a net, each size once, in order.

    convolutions (N, side, C_in, C_out): N = T where all steps are taken at once, N = 1 in the recurrence;
    joins (side, coarse, same, fine channels); cells (side, C) of a memory; relus (side, C); residuals (side, C, C of
    the source); parameters; side of the output.
    """

    T: int
    B: int
    parameters: int
    side: int
    convolutions: tuple
    joins: tuple
    cells: tuple
    relus: tuple
    residuals: tuple


def sizes(network, T, B):
    """The Sizes of a reader/writer network."""
    convolutions, joins, cells, relus, residuals = set(), set(), set(), set(), set()

    def walk(layers, sources_of, beside):
        """Note the sizes of a stack. Layer l gets a residual from sources_of[l], then beside[l] more channels."""
        outputs, x = [], {0: network.config.input_channels}
        for l, layer in enumerate(layers):
            for j in layer.levels:
                side, parts = network.config.base * 2 ** j, [x.get(k, 0) for k in (j - 1, j, j + 1)]
                C = C_out = layer.parameters[f"{j}.weight"].value.shape[3]
                if isinstance(layer, MultigridMemory):
                    C = layer.channels
                    convolutions.add((1, side, C, C_out))
                    cells.add((side, C))
                elif layer.activation == "relu":
                    relus.add((side, C))
                convolutions.add((T, side, sum(parts), C_out))
                if parts[0] or parts[2]:
                    joins.add((side, *parts))
                if l in sources_of and j in outputs[sources_of[l]]:
                    residuals.add((side, C, outputs[sources_of[l]][j]))
            x = dict.fromkeys(layer.levels, C + beside[l])
            outputs.append(x)

    writer, reader = network.writer.layers, network.reader.layers
    walk(writer, network.writer.residuals, [0] * len(writer))
    walk(reader, network.reader.residuals, [memory.channels for memory in writer] + [0] * (len(reader) - len(writer)))
    return Sizes(T, B, network.parameter_count, network.output_side,
                 *(tuple(sorted(found)) for found in (convolutions, joins, cells, relus, residuals)))


def shapes_of(*names):
    """Decorator: register a function for the kernels of these names."""
    def register(function):
        SHAPES.update(dict.fromkeys(names, function))
        return function
    return register


def draw(kernel, given, xp):
    """{parameter: array on the device, or scalar} from what a function here yields: noise between 0 and 1, which suits
    a gate, a cell and a mean square alike; zeros for integers."""
    arguments = {}
    for parameter in kernel.parameters:
        value = given[parameter.name]
        if isinstance(value, tuple):
            dtype = np.dtype("float32" if len(parameter.type) == 1 else parameter.type)
            value = noise(value, xp) if dtype.kind == "f" else xp.zeros(value, dtype)
        arguments[parameter.name] = value
    return arguments


def noise(shape, xp):
    """Random numbers between 0 and 1, the same million again and again."""
    array, numbers = xp.empty(shape, "float32"), million(xp)
    flat = array.reshape(-1)
    for start in range(0, flat.size, numbers.size):
        part = flat[start:start + numbers.size]
        part[...] = numbers[:part.size]
    return array


@functools.cache
def million(xp):
    """About a million random numbers on the device."""
    return xp.asarray(np.random.default_rng(0).random(1_000_003, np.float32))


@shapes_of("sigmoid")
def sigmoid(net):
    for side, C in net.cells:
        maps = (net.T, side, C, side, net.B)
        yield f"{side}x{side} {C}", {"x": maps, "y": maps}


@shapes_of("bias_relu")
def bias_relu(net):
    for side, C in net.relus:
        maps = (net.T * side, C, side * net.B)
        yield f"{side}x{side} {C}", {"x": maps, "bias": (C, 1), "y": maps}


@shapes_of("relu_backward")
def relu_backward(net):
    for side, C in net.relus:
        maps = (net.T * side, C, side * net.B)
        yield f"{side}x{side} {C}", {"dy": maps, "y": maps, "dx": maps}


@shapes_of("residual_add")
def residual_add(net):
    for side, C, C_source in net.residuals:
        N, R = net.T * side, side * net.B
        yield f"{side}x{side} {C_source} + {C}", {"x": (N, C, R), "source": (N, C_source, R), "y": (N, C, R)}


@shapes_of("im2col", "col2im")
def columns(net):
    for N, side, C in sorted({(N, side, C_in) for N, side, C_in, _ in net.convolutions}):
        N = fitting(N, side, C, net.B)
        image, columns = (N, side, C, side, net.B), (N, side, 9 * C, side, net.B)
        yield f"{N} x {side}x{side} {C}", {"x": image, "columns": columns}


def fitting(N, side, C, B):
    """At most N frames, so that their columns do not exceed MOST_COLUMNS."""
    return max(1, min(N, MOST_COLUMNS // (9 * C * side * side * B)))


@shapes_of("conv3x3")
def conv3x3(net):
    """Both ways: the gradient of the input is a convolution with the turned kernel."""
    for N, side, C_in, C_out in net.convolutions:
        yield conv3x3_arguments(N, side, net.B, C_in, C_out, False)
        yield conv3x3_arguments(N, side, net.B, C_out, C_in, True)


def conv3x3_arguments(N, side, B, C_in, C_out, turned):
    """(label, arguments) of one convolution."""
    return f"{N} x {side}x{side} {C_in} -> {C_out}" + turned * " turned", {
        "x": (N, side, C_in, side, B), "w": (3, 3, C_out, C_in) if turned else (3, 3, C_in, C_out), "bias": (C_out,),
        "N": N, "H": side, "W": side, "B": B, "C_in": C_in, "C_out": C_out, "turned": turned, "relu": False,
        "y": (N, side, C_out, side, B)}


@shapes_of("conv3x3_weights")
def conv3x3_weights(net):
    """The recurrent kernel's gradient, too, is one sum over all steps."""
    for side, C_in, C_out in sorted({size[1:] for size in net.convolutions}):
        yield conv3x3_weights_arguments(net.T, side, net.B, C_in, C_out)


def conv3x3_weights_arguments(N, side, B, C_in, C_out):
    """(label, arguments) of one weight gradient."""
    S = convolution.part_count(N * side * B, C_in, C_out)
    return f"{N} x {side}x{side} {C_in} -> {C_out}", {
        "x": (N, side, C_in, side, B), "dy": (N, side, C_out, side, B), "N": N, "H": side, "W": side, "B": B,
        "C_in": C_in, "C_out": C_out, "S": S, "length": convolution.part_length(N * side * B, S),
        "parts": (S, 3, 3, C_in, C_out)}


@shapes_of("add_parts")
def add_parts(net):
    """Of the weight gradients."""
    for _, given in conv3x3_weights(net):
        S, n = given["S"], 9 * given["C_in"] * given["C_out"]
        yield f"{S} parts of {n}", {"parts": (S, n), "y": (n,)}


@shapes_of("channel_sums", "channel_dots")
def channel_sums(net):
    """The gradients of bias and peepholes, and the square of the gradient's norm."""
    for side, C in net.cells:
        N, R = net.T * side, side * net.B
        yield f"{side}x{side} {4 * C}", sum_arguments(N, 4 * C, R)
    yield f"norm of {net.parameters}", sum_arguments(1, 1, net.parameters)


def sum_arguments(N, C, R):
    S = sums.part_count(N * R)
    return {"a": (N, C, R), "b": (N, C, R), "N": N, "A": C, "first": 0, "C": C, "R": R, "S": S, "parts": (S, C)}


@shapes_of("lstm_gates", "lstm_gates_peephole", "lstm_gates_backward", "lstm_gates_peephole_backward")
def lstm_gates(net):
    """One time step; no net of the three has peepholes, but these are the sizes that they would have."""
    for side, C in net.cells:
        gates, cells = (side, 4 * C, side, net.B), (side, C, side, net.B)
        yield f"{side}x{side} {C}", {
            "z_x": gates, "z_h": gates, "bias": (4 * C,), "peephole": (3, C), "c_previous": cells, "forget_bias": 1.0,
            "gates": gates, "h": cells, "c": cells, "dh": cells, "dc": cells, "dz": gates, "dc_previous": cells}


@shapes_of("join", "join_backward")
def join(net):
    for side, up, same, down in net.joins:
        rows = net.T * side
        coarse, middle, fine = ((rows // 2, up, side // 2, net.B), (rows, same, side, net.B),
                                (2 * rows, down, 2 * side, net.B))
        joined = (rows, up + same + down, side, net.B)
        yield f"{side}x{side} {up} + {same} + {down}", {
            "coarse": coarse, "same": middle, "fine": fine, "y": joined, "dy": joined, "up": up, "dcoarse": coarse,
            "dsame": middle, "dfine": fine}


@shapes_of("sigmoid_cross_entropy")
def sigmoid_cross_entropy(net):
    maps = (net.T * net.B * net.side ** 2,)
    yield f"{net.side}x{net.side}", {"logits": maps, "targets": maps, "mask": 1.0, "scale": 1.0, "loss": maps,
                                     "dlogits": maps}


@shapes_of("softmax_cross_entropy")
def softmax_cross_entropy(net):
    N = net.T * net.B
    yield f"{N} of {CLASSES}", {"logits": (N, CLASSES), "targets": (N,), "mask": 1.0, "scale": 1.0, "loss": (N,),
                                "dlogits": (N, CLASSES)}


@shapes_of("entropy")
def entropy(net):
    """Of an agent that chooses among four moves."""
    N = net.T * net.B
    yield f"{N} of {MOVES}", {"logits": (N, MOVES), "scale": 1.0, "entropy": (N,), "dlogits": (N, MOVES)}


@shapes_of("sgd", "rmsprop", "adam", "decay", "clip")
def optimisers(net):
    """One step over all parameters, what decays in it, and the clipping before it."""
    vector = (net.parameters,)
    yield f"{net.parameters}", {
        "grads": vector, "values": vector, "velocity": vector, "mean_square": vector, "mean": vector, "square": vector,
        "rate": 1e-3, "momentum": 0.9, "fresh": 0.1, "epsilon": 0.1, "new_mean": 0.1, "new_square": 0.1, "growth": 1.0,
        "share": 1e-4, "squares": (1,), "limit": 1.0}
