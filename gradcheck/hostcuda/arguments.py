"""CuPy's rules for the arguments of a kernel, and the bytes that each parameter is made of."""

from math import prod

import numpy as np

from mgnm.kernels.kernel import by_name, is_array


def refuse_overlap(kernel, named):
    """TypeError where an output shares entries with another argument: each array is copied for the launch."""
    arrays = {name: value for name, value in named.items() if is_array(value)}
    for output in kernel.outputs_named:
        for name, array in arrays.items():
            if name != output and np.shares_memory(array, arrays[output]):
                raise TypeError(f"{kernel.name}: {name} and {output} share memory; give each its own array")


# ---- the loop of an elementwise kernel -----------------------------------------------------------------------------

def broadcast(kernel, named):
    """(shape of the loop, {name: array broadcast to it}) over the arrays that are not raw."""
    looped = {p.name: named[p.name] for p in kernel.parameters if p.form != "raw" and is_array(named[p.name])}
    if not looped:
        if kernel.size is None:
            raise TypeError(f"{kernel.name}: every array is raw, so the kernel needs a `size`")
        return (int(by_name(kernel.size, named)),), {}
    shape = np.broadcast_shapes(*(array.shape for array in looped.values()))
    for name in kernel.outputs_named:
        if name in looped and looped[name].shape != shape:
            raise TypeError(f"{kernel.name}: {name} has shape {looped[name].shape}, the loop has {shape}")
    return shape, {name: array if array.shape == shape else np.broadcast_to(array, shape)
                   for name, array in looped.items()}


def reduce_dimensions(shape, looped):
    """Merge neighbouring axes that are one run of memory in every array, as CuPy does before it writes its text."""
    strided = [array for array in looped.values() if not array.flags.c_contiguous]
    if len(shape) <= 1 or not looped or (strided and len(shape) == 2):
        return shape, looped
    if not strided:
        return (prod(shape),), {name: array.reshape(-1) for name, array in looped.items()}
    extents, kept, last = list(shape), [], None
    for axis in range(len(shape)):
        if extents[axis] == 1:
            continue
        if last is not None:
            if all(array.strides[axis] * extents[axis] == array.strides[last] for array in strided):
                extents[axis] *= extents[last]
            else:
                kept.append(last)
        last = axis
    kept += [] if last is None else [last]
    if len(kept) == len(shape):
        return shape, looped
    reduced = tuple(extents[axis] for axis in kept)
    return reduced, {name: np.lib.stride_tricks.as_strided(array, reduced, [array.strides[axis] for axis in kept])
                     for name, array in looped.items()}


# ---- the bytes of a parameter, given the address of its array's first entry ----------------------------------------

def value(scalar):
    return lambda address: scalar.tobytes()


def pointer(address):
    return np.int64(address).tobytes()


def carray(view):
    """CArray<T, nd>: pointer, size, shape, strides."""
    return lambda address: np.array([address, view.size, *view.shape, *view.strides], np.int64).tobytes()


def indexer(shape):
    """CIndexer<nd>: size, shape, and room for the index."""
    return lambda address: np.array([prod(shape), *shape, *(0 for _ in shape)], np.int64).tobytes()
