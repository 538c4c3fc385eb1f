"""A CUDA kernel as plain data beside its NumPy twin.

A kernel is its text; nothing is compiled or imported until it is launched. The same data is launched on a GPU
(`launcher`), and run on the CPU and compiled for GPUs by `gradcheck.hostcuda`. It has one of two forms, named as in CuPy:

    Elementwise     an expression for one entry; CuPy writes the loop, broadcasts and follows strides
    Raw             a whole __global__ function; its `geometry` says how many threads it needs

A kernel's functions - `twin`, `size`, `geometry` - are called by name: each gets the arguments that its own parameters
name. So the twin's parameters say what the kernel reads: an output that the twin asks for is updated in place, every
other output is only written. The twin returns the outputs, in the kernel's order. A twin that has a parameter `out` can
be given the outputs' arrays as a tuple there: it is then the CPU's own way to compute in place, and nothing is copied.
"""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

C_NAMES = {"bool": "bool", "int8": "signed char", "uint8": "unsigned char", "int16": "short",
           "uint16": "unsigned short", "int32": "int", "uint32": "unsigned int", "int64": "long long",
           "uint64": "unsigned long long", "float32": "float", "float64": "double"}    # as CuPy writes them in CUDA
DTYPES = {c: dtype for dtype, c in C_NAMES.items()} | {
    "char": "int8", "unsigned": "uint32", "size_t": "uint64", "float2": "float32", "float4": "float32",
    "int2": "int32", "int4": "int32", "double2": "float64"}         # a pointer to float4 takes a float32 array
DEFAULT_SHARED = 48 * 1024      # bytes of dynamic shared memory that a kernel gets without asking the driver


@dataclass(frozen=True)
class Parameter:
    """One parameter. `type` is a NumPy dtype's name or a type variable (one capital letter, T say).

    `form` is "array", "scalar", "raw" (an array that the kernel indexes itself) or "any" (an array or a scalar).
    """

    name: str
    type: str
    form: str
    output: bool


@dataclass(frozen=True)
class Geometry:
    """A Raw kernel's launch: blocks, threads of a block, bytes of dynamic shared memory, compile-time constants."""

    grid: tuple[int, ...]
    block: tuple[int, ...]
    shared: int = 0
    constants: Mapping[str, int | bool] = field(default_factory=dict)


class Kernel:
    """What both forms have in common: named parameters, type variables, a twin."""

    def bind(self, arguments):
        """{parameter name: argument} for arguments in the kernel's order; TypeError where they do not fit."""
        if len(arguments) != len(self.parameters):
            expected = ", ".join(p.name for p in self.parameters)
            raise TypeError(f"{self.name}: takes {len(self.parameters)} arguments ({expected}), got {len(arguments)}")
        named = dict(zip(self.names, arguments))
        dtypes = tuple([value.dtype if is_array(value) else None for value in arguments])
        if dtypes not in self.accepted:                     # worked out once: a step launches the same again and again
            types = self.types(named)
            self.accepted[dtypes] = {p.name: self._fits(p, named[p.name], types) for p in self.parameters}
        for name, scalar in self.accepted[dtypes].items():
            if scalar:
                named[name] = scalar(named[name])           # of the parameter's type: a Python float would be a double
            elif not self.sees_strides and not named[name].flags.c_contiguous:
                raise TypeError(f"{self.name}: {name} must be contiguous; a raw kernel does not see strides")
        return named

    @functools.cached_property
    def names(self):
        """The names of the parameters, in the kernel's order."""
        return [p.name for p in self.parameters]

    @functools.cached_property
    def accepted(self):
        """{dtypes of the arguments, None for a scalar: {parameter name: the scalar's type, None for an array}}"""
        return {}

    def types(self, named):
        """{type variable: dtype}, from the arrays among the named arguments."""
        types = {}
        for parameter in self.parameters:
            letter, value = parameter.type, named[parameter.name]
            if len(letter) == 1 and is_array(value) and types.setdefault(letter, value.dtype) != value.dtype:
                raise TypeError(f"{self.name}: {parameter.name} is {value.dtype}, but {letter} is {types[letter]}"
                                " in an argument before it")
        missing = sorted({p.type for p in self.parameters if len(p.type) == 1} - types.keys())
        if missing:
            raise TypeError(f"{self.name}: no array argument decides the type {missing[0]}")
        return types

    def _fits(self, parameter, value, types):
        """None for an array, the NumPy type that it becomes for a scalar; TypeError where it does not fit."""
        dtype = np.dtype(types.get(parameter.type, parameter.type))
        if not is_array(value):
            if parameter.form in ("array", "raw"):
                raise TypeError(f"{self.name}: {parameter.name} must be an array, got {type(value).__name__}")
            return dtype.type
        if parameter.form == "scalar":
            raise TypeError(f"{self.name}: {parameter.name} must be a scalar, got an array")
        if value.dtype != dtype:
            raise TypeError(f"{self.name}: {parameter.name} must be {dtype}, got {value.dtype}")
        return None

    @functools.cached_property
    def outputs_named(self):
        """Names of the outputs, in the kernel's order."""
        return [p.name for p in self.parameters if p.output]

    @functools.cached_property
    def updated(self):
        """Names of the outputs that the kernel may also read: those that its twin asks for; without a twin, all."""
        return [name for name in self.outputs_named if self.twin is None or name in parameter_names(self.twin)]


