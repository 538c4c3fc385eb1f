"""The C++ text around a kernel's own, and the text that CuPy generates for an elementwise kernel.

The kernel's text is not touched, with one exception that C++ has no word for: `extern __shared__ T name[];` becomes a
pointer of that name to the launch's dynamic shared memory, on the same line.
"""

import re

import numpy as np

from mgnm.kernels.kernel import C_NAMES

DYNAMIC_SHARED = re.compile(r"extern\s+__shared__\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?([\w\s]+?)\s+(\w+)\s*\[\s*\]\s*;")

LAUNCH_BOUNDS = r"__launch_bounds__\s*\(((?:[^(),]|\([^()]*\))*)[^)]*\)\s*(?:void\s+)?"       # before the kernel's name

PROLOGUE = """\
#include <hostcuda.h>
#include <hostcuda_math.h>
#include <hostcuda_vectors.h>
"""
EPILOGUE = """
#line 1 "hostcuda"
extern "C" HOSTCUDA_UNCHECKED void hostcuda_body(void** arguments) {{ {name}({arguments}); }}
extern "C" int hostcuda_most_threads() {{ return {bounds}; }}
"""


def complete(head, code, name, arguments, elementwise=False):
    """The C++ program for a kernel: CUDA's words, its head and its code, what the runtime and machine.py call.

    Lines of the code keep their numbers. arguments: how many parameters the kernel has.
    """
    bounds = re.search(LAUNCH_BOUNDS + rf"{name}\b", code)
    code = DYNAMIC_SHARED.sub(r"static \1* const \2 = (\1*)hostcuda_dynamic_shared;", code)
    carray = "#include <hostcuda_carray.h>\n" if elementwise else ""
    calls = ", ".join(f"HostcudaArgument{{arguments[{k}]}}" for k in range(arguments))
    return f'{PROLOGUE}{carray}{head}#line 1 "{name}"\n{code}' + EPILOGUE.format(
        name=name, arguments=calls, bounds=bounds[1] if bounds else 1024)


def elementwise(kernel, forms, types, ndim):
    """What CuPy 14 hands to NVRTC for an Elementwise kernel, character for character.

    forms: for each parameter ("scalar", dtype) or ("array", dtype, dimensions, contiguous).
    types: {type variable: dtype}. ndim: dimensions of the loop.
    """
    declared, head = [], []
    for parameter, (form, dtype, *layout) in zip(kernel.parameters, forms):
        const, c_type = "" if parameter.output else "const ", C_NAMES[np.dtype(dtype).name]
        if form == "scalar":
            declared.append(f"{const}{c_type} {parameter.name}")
            continue
        dimensions, contiguous = layout
        prefix = "" if parameter.form == "raw" else "_raw_"
        declared.append(f"{const}CArray<{c_type}, {dimensions}, {int(contiguous)}, 1> {prefix}{parameter.name}")
        if prefix:
            head.append(f"{const}{C_NAMES.get(parameter.type, parameter.type)} &{parameter.name} ="
                        f" _raw_{parameter.name}[_ind.get()];")
    typedefs = "".join(f"typedef {C_NAMES[np.dtype(dtype).name]} {letter};\n"
                       for letter, dtype in sorted(types.items()))
    operation = "\n".join([*head, kernel.operation])
    return f"""
    {typedefs}
    {kernel.preamble}
    extern "C" __global__ void {kernel.name}({', '.join(declared)}, CIndexer<{ndim}, 1> _ind) {{
      {kernel.loop_prep};
      #pragma unroll 1
      CUPY_FOR(i, _ind.size()) {{
        _ind.set(i);
        {operation};
      }}
      {kernel.after_loop};
    }}
    """
