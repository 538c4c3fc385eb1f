"""The 3x3 convolution without columns in memory, its input gradient and its weight gradient, on any grid side.

    y[n, h, o, w, b] = bias[o] + sum over tap (r, k) and channel c:  x[n, h + r - 1, c, w + k - 1, b] W[r, k, c, o]

A thread stays with one sequence b of the batch, and its neighbours in the warp have the neighbouring sequences: every
load and store of a warp is one run of memory, whatever is beside it in the image. What a thread reuses lies along the
image's rows and across channels, and it does so in registers:

    conv3x3           3 columns of a row, OUT channels: 15 loads of x serve 27 OUT products. The weights of CHUNK input
                      channels lie in shared memory, where all threads of a warp read the same entry: one broadcast.
    conv3x3_weights   one input channel, OUT output channels, all 9 taps: a thread walks along image rows with a window
                      of 3x3 entries that moves, so 3 loads of x and OUT of dy serve 9 OUT products. In the end the 32
                      threads of a warp add up by shuffles; there is no shared memory, and no barrier.

No two threads add to one entry: the same bits on every run. The weight gradient is cut into parts along N, H and B,
which `sums.ADD_PARTS` adds up in a fixed order. The input gradient is the convolution with the turned kernel, which
`turned` makes where the weights are loaded. Index arithmetic is in 32 bits: arrays of up to 2^31 - 1 entries.
"""

import numpy as np

from mgnm.kernels.columns import taps
from mgnm.kernels.kernel import Geometry, Raw

THREADS = 128               # of a block of conv3x3
CHUNK = 8                   # input channels whose weights are in shared memory at a time
WARPS = 4                   # of a block of conv3x3_weights; they read the same dy, each for its own input channel
ENOUGH = 256 * 128          # threads that keep a large GPU busy; where there are fewer, each takes fewer channels


def conv3x3(x, w, bias, turned, relu):
    """y (N, H, C_out, W, B) from x (N, H, C_in, W, B), w (3, 3, C_in, C_out), or (3, 3, C_out, C_in) to be turned."""
    if turned:
        w = w[::-1, ::-1].swapaxes(2, 3)
    y = sum(np.einsum("nhcwb,co->nhowb", tap, weight) for tap, weight in zip(taps(x)[1], w.reshape(9, *w.shape[2:])))
    y = y + bias[:, None, None]
    return np.maximum(y, 0) if relu else y


