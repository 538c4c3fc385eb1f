"""From the package's forward/backward pairs to the one form that the checker takes:

    outputs, backward = function(arguments);  gradients = backward(cotangents)      four dicts of arrays of one kind

They may be NumPy's or a device's, in float64 or float32: constants and parameters follow the arguments. Names are
looked up at the moment of the call, so a test can plant a wrong gradient and see it caught.
"""

import inspect

import numpy as np

from gradcheck.draw import normal
from mgnm import ops
from mgnm.device import array_module, zeros


def op(name, outputs="y", **constants):
    """The pair mgnm.ops.<name> and <name>_backward. Its gradients belong to its first parameters, in their order.

    outputs     names for what the forward pass returns, separated by spaces
    constants   parameters that are not differentiated
    """
    def function(arguments):
        forward, like = getattr(ops, name), next(iter(arguments.values()))
        y, cache = forward(**arguments, **{key: constant(value, like) for key, value in constants.items()})

        def backward(cotangents):
            dy = tuple(cotangents.values()) if isinstance(y, tuple) else cotangents[outputs]
            gradients = getattr(ops, f"{name}_backward")(dy, cache)
            gradients = gradients if isinstance(gradients, tuple) else (gradients,)
            return dict(zip(inspect.signature(forward).parameters, gradients))

        return dict(zip(outputs.split(), y if isinstance(y, tuple) else (y,), strict=True)), backward

    return function


def constant(value, like):
    """Arrays on the device of `like`, in its dtype unless it is a mask or an index; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(constant(each, like) for each in value)
    if not isinstance(value, np.ndarray):
        return value
    return array_module(like).asarray(value, like.dtype if value.dtype.kind == "f" else None)


NEIGHBOURS = ("coarse", "same", "fine")


def gradients_added(neighbours, backward):
    """What backward(into) returns, and {neighbour: what it has added to `into`}. It starts from ones, so one that
    overwrites is wrong by one, and caught."""
    into = [None if x is None else np.ones_like(x) for x in neighbours]
    returned = backward(into)
    return returned, {name: dx - 1 for name, dx in zip(NEIGHBOURS, into) if dx is not None}


def multigrid_conv(activation):
    """mgnm.ops.multigrid_conv, whose backward pass adds to the gradients of the neighbours. Arguments: w, b (or not),
    coarse, same, fine (those that exist)."""
    def function(arguments):
        neighbours = [arguments.get(name) for name in NEIGHBOURS]
        y, cache = ops.multigrid_conv(neighbours, arguments["w"], arguments.get("b"), activation)

        def backward(cotangents):
            (dw, db), added = gradients_added(
                neighbours, lambda into: ops.multigrid_conv_backward(cotangents["y"], cache, into))
            return {**added, "w": dw, "b": db}

        return {"y": y}, backward

    return function


def memory_scan(**constants):
    """mgnm.ops.memory_scan. Arguments: z, h_0, c_0, w, bias and peephole (or not); outputs: h, h_T, c_T."""
    def function(arguments):
        state = arguments["h_0"], arguments["c_0"]
        rest = {name: arguments[name] for name in ("w", "bias", "peephole") if name in arguments}
        given = {name: constant(value, arguments["z"]) for name, value in constants.items()}
        h, (h_T, c_T), cache = ops.memory_scan(arguments["z"], state, **rest, **given)

        def backward(cotangents):
            dz, (dh_0, dc_0), dw, dbias, dpeephole = ops.memory_scan_backward(
                cotangents["h"], (cotangents["h_T"], cotangents["c_T"]), cache)
            return {"z": dz, "h_0": dh_0, "c_0": dc_0, "w": dw, "bias": dbias, "peephole": dpeephole}

        return {"h": h, "h_T": h_T, "c_T": c_T}, backward

    return function


def multigrid_memory(**constants):
    """mgnm.ops.multigrid_memory. Arguments: coarse, same, fine (those that exist), h_0, c_0, w, bias and peephole (or
    not); outputs: h, h_T, c_T."""
    def function(arguments):
        neighbours = [arguments.get(name) for name in NEIGHBOURS]
        state = arguments["h_0"], arguments["c_0"]
        rest = {name: arguments[name] for name in ("w", "bias", "peephole") if name in arguments}
        given = {name: constant(value, arguments["w"]) for name, value in constants.items()}
        h, (h_T, c_T), cache = ops.multigrid_memory(neighbours, state, **rest, **given)

        def backward(cotangents):
            dstate = cotangents["h_T"], cotangents["c_T"]
            ((dh_0, dc_0), dw, dbias, dpeephole), added = gradients_added(
                neighbours, lambda into: ops.multigrid_memory_backward(cotangents["h"], dstate, cache, into))
            return {**added, "h_0": dh_0, "c_0": dc_0, "w": dw, "bias": dbias, "peephole": dpeephole}

        return {"h": h, "h_T": h_T, "c_T": c_T}, backward

    return function


def batch_norm(**constants):
    """mgnm.ops.batch_norm. Arguments: x, scale, shift; output: y (the statistics are not checked)."""
    def function(arguments):
        given = {name: constant(value, arguments["x"]) for name, value in constants.items()}
        y, _, cache = ops.batch_norm(**arguments, **given)

        def backward(cotangents):
            return dict(zip(("x", "scale", "shift"), ops.batch_norm_backward(cotangents["y"], cache)))

        return {"y": y}, backward

    return function


def stateless_layer(layer, **constants):
    """A layer without a state. Arguments: x, or x.<level> of a pyramid, and the layer's parameters; outputs: y, likewise.
    constants: what `forward` takes besides."""
    def function(arguments):
        load(layer.parameters, arguments)
        for buffer in getattr(layer, "buffers", {}).values():
            like = next(iter(arguments.values()))
            buffer.value, buffer.observed = constant(buffer.value, like), constant(buffer.observed, like)
        y, cache = layer.forward(assembled("x", arguments), **constants)

        def backward(cotangents):
            start(layer.parameters)
            return {**named("x", layer.backward(assembled("y", cotangents), cache)), **added(layer.parameters)}

        return named("y", y), backward

    return function


def memory_layer(layer, final=True, keep=None):
    """A layer with a state. Arguments: x.<level>, the parameters, the initial state h.<level>, c.<level>;
    outputs: y.<level> for all steps and, if `final`, the last state h.<level>, c.<level> (else it gets no gradient)."""
    def function(arguments):
        load(layer.parameters, arguments)
        given = constant(keep, next(iter(arguments.values())))
        y, state, cache = layer.forward(take("x", arguments, int), pairs(arguments), given)

        def backward(cotangents):
            start(layer.parameters)
            dstate = pairs(cotangents) if final else None
            dx, dstate = layer.backward(take("y", cotangents, int), cache, dstate)
            return {**put("x", dx), **unpaired(dstate), **added(layer.parameters)}

        return {**put("y", y), **(unpaired(state) if final else {})}, backward

    return function


def network(model, inputs, **constants):
    """A whole network. Arguments: its inputs (`inputs` are their names), its parameters, the initial state.<name>;
    outputs: output, or output.<name> of several, and the final state.<name>. constants: inputs that are not
    differentiated."""
    def function(arguments):
        load(model.parameters, arguments)
        like = arguments[next(iter(arguments))]
        model.move(like.dtype, array_module(like))
        given = {name: assembled(name, arguments) for name in inputs}
        given |= {name: constant(value, like) for name, value in constants.items()}
        output, state, cache = model.forward(given, take("state", arguments))

        def backward(cotangents):
            start(model.parameters)
            doutput = assembled("output", cotangents, str)
            dinputs, dstate = model.backward(doutput, cache, take("state", cotangents))
            gradients = put("state", dstate) | added(model.parameters)
            for name, dx in dinputs.items():
                gradients |= named(name, dx)
            return gradients

        return {**named("output", output), **put("state", state)}, backward

    return function


def point(rng, model, inputs, batch, lift=0.0):
    """Arguments for `network`: its inputs (arrays, or pyramids of them), an initial state, and every parameter, drawn at
    random; the model's buffers, too. lift: moves the biases upwards, so that no relu layer is dead."""
    for buffer in model.buffers.values():
        buffer.value[...] = rng.uniform(0.5, 2, buffer.value.shape)
    arguments = put("state", {name: normal(rng, x.shape) for name, x in model.initial_state(batch).items()})
    for name, x in inputs.items():
        arguments |= named(name, x)
    for name, parameter in model.parameters.items():
        arguments[name] = normal(rng, parameter.value.shape, scale=0.4) + lift * name.endswith("bias")
    return arguments