@dataclass(frozen=True, eq=False)
class Elementwise(Kernel):
    """The expression for one entry, as cupy.ElementwiseKernel takes it.

    inputs, outputs: "T x, raw T w, int32 k". `operation` may use the parameters, `i` (the flat index) and
    `_ind` (`_ind.get()[axis]`, `_ind.size()`). `size` gives the number of entries where every array is raw.
    """

    name: str
    inputs: str
    outputs: str
    operation: str
    twin: Callable | None = None
    size: Callable | None = None
    preamble: str = ""
    loop_prep: str = ""
    after_loop: str = ""
    reduce_dims: bool = True        # False keeps the axes, so that _ind.get()[axis] means what it says
    sees_strides = True

    def __post_init__(self):
        for parameter in self.parameters:
            if parameter.name in ("i", "n") or parameter.name.startswith("_"):
                raise ValueError(f"{self.name}: CuPy reserves the name {parameter.name!r}; choose another")

    @functools.cached_property
    def parameters(self):
        """The parameters, inputs first."""
        found = [(text, output) for declared, output in ((self.inputs, False), (self.outputs, True))
                 for text in declared.split(",") if text.strip()]
        return [Parameter(name, type, "raw" if "raw" in words else "array" if output else "any", output)
                for text, output in found for *words, type, name in [text.split()]]

    @functools.cached_property
    def compiled(self):
        """The cupy.ElementwiseKernel; CuPy compiles it once for every combination of types and dimensions."""
        import cupy
        return cupy.ElementwiseKernel(
            self.inputs, self.outputs, self.operation, self.name, reduce_dims=self.reduce_dims,
            preamble=self.preamble, no_return=True, loop_prep=self.loop_prep, after_loop=self.after_loop)

    def launch(self, named):
        self.compiled(*named.values(), **({"size": by_name(self.size, named)} if self.size else {}))


@dataclass(frozen=True, eq=False)
class Raw(Kernel):
    """A whole kernel: CUDA text with `extern "C" __global__ void <name>(...)`; its parameters are read from the text.

    A pointer to const is an input, any other pointer an output, the rest are scalars. A capital letter as a type (T) is
    filled in from the arrays. `geometry` returns the Geometry for the arguments; its constants become constexpr.
    """

    name: str
    code: str
    twin: Callable | None = None
    geometry: Callable | None = None
    cooperative: bool = False       # all blocks at once, so that the kernel may call this_grid().sync()
    sees_strides = False

    @functools.cached_property
    def parameters(self):
        """The parameters, in the order of the text."""
        code = re.sub(r"//[^\n]*|/\*.*?\*/", " ", self.code, flags=re.S)
        found = re.search(rf"__global__[^;{{]*?\b{self.name}\s*\(([^)]*)\)", code)
        if not found:
            raise ValueError(f"{self.name}: its text has no __global__ function of that name")
        return [declaration(text) for text in found[1].split(",") if text.strip()]

    def head(self, types, constants):
        """What comes before the code: one line for each type and each compile-time constant."""
        lines = [f"typedef {C_NAMES[np.dtype(dtype).name]} {letter};\n" for letter, dtype in sorted(types.items())]
        lines += [f"constexpr {type(value).__name__} {name} = {str(value).lower()};\n"
                  for name, value in constants.items()]
        return "".join(lines)

    @functools.cached_property
    def compiled(self):
        """{(types, constants, bytes of shared memory): cupy.RawKernel} of those that were launched."""
        return {}

    def compile(self, types, constants, shared):
        import cupy
        kernel = cupy.RawKernel(self.head(types, constants) + self.code, self.name, options=("--std=c++17",),
                                enable_cooperative_groups=self.cooperative)
        if shared > DEFAULT_SHARED:
            kernel.max_dynamic_shared_size_bytes = shared
        return kernel

    def launch(self, named):
        how = by_name(self.geometry, named)
        if 0 in how.grid:                                                   # CUDA refuses an empty grid
            return
        types = self.types(named)
        key = (tuple(types.items()), tuple(how.constants.items()), how.shared)
        if key not in self.compiled:
            self.compiled[key] = self.compile(types, how.constants, how.shared)
        self.compiled[key](how.grid, how.block, tuple(named.values()), shared_mem=how.shared)


def run_twin(kernel, named, outputs=None):
    """The outputs that the kernel's NumPy twin computes from named arguments, as a tuple.

    outputs: arrays for them, which a twin that has a parameter `out` fills and returns.
    """
    out = {"out": tuple(outputs)} if outputs and takes_out(kernel.twin) else {}
    results = by_name(kernel.twin, named, **out)
    return results if isinstance(results, tuple) else (results,)


def by_name(function, named, **more):
    """Call a function with those of the named values that its parameters name, and with `more`."""
    return function(**{name: named[name] for name in parameter_names(function)}, **more)


@functools.cache
def parameter_names(function):
    """The names of a function's parameters, but for `out`."""
    return tuple(name for name in inspect.signature(function).parameters if name != "out")


@functools.cache
def takes_out(function):
    """Whether a twin writes into arrays that it is given."""
    return "out" in inspect.signature(function).parameters


def is_array(value):
    """True for an array of either library, False for a scalar, NumPy's own ones included."""
    return hasattr(value, "strides") and not isinstance(value, np.generic)


def declaration(text):
    """The Parameter that a C++ declaration such as "const T* __restrict__ x" says."""
    words = text.replace("*", " * ").replace("__restrict__", " ").split()
    name = words.pop()
    pointer = "*" in words
    pointee = words[:words.index("*")] if pointer else words
    type = " ".join(word for word in pointee if word != "const")
    if not (len(type) == 1 and type.isupper()) and type not in DTYPES:
        raise ValueError(f"parameter {text.strip()!r}: its type must be a capital letter or one of {', '.join(DTYPES)}")
    return Parameter(name, DTYPES.get(type, type), "array" if pointer else "scalar",
                     pointer and "const" not in pointee)
