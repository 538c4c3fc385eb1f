"""What CuPy itself would compile for an elementwise kernel, on a machine without a GPU.

CuPy has no public way to ask for the text before a launch. These are the internals of CuPy 14 that a launch goes
through; the test that compares their text with ours is the one that notices when they change.
"""

import importlib.util
from pathlib import Path

import numpy as np


def elementwise(kernel, forms, types, ndim):
    """CuPy's text for an Elementwise kernel. The arguments are those of `text.elementwise`."""
    from cupy import ndarray
    from cupy._core import _carray, _kernel, _scalar
    array_kind, indexer_kind, scalar_kind = 1, 2, 3
    infos = []
    for form, dtype, *layout in forms:
        if form == "array":
            dimensions, contiguous = layout
            infos.append(_kernel._ArgInfo(array_kind, ndarray, np.dtype(dtype), dimensions, bool(contiguous), True))
        else:
            infos.append(_kernel._ArgInfo(scalar_kind, _scalar.CScalar, np.dtype(dtype), 0, True, True))
    infos.append(_kernel._ArgInfo(indexer_kind, _carray.Indexer, None, ndim, True, True))
    type_map = _kernel._TypeMap(tuple(sorted((letter, np.dtype(dtype)) for letter, dtype in types.items())))
    theirs = kernel.compiled
    return _kernel._get_elementwise_kernel_code(
        tuple(infos), type_map, theirs.params, theirs.operation, theirs.name, theirs.preamble, **theirs.kwargs)


def headers():
    """The lines that CuPy puts before every elementwise kernel."""
    from cupy._core import core
    return "".join(f"#include <{header}>\n" for header in core._cupy_header_list)


def installed():
    return importlib.util.find_spec("cupy") is not None


def include_folders():
    """Where CuPy keeps its headers and the C++ library for CUDA that comes with it; none without CuPy."""
    if not installed():
        return []
    include = Path(importlib.util.find_spec("cupy").origin).parent / "_core" / "include"
    return [include, *sorted((include / "cupy" / "_cccl").glob("*"))]