def put(prefix, arrays):
    """{key: array} -> {"<prefix>.<key>": array}"""
    return {f"{prefix}.{key}": array for key, array in arrays.items()}


def take(prefix, arrays, kind=str):
    """The inverse of `put`: the arrays that have this prefix, with keys of this kind."""
    start = len(prefix) + 1
    return {kind(name[start:]): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}


def named(name, x):
    """{"<name>": array} of an array, {"<name>.<key>": array} of a pyramid or another dict."""
    return put(name, x) if isinstance(x, dict) else {name: x}


def assembled(name, arrays, kind=int):
    """The inverse of `named`: the array of this name, or the dict with keys of this kind, levels if not said otherwise."""
    return arrays[name] if name in arrays else take(name, arrays, kind)


def pairs(arrays):
    """{level: (h, c)} from h.<level> and c.<level>."""
    h, c = take("h", arrays, int), take("c", arrays, int)
    return {j: (h[j], c[j]) for j in h}


def unpaired(state):
    """The inverse of `pairs`."""
    return {f"{name}.{j}": array for j, pair in state.items() for name, array in zip("hc", pair)}


def load(parameters, arguments):
    """Give all parameters the values of the arguments of the same names, and gradients of their kind."""
    for name, parameter in parameters.items():
        parameter.value, parameter.grad = arguments[name], zeros(arguments[name].shape, arguments[name])


def start(parameters):
    """Gradients are ADDED to what is there. Start from ones: one that overwrites is then wrong by one, and caught."""
    for parameter in parameters.values():
        parameter.grad.fill(1)


def added(parameters):
    """What a backward pass has added since `start`."""
    return {name: parameter.grad - 1 for name, parameter in parameters.items()}