def conv3x3_weights(x, dy, S):
    """parts (S, 3, 3, C_in, C_out) of dw; part s sums over a run of (n, h, b), a multiple of 32 long."""
    N, H, C_in, W, B = x.shape
    C_out = dy.shape[2]
    owner = (np.arange(N * H * B) // part_length(N * H * B, S)).reshape(N, H, 1, 1, B)
    parts = [[np.einsum("nhcwb,nhowb->co", tap, dy * (owner == s)) for tap in taps(x)[1]] for s in range(S)]
    return np.array(parts).reshape(S, 3, 3, C_in, C_out)


CONV3X3 = Raw("conv3x3", r"""
// block: THREADS pieces of 3 columns, in the order (n, h, piece, b), and OUT output channels
extern "C" __global__ void __launch_bounds__(THREADS)
conv3x3(const T* __restrict__ x, const T* __restrict__ w, const T* __restrict__ bias,
        int N, int H, int W, int B, int C_in, int C_out, bool turned, bool relu, T* __restrict__ y) {
  __shared__ __align__(16) T weights[CHUNK][9][OUT];
  const int pieces = (W + 2) / 3, unit = blockIdx.x * THREADS + threadIdx.x, first = blockIdx.y * OUT;
  const int b = unit % B, column = unit / B % pieces * 3, row = unit / B / pieces, h = row % H;
  const bool inside = row < N * H;

  T sum[3][OUT];
  #pragma unroll
  for (int o = 0; o < OUT; ++o)
    sum[0][o] = sum[1][o] = sum[2][o] = first + o < C_out ? bias[first + o] : T(0);

  for (int chunk = 0; chunk < C_in; chunk += CHUNK) {
    __syncthreads();                                        // all have used the weights before
    for (int k = threadIdx.x; k < CHUNK * 9 * OUT; k += THREADS) {
      const int out = first + k % OUT, tap = k / OUT % 9, in = chunk + k / OUT / 9;
      const bool exists = in < C_in && out < C_out;
      const int at = turned ? ((8 - tap) * C_out + out) * C_in + in : (tap * C_in + in) * C_out + out;
      weights[k / OUT / 9][tap][k % OUT] = exists ? w[at] : T(0);
    }
    __syncthreads();
    const int channels = inside ? min(CHUNK, C_in - chunk) : 0;
    for (int c = 0; c < channels; ++c) {
      #pragma unroll
      for (int r = 0; r < 3; ++r) {
        if (h + r < 1 || h + r > H) continue;               // a row above or below the image
        const int start = ((row + r - 1) * C_in + chunk + c) * W * B + b;
        T v[5];
        #pragma unroll
        for (int k = 0; k < 5; ++k) {
          const int from = column + k - 1;
          v[k] = from >= 0 && from < W ? x[start + from * B] : T(0);
        }
        #pragma unroll
        for (int k = 0; k < 3; ++k)
          #pragma unroll
          for (int o = 0; o < OUT; ++o) {
            const T weight = weights[c][3 * r + k][o];
            sum[0][o] += v[k] * weight;
            sum[1][o] += v[k + 1] * weight;
            sum[2][o] += v[k + 2] * weight;
          }
      }
    }
  }
  if (!inside) return;
  #pragma unroll
  for (int p = 0; p < 3; ++p)
    #pragma unroll
    for (int o = 0; o < OUT; ++o)
      if (column + p < W && first + o < C_out)
        y[((row * C_out + first + o) * W + column + p) * B + b] = relu && sum[p][o] < T(0) ? T(0) : sum[p][o];
}
""", twin=conv3x3, geometry=lambda N, H, W, B, C_out: conv3x3_geometry(
    N, H, W, B, C_out, channels_each(C_out, 16, N * H * -(-W // 3) * B)))


CONV3X3_WEIGHTS = Raw("conv3x3_weights", r"""
// warp: one input channel, OUT output channels, and every 32nd of the columns (n, h, b) of one part
extern "C" __global__ void __launch_bounds__(32 * WARPS)
conv3x3_weights(const T* __restrict__ x, const T* __restrict__ dy, int N, int H, int W, int B,
                int C_in, int C_out, int S, int length, T* __restrict__ parts) {
  const int in = blockIdx.x * WARPS + threadIdx.y, first = blockIdx.y * OUT, part = blockIdx.z;
  if (in >= C_in) return;

  T sum[9][OUT];
  #pragma unroll
  for (int tap = 0; tap < 9; ++tap)
    #pragma unroll
    for (int o = 0; o < OUT; ++o) sum[tap][o] = 0;

  const int end = min((part + 1) * length, N * H * B);
  for (int q = part * length + threadIdx.x; q < end; q += 32) {
    const int b = q % B, row = q / B, h = row % H;
    int from[3];                                            // where the image rows above, here and below begin
    T v[3][3];                                              // the window around column w
    #pragma unroll
    for (int r = 0; r < 3; ++r) {
      const bool exists = h + r >= 1 && h + r <= H;
      from[r] = exists ? ((row + r - 1) * C_in + in) * W * B + b : -1;
      v[r][0] = 0;
      v[r][1] = exists ? x[from[r]] : T(0);
    }
    for (int w = 0; w < W; ++w) {
      #pragma unroll
      for (int r = 0; r < 3; ++r) v[r][2] = from[r] >= 0 && w + 1 < W ? x[from[r] + (w + 1) * B] : T(0);
      #pragma unroll
      for (int o = 0; o < OUT; ++o) {
        const T d = first + o < C_out ? dy[((row * C_out + first + o) * W + w) * B + b] : T(0);
        #pragma unroll
        for (int tap = 0; tap < 9; ++tap) sum[tap][o] += v[tap / 3][tap % 3] * d;
      }
      #pragma unroll
      for (int r = 0; r < 3; ++r) {
        v[r][0] = v[r][1];
        v[r][1] = v[r][2];
      }
    }
  }
  #pragma unroll
  for (int tap = 0; tap < 9; ++tap)
    #pragma unroll
    for (int o = 0; o < OUT; ++o) {
      T total = sum[tap][o];
      #pragma unroll
      for (int d = 16; d; d /= 2) total += __shfl_down_sync(0xffffffffu, total, d);
      if (threadIdx.x == 0 && first + o < C_out)
        parts[((part * 9 + tap) * C_in + in) * C_out + first + o] = total;
    }
}
""", twin=conv3x3_weights, geometry=lambda N, H, B, C_in, C_out, S: conv3x3_weights_geometry(
    C_in, C_out, S, channels_each(C_out, 8, 32 * C_in * S)))


def channels_each(C_out, most, threads):
    """Output channels OUT of a thread, a power of two: about C_out, at most `most`, fewer where threads are few."""
    out = 1
    while out < min(most, C_out):
        out *= 2
    while out > 4 and threads * -(-C_out // out) < ENOUGH:
        out //= 2
    return out


def conv3x3_geometry(N, H, W, B, C_out, out):
    """Threads for all pieces of 3 columns, blocks of them for every `out` output channels."""
    pieces = N * H * -(-W // 3) * B
    return Geometry((-(-pieces // THREADS), -(-C_out // out)), (THREADS,),
                    constants={"THREADS": THREADS, "CHUNK": CHUNK, "OUT": out})


def conv3x3_weights_geometry(C_in, C_out, S, out):
    """A warp for every input channel, `out` output channels and part."""
    return Geometry((-(-C_in // WARPS), -(-C_out // out), S), (32, WARPS), constants={"WARPS": WARPS, "OUT": out})


def part_count(columns, C_in, C_out):
    """In how many parts to sum a weight gradient over `columns` = N H B: to keep the device busy, >= 2 rounds each."""
    warps = C_in * -(-C_out // 8)
    return max(1, min(columns // 64, 4 * ENOUGH // 32 // warps))


def part_length(columns, S):
    """Columns of one of S parts: a multiple of 32, so that no warp reads across a boundary."""
    return max(32, -(-columns // (32 * S)) * 32)
