"""hostcuda runs correct kernels correctly: small ones that use, between them, all of CUDA that it knows.

`test_hostcuda_faults` breaks some of these kernels on purpose.
"""

import numpy as np
import pytest

from gradcheck.hostcuda import KernelFault, check_kernel, check_many, run
from mgnm.kernels import Geometry, Raw


def draw_matrix(rng, dtype, rows=None, columns=None):
    shape = rows or int(rng.integers(1, 40)), columns or int(rng.integers(1, 70))
    return rng.standard_normal(shape).astype(dtype)


# ---- a tile of shared memory, barriers, a 2-d block, edges ---------------------------------------------------------

TRANSPOSE = Raw("transpose", r"""
// y = x^T through a tile of shared memory; the extra column keeps the banks apart
extern "C" __global__ void __launch_bounds__(SIDE * SIDE)
transpose(const T* __restrict__ x, T* __restrict__ y, int rows, int columns) {
  __shared__ T tile[SIDE][SIDE + 1];
  const int tx = threadIdx.x, ty = threadIdx.y;
  int c = blockIdx.x * SIDE + tx, r = blockIdx.y * SIDE + ty;
  if (r < rows && c < columns) tile[ty][tx] = x[r * columns + c];
  __syncthreads();
  c = blockIdx.x * SIDE + ty;
  r = blockIdx.y * SIDE + tx;
  if (r < rows && c < columns) y[c * rows + r] = tile[tx][ty];
}
""", twin=lambda x: x.T, geometry=lambda x: Geometry((-(-x.shape[1] // 8), -(-len(x) // 8)), (8, 8), 0, {"SIDE": 8}))


def transpose_arguments(rng, dtype):
    x = draw_matrix(rng, dtype)
    return {"x": x, "y": np.empty(x.shape[::-1], dtype), "rows": x.shape[0], "columns": x.shape[1]}


# ---- shuffles, one shared entry for each warp, an in-place output --------------------------------------------------

NORMALISE = Raw("normalise", r"""
// x /= sum(|x|) for each row; one block of two warps for each row
__device__ __forceinline__ T warp_sum(T v) {
  for (int d = 16; d; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
  return v;
}
extern "C" __global__ void normalise(T* x, int n) {
  __shared__ T part[2];
  T* row = x + (size_t)blockIdx.x * n;
  T sum = 0;
  for (int j = threadIdx.x; j < n; j += blockDim.x) sum += fabs(row[j]);
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = sum;
  __syncthreads();
  sum = part[0] + part[1];
  for (int j = threadIdx.x; j < n; j += blockDim.x) row[j] /= sum;
}
""", twin=lambda x: x / np.abs(x).sum(1, keepdims=True), geometry=lambda x: Geometry((len(x),), (64,)))


def normalise_arguments(rng, dtype):
    x = draw_matrix(rng, dtype, columns=int(rng.integers(1, 150)))
    return {"x": x, "n": x.shape[1]}


# ---- two arrays in dynamic shared memory, a recurrence over time ---------------------------------------------------

SMOOTH = Raw("smooth", r"""
// steps times: every entry becomes the mean of itself and its neighbours (around the ring); state in shared memory
extern "C" __global__ void smooth(const T* __restrict__ x, T* __restrict__ y, int n, int steps) {
  extern __shared__ T memory[];
  T* now = memory;
  T* next = memory + n;
  const int t = threadIdx.x;
  now[t] = x[blockIdx.x * n + t];
  for (int k = 0; k < steps; ++k) {
    __syncthreads();
    next[t] = (now[(t + n - 1) % n] + now[t] + now[(t + 1) % n]) / T(3);
    T* swap = now;
    now = next;
    next = swap;
  }
  y[blockIdx.x * n + t] = now[t];
}
""", twin=lambda x, steps: smooth_twin(x, steps), geometry=lambda x, n: Geometry((len(x),), (n,), 2 * n * x.itemsize))


def smooth_twin(x, steps):
    for _ in range(steps):
        x = (np.roll(x, 1, 1) + x + np.roll(x, -1, 1)) / 3
    return x


def smooth_arguments(rng, dtype):
    x = draw_matrix(rng, dtype, rows=3)
    return {"x": x, "y": np.empty_like(x), "n": x.shape[1], "steps": int(rng.integers(0, 5))}


# ---- vector loads, atomic operations, the last block sums up -------------------------------------------------------

TOTAL = Raw("total", r"""
// total = sum(x), the same bits every time: each block sums 256 entries, the last one to finish adds the blocks' sums
extern "C" __global__ void total(const float* __restrict__ x, float* sums, unsigned* finished, float* total, int n) {
  __shared__ float part[64];
  __shared__ bool last;
  const int t = threadIdx.x, at = (blockIdx.x * 64 + t) * 4;
  float sum = 0.f;
  if (at + 3 < n) {
    const float4 v = *reinterpret_cast<const float4*>(x + at);
    sum = (v.x + v.y) + (v.z + v.w);
  } else {
    for (int k = at; k < n; ++k) sum += __ldg(x + k);
  }
  part[t] = sum;
  for (int half = 32; half; half >>= 1) {
    __syncthreads();
    if (t < half) part[t] += part[t + half];
  }
  if (t == 0) {
    sums[blockIdx.x] = part[0];
    __threadfence();
    last = atomicInc(finished, gridDim.x) == gridDim.x - 1;
  }
  __syncthreads();
  if (last && t == 0) {
    sum = 0.f;
    for (int k = 0; k < gridDim.x; ++k) sum += sums[k];
    total[0] = sum;
  }
}
""", twin=lambda x, finished: total_twin(x, finished), geometry=lambda x: Geometry((-(-x.size // 256),), (64,)))


def total_twin(x, finished):
    sums = np.add.reduceat(x, np.arange(0, x.size, 256))
    return sums, finished + sums.size, x.sum(keepdims=True)


def total_arguments(rng, dtype):
    x = rng.standard_normal(int(rng.integers(1, 1500))).astype(dtype)
    return {"x": x, "sums": np.empty(-(-x.size // 256), dtype), "finished": np.zeros(1, np.uint32),
            "total": np.empty(1, dtype), "n": x.size}


@pytest.mark.parametrize(("kernel", "draw"), [
    (TRANSPOSE, transpose_arguments), (NORMALISE, normalise_arguments), (SMOOTH, smooth_arguments)])
def test_kernels_equal_their_twins_at_many_points_in_both_types(kernel, draw):
    report = check_many(kernel, draw, count=8)
    assert report.launches == 32 and {name.split()[1] for name in report.errors} == {"float32", "float64"}
    assert all(error < (1e-6 if name.endswith("float32") else 1e-14) for name, error in report.errors.items())


def test_the_last_block_may_read_what_fenced_blocks_published():
    assert check_many(TOTAL, total_arguments, count=8, dtypes=["float32"], tolerance=2e-6).launches == 16


# ---- warp functions ------------------------------------------------------------------------------------------------

WARP = Raw("warp", r"""
extern "C" __global__ void warp(const int* x, int* y) {
  __shared__ int note[64];
  const int t = threadIdx.x, lane = t % warpSize;
  int* out = y + t;
  out[0] = __shfl_sync(0xffffffffu, x[t], 5);
  out[64] = __shfl_sync(0xffffffffu, x[t], 9, 8);
  out[128] = __shfl_up_sync(0xffffffffu, x[t], 3);
  out[192] = __shfl_up_sync(0xffffffffu, x[t], 1, 4);
  out[256] = __shfl_down_sync(0xffffffffu, x[t], 2, 16);
  out[320] = __shfl_xor_sync(0xffffffffu, x[t], 6, 8);
  out[384] = (int)__ballot_sync(0xffffffffu, x[t] % 3 == 0);
  out[448] = 2 * __any_sync(0xffffffffu, x[t] == 7) + __all_sync(0xffffffffu, x[t] >= 0);
  int half = lane < 16 ? __shfl_xor_sync(0x0000ffffu, x[t], 1) : __shfl_xor_sync(0xffff0000u, x[t], 2);
  out[512] = half;
  note[t] = x[t];
  __syncwarp();
  out[576] = note[t ^ 1];
  out[640] = __syncthreads_count(x[t] % 2) + 1000 * __syncthreads_or(x[t] == 63) + 2000 * __syncthreads_and(x[t] >= 1);
  out[704] = __popc(x[t]) + 100 * __clz(x[t]) + 10000 * __ffs(x[t]);
}
""")


def test_warp_functions_do_what_cuda_says():
    x = np.random.default_rng(0).permutation(64).astype(np.int32)
    t, lane = np.arange(64), np.arange(64) % 32
    warp = t - lane
    y = np.empty((12, 64), np.int32)
    run(WARP, (1,), (64,), (x, y))
    assert np.array_equal(y[0], x[warp + 5])
    assert np.array_equal(y[1], x[t - t % 8 + 1])
    assert np.array_equal(y[2], np.where(lane >= 3, x[t - 3], x))
    assert np.array_equal(y[3], np.where(t % 4 >= 1, x[t - 1], x))
    assert np.array_equal(y[4], np.where(t % 16 < 14, x[np.minimum(t + 2, 63)], x))
    assert np.array_equal(y[5], x[t ^ 6])
    ballots = [sum(1 << k for k in range(32) if x[w + k] % 3 == 0) for w in (0, 32)]
    assert np.array_equal(y[6].astype(np.uint32), np.repeat(np.uint32(ballots), 32))
    assert np.array_equal(y[7], np.repeat([3 if 7 in x[w:w + 32] else 1 for w in (0, 32)], 32))
    assert np.array_equal(y[8], np.where(lane < 16, x[t ^ 1], x[t ^ 2]))
    assert np.array_equal(y[9], x[t ^ 1])
    assert np.array_equal(y[10], np.full(64, 32 + 1000))
    bits = [(k.bit_count(), 32 - k.bit_length(), (k & -k).bit_length()) for k in x.tolist()]
    assert y[11].tolist() == [ones + 100 * zeros + 10000 * first for ones, zeros, first in bits]


# ---- cooperative groups, 3-d grids, tables and device functions ----------------------------------------------------

ROTATE = Raw("rotate", r"""
#include <cooperative_groups.h>
namespace cg = cooperative_groups;
// y[b] = x[b + 1] + 1, through global memory that another block wrote before the grid's barrier
extern "C" __global__ void rotate(const float* x, float* passed, float* y, int n) {
  __shared__ float kept[8];
  const int at = blockIdx.x * n + threadIdx.x;
  kept[threadIdx.x] = 1.f;
  passed[at] = x[at];
  cg::this_grid().sync();
  y[at] = passed[(blockIdx.x + 1) % gridDim.x * n + threadIdx.x] + kept[threadIdx.x];
  cg::this_thread_block().sync();
}
""", twin=lambda x: (x, np.roll(x, -1, 0) + 1), geometry=lambda x, n: Geometry((len(x),), (n,)), cooperative=True)


def test_blocks_of_a_cooperative_launch_meet_at_the_grid_barrier():
    x = np.random.default_rng(0).standard_normal((5, 7), np.float32)
    assert check_kernel(ROTATE, {"x": x, "passed": np.empty_like(x), "y": np.empty_like(x), "n": 7}).worst < 1e-7


def test_an_ordinary_launch_cannot_wait_for_the_grid():
    x = np.zeros((5, 7), np.float32)
    kernel = Raw("rotate", ROTATE.code, ROTATE.twin, ROTATE.geometry)
    with pytest.raises(KernelFault, match=r"line 10 `cg::this_grid\(\).sync\(\);`.*waits at the grid barrier for ever"):
        check_kernel(kernel, {"x": x, "passed": np.empty_like(x), "y": np.empty_like(x), "n": 7})


SPACE = Raw("space", r"""
__constant__ int weights[3] = {1, 10, 100};
template <int N> __device__ int dot(const int (&a)[N]) {
  __shared__ int seen[N];
  int sum = 0;
  if (threadIdx.x + threadIdx.y + threadIdx.z == 0)
    for (int k = 0; k < N; ++k) seen[k] = weights[k];
  __syncthreads();
  for (int k = 0; k < N; ++k) sum += a[k] * seen[k];
  return sum;
}
extern "C" __global__ void space(int* y, bool negate) {
  const int width = gridDim.x * blockDim.x, height = gridDim.y * blockDim.y;
  int index[3] = {(int)(blockIdx.x * blockDim.x + threadIdx.x), (int)(blockIdx.y * blockDim.y + threadIdx.y),
                  (int)(blockIdx.z * blockDim.z + threadIdx.z)};
  int at = (index[2] * height + index[1]) * width + index[0];
  y[at] = NEGATIVE || negate ? -dot(index) : dot(index);
}
""")


@pytest.mark.parametrize("order", ["up", "down", "rotated"])
def test_three_dimensions_constants_and_templates(order):
    z, y, x = np.mgrid[:4, :6, :2]
    result = np.empty((4, 6, 2), np.int32)
    for negative, negate in ((False, False), (False, True), (True, False)):
        run(SPACE, (1, 2, 2), (2, 3, 2), (result, negate), constants={"NEGATIVE": negative}, order=order)
        assert np.array_equal(result, (x + 10 * y + 100 * z) * (-1 if negative or negate else 1))


def test_mathematical_functions_have_cuda_overloads():
    kernel = Raw("maths", r"""
extern "C" __global__ void maths(const T* x, T* y) {
  T a = x[threadIdx.x];
  static_assert(sizeof(exp(a)) == sizeof(T) && sizeof(fmaf(1.f, 2.f, 3.f)) == 4 && sizeof(sqrt(2)) == 8, "overloads");
  y[threadIdx.x] = exp(a) + log(fabs(a) + T(1)) + tanh(a) * sqrt(fabs(a)) + pow(fabs(a), T(1.5)) + fma(a, a, T(1))
                 + max(a, T(0)) - min(a, T(0)) + rsqrt(T(1) + a * a) + expm1(a) + log1p(fabs(a)) + erf(a) + floor(a)
                 + fmax(a, T(0.5)) + (isnan(a) ? T(1) : T(0)) + abs(a);
}""", twin=lambda x: np.exp(x) + np.log(abs(x) + 1) + np.tanh(x) * np.sqrt(abs(x)) + abs(x) ** 1.5 + x * x + 1
        + np.maximum(x, 0) - np.minimum(x, 0) + 1 / np.sqrt(1 + x * x) + np.expm1(x) + np.log1p(abs(x)) + erf(x)
        + np.floor(x) + np.maximum(x, 0.5) + abs(x), geometry=lambda x: Geometry((1,), x.shape))

    def draw(rng, dtype):
        return {"x": rng.standard_normal(50).astype(dtype), "y": np.empty(50, dtype)}
    assert check_many(kernel, draw, count=3).worst < 1e-6


def erf(x):
    from math import erf
    return np.vectorize(erf)(x)


def test_an_empty_grid_runs_nothing_and_may_leave_nothing_to_write():
    empty = np.empty((0, 5), np.float32)
    assert check_kernel(NORMALISE, {"x": empty, "n": 5}).errors == {"x": 0.0}
    never = Raw("transpose", TRANSPOSE.code, TRANSPOSE.twin, lambda x: Geometry((0,), (64,), constants={"SIDE": 8}))
    with pytest.raises(KernelFault, match=r"transpose: never writes y: its grid \(0,\) is empty"):
        check_kernel(never, transpose_arguments(np.random.default_rng(0), np.dtype("float32")))
