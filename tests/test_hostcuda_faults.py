"""hostcuda finds planted faults: correct kernels with one thing broken, and what must be said of each."""

import numpy as np
import pytest
from test_hostcuda_kernels import (
    NORMALISE,
    SMOOTH,
    TOTAL,
    TRANSPOSE,
    normalise_arguments,
    smooth_arguments,
)

from gradcheck.hostcuda import KernelFault, check_kernel, run
from mgnm.kernels import Geometry, Raw

FAULTS = {}


def plant(name, kernel, old, new, given, kind, said, geometry=None):
    """A fault: `kernel` with the text `old` replaced by `new` must be refused as a `kind`, in words like `said`."""
    assert kernel.code.count(old) == 1, f"{name}: {old}"
    broken = Raw(kernel.name, kernel.code.replace(old, new), kernel.twin, geometry or kernel.geometry)
    FAULTS[name] = broken, given, kind, said


def matrix(rows, columns):
    """Arguments of TRANSPOSE."""
    x = np.random.default_rng(1).standard_normal((rows, columns), np.float32)
    return {"x": x, "y": np.empty((columns, rows), np.float32), "rows": rows, "columns": columns}


def vector(n):
    """Arguments of TOTAL."""
    x = np.random.default_rng(1).standard_normal(n, np.float32)
    return {"x": x, "sums": np.empty(-(-n // 256), np.float32), "finished": np.zeros(1, np.uint32),
            "total": np.empty(1, np.float32), "n": n}


def smoothed(dtype="float32"):
    return smooth_arguments(np.random.default_rng(5), np.dtype(dtype)) | {"steps": 3}


ROWS = normalise_arguments(np.random.default_rng(5), np.dtype("float32"))
SEVEN = {"x": np.ones((1, 7), np.float32), "n": 7}
WIDTH = smoothed()["n"]

# ---- barriers and races within a block ------------------------------------------------------------------------------

plant("barrier missing", TRANSPOSE, "__syncthreads();", "", matrix(20, 20), "reads unwritten memory",
      r"transpose: line 12 `.* = tile\[tx\]\[ty\];`, block \(0, 0\) thread \(1, 0\): reads tile\[9\] before anything"
      " was written there")
plant("barrier missing in a loop", SMOOTH, "    __syncthreads();\n", "", smoothed(), "reads unwritten memory",
      r"smooth: line 10 .*thread \(0\): reads memory\[\d+\] before")
plant("one buffer instead of two", SMOOTH, "T* next = memory + n;", "T* next = memory;", smoothed(), "race",
      r"smooth: line 11 .*: race: memory\[\d+\] is (read|written) here, and (read|written) by thread \(\d+\) in"
      " the same line; there is no barrier between")
plant("shared entry reused too early", NORMALISE, "sum = part[0] + part[1];", "sum = part[0] + part[1]; part[0] = 1;",
      ROWS, "race", r"normalise: line 15 .*: race: part\[0\] is .* by thread \(\d+\)")
plant("every lane writes the warp's entry", NORMALISE, "if (threadIdx.x % 32 == 0) ", "", ROWS, "race",
      r"normalise: line 13 .* thread \(1\): race: part\[0\] is written here, and written by thread \(0\) in the same")
plant("barrier after return", TRANSPOSE, "if (r < rows && c < columns) tile", "if (r >= rows) return;\n  tile",
      matrix(20, 16), "barrier after exit",
      r"line 10 `__syncthreads\(\);`, block \(0, 2\) thread \(0, 0\): waits at a barrier, but thread \(7, 7\) has")
plant("barrier in both branches", TRANSPOSE, "__syncthreads();",
      "if (ty < 4) __syncthreads();\n  else __syncthreads();", matrix(8, 8), "divergent barrier",
      r"line 9 .* thread \(0, 0\): waits at a barrier, but thread \(7, 7\) waits at another, line 10")

# ---- arrays: bounds, indices, values --------------------------------------------------------------------------------

plant("edge test missing at the load", TRANSPOSE, "if (r < rows && c < columns) tile", "tile", matrix(20, 20),
      "out of bounds", r"line 8 .*: reads x\[400\], outside x, which has 400 entries of shape \(20, 20\)")
plant("edge test missing at the store", TRANSPOSE, "if (r < rows && c < columns) y", "if (c < columns) y",
      matrix(5, 8), "reads unwritten memory", r"line 12 .*thread \(5, 0\): reads tile\[45\] before")
plant("one entry too far", NORMALISE, "j < n; j += blockDim.x) row[j] /=", "j <= n; j += blockDim.x) row[j] /=",
      SEVEN, "out of bounds",
      r"normalise: line 16 .*thread \(7\): reads x\[7\], outside x, which has 7 entries of shape \(1, 7\)")
plant("one entry too early", NORMALISE, "fabs(row[j])", "fabs(row[j - 1])", SEVEN, "out of bounds",
      r"thread \(0\): reads x\[-1\], outside x")
plant("index beyond a fixed extent", TRANSPOSE, "tile[ty][tx] =", "tile[ty][tx + 2] =", matrix(8, 8), "array index",
      r"line 8 .*thread \(7, 0\): index 9 is outside an array of 9")
plant("swapped index", TRANSPOSE, "y[c * rows + r]", "y[r * columns + c]", matrix(8, 8), "value",
      r"y\[\d, \d\] = .*, but the twin says .* entries are wrong")
plant("wrong stride", TRANSPOSE, "y[c * rows + r]", "y[c * columns + r]", matrix(16, 4), "race",
      r"race: y\[\d, \d\] is written here, and written by")
plant("entries never written", TRANSPOSE, "y[c * rows + r] = tile", "if (c) y[c * rows + r] = tile", matrix(6, 5),
      "unwritten", r"transpose: never writes y\[0, 0\] and 5 more of its 30 entries")
plant("+= on an output that holds nothing", TRANSPOSE, "y[c * rows + r] = tile", "y[c * rows + r] += tile",
      matrix(6, 5), "reads unwritten memory", r"line 12 .*: reads y\[0, 0\] before anything was written there")
plant("write to an input", TRANSPOSE, "  c = blockIdx.x", "  const_cast<T*>(x)[0] = 1;\n  c = blockIdx.x",
      matrix(6, 5), "writes an input", r"writes x\[0, 0\], which is an input")
plant("null pointer", TRANSPOSE, "  c = blockIdx.x", "  if (tx == 3) *(T*)nullptr = 0;\n  c = blockIdx.x",
      matrix(8, 8), "wild pointer", r"thread \(3, 0\): writes far from every array: a null or wild pointer")
plant("step left out", SMOOTH, "k < steps", "k < steps - 1", smoothed(), "value",
      r"smooth: y\[\d, \d+\] = .*, but the twin says .*: relative error")
plant("float literal in a double kernel", SMOOTH, "/ T(3)", "* 0.333333333f", smoothed("float64"), "value",
      r"relative error \d.\de-0[789], allowed 1e-12")
plant("misaligned vector", TOTAL, "(x + at)", "(x + at + 1)", vector(1000), "misaligned",
      r"total: line 9 .*: uses an address that is 4 bytes off for a type aligned to 16")
plant("vector past the end", TOTAL, "at + 3 < n", "at < n", vector(255), "out of bounds",
      r"reads x\[255\], outside x, which has 255 entries")

# ---- integers -------------------------------------------------------------------------------------------------------

plant("integer overflow", TRANSPOSE, "x[r * columns + c]", "x[r * (columns << 14) * (rows << 14) + c]", matrix(8, 8),
      "integer overflow", r"transpose: line 8 .*thread \(0, 1\): integer overflow in 131072 \* 131072")
plant("division by zero", SMOOTH, "t + n - 1) % n", "t + n - 1) % (n - blockDim.x)", smoothed(), "integer division",
      "smooth: line 11 .*: integer division by zero")
plant("shift by too many bits", SMOOTH, "T(3)", "T(3 << n)", smoothed(), "shift", "shifts an integer by more bits than")

# ---- warp functions -------------------------------------------------------------------------------------------------

plant("shuffle width", NORMALISE, "v, d)", "v, d, 16)", ROWS, "value", "but the twin says")
plant("too few steps of a sum", NORMALISE, "int d = 16", "int d = 8", ROWS, "value", "but the twin says")
plant("width that is no power of two", NORMALISE, "v, d)", "v, d, 24)", ROWS, "warp width",
      "normalise: line 4 .*: shuffles with width 24; it must be a power of two up to 32")
plant("half a mask", NORMALISE, "0xffffffffu", "0x0000ffffu", ROWS, "warp mask",
      r"thread \(16\): calls a warp function with mask 0x0000ffff, which does not name its own lane")
plant("lanes that have returned", NORMALISE, "  T* row", "  if (threadIdx.x % 32 > 20) return;\n  T* row", ROWS,
      "warp source", r"line 4 .*: takes a value from lane \d+, which is not in the mask or has returned")
plant("warp function in a branch", NORMALISE, "sum = warp_sum(sum);", "if (threadIdx.x < 40) sum = warp_sum(sum);",
      ROWS, "deadlock", r"normalise: line 14 .*thread \(0\): waits at __syncthreads while thread \(32\) waits at a warp"
      " function with mask 0xffffffff, line 4")

# ---- between blocks -------------------------------------------------------------------------------------------------

plant("sum without its fence", TOTAL, "    __threadfence();\n", "", vector(600), "race",
      r"total: line 26 .*: race: sums\[0\] is read here, and written by block \(0\) thread \(0\) in line 20 .*; nothing"
      " orders blocks of one launch")
plant("a block that does not wait for the others", TOTAL, "if (last && t == 0)", "if (blockIdx.x == 0 && t == 0)",
      vector(600), "reads unwritten memory", r"block \(0\) thread \(0\): reads sums\[1\] before")

# ---- what the device would refuse -----------------------------------------------------------------------------------

plant("too little dynamic shared memory", SMOOTH, "T(3)", "T(3) ", smoothed(), "out of bounds",
      rf"writes memory\[{2 * WIDTH - 1}\], outside shared memory, which has {8 * WIDTH - 4} bytes",
      lambda n: Geometry((3,), (n,), 8 * n - 4))
plant("too much dynamic shared memory", SMOOTH, "T(3)", "T(3)  ", smoothed(), "launch",
      r"smooth: uses 233472 bytes of shared memory; a block on sm_90 has at most 232448",
      lambda n: Geometry((3,), (n,), 228 * 1024))
plant("too much static shared memory", TRANSPOSE, "tile[SIDE][SIDE + 1]", "tile[SIDE][2000]", matrix(8, 8), "launch",
      r"transpose: declares 64000 bytes of shared memory; more than 49152 must be dynamic")
plant("too many threads", SMOOTH, "T(3)", "T(3)   ", smoothed(), "launch",
      r"smooth: is launched with 1025 threads in a block; at most 1024 are possible",
      lambda: Geometry((3,), (1025,), 100))
plant("more threads than promised", TRANSPOSE, "SIDE * SIDE)", "SIDE * 4)", matrix(8, 8), "launch",
      r"transpose: is launched with 64 threads in a block; at most 32 are possible")
plant("too many blocks", SMOOTH, "T(3)", "T(3)    ", smoothed(), "launch",
      r"smooth: is launched with a grid of \(3, 65536, 1\); each extent must be from 1 to",
      lambda: Geometry((3, 65536), (1,), 100))

# ---- the text itself ------------------------------------------------------------------------------------------------

plant("not CUDA", TRANSPOSE, "__syncthreads();", "__syncthread();", matrix(8, 8), "compile",
      r"transpose: does not compile\n(.*\n)?transpose:9:.*: error: .*__syncthread")
plant("an assertion of its own", TRANSPOSE, "  c = blockIdx.x", "  assert(tx < 5);\n  c = blockIdx.x", matrix(8, 8),
      "assertion", r"line 10 `assert\(tx < 5\);`, block \(0\) thread \(5, 0\): its assertion fails")


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_explained(name):
    kernel, given, kind, said = FAULTS[name]
    with pytest.raises(KernelFault, match=said) as found:
        check_kernel(kernel, given)
    assert found.value.kind == kind


def test_the_kernels_that_were_broken_pass_when_they_are_whole():
    for kernel, given in ((TRANSPOSE, matrix(20, 20)), (SMOOTH, smoothed()), (NORMALISE, ROWS), (NORMALISE, SEVEN),
                          (TOTAL, vector(600))):
        assert check_kernel(kernel, given, tolerance=2e-6).launches == 2


def test_a_result_that_depends_on_the_order_of_blocks_is_found():
    kernel = Raw("meet", r"""
extern "C" __global__ void meet(float* sum) {
  atomicAdd(sum, blockIdx.x == 0 ? 1e8f : blockIdx.x == 1 ? -1e8f : 1.f);
}
""", twin=lambda sum: sum + 1, geometry=lambda: Geometry((3,), (1,)))
    given = {"sum": np.zeros(1, np.float32)}
    said = r"meet: sum\[0\] depends on the order of threads or blocks: 1 upwards, 0 downwards"
    with pytest.raises(KernelFault, match=said) as found:
        check_kernel(kernel, given, tolerance=10)
    assert found.value.kind == "order"
    given["sum"][...] = 0
    assert check_kernel(kernel, given, tolerance=10, deterministic=False).worst == 1.0


def test_an_endless_loop_ends():
    kernel = Raw("spin", 'extern "C" __global__ void spin(int* flag) { while (atomicAdd(flag, 0) == 0) {} }')
    with pytest.raises(KernelFault, match="spin: line 1 .*: reads and writes without end: an endless loop"):
        run(kernel, (1,), (1,), (np.zeros(1, np.int32),))


def test_after_a_fault_the_same_kernel_runs_correctly():
    broken = FAULTS["edge test missing at the load"][0]
    with pytest.raises(KernelFault):
        check_kernel(broken, matrix(9, 8))
    assert check_kernel(broken, matrix(8, 8)).worst == 0.0
