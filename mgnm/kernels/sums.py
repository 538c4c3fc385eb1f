"""Sums over everything but the channels, in two launches and in a fixed order: the same bits every time.

    CHANNEL_DOTS    parts[s, c] = the part s of   sum over n, r of  a[n, first + c, r] b[n, c, r]
    ADD_PARTS       y[k] = parts[0, k] + parts[1, k] + ...

With b = a it sums squares: (1, 1, n) is the square of the global norm. dbias has b = 1 (`CHANNEL_SUMS`); the peepholes'
gradient is dz times the cell, where `first` chooses the gate. Atomic additions would need one launch, and round
differently on every run.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise, Geometry, Raw

THREADS = 128               # of a block: a power of two, because they are added up by halves


def part_count(terms):
    """In how many parts to add up `terms` numbers: enough for the whole device, but no part below 8 to a thread."""
    return max(1, min(64, terms // (8 * THREADS)))


def channel_sums(a, N, A, first, C, R, S):
    """As channel_dots, with b = 1."""
    return channel_dots(a, np.ones((N, C, R), a.dtype), N, A, first, C, R, S)


def channel_dots(a, b, N, A, first, C, R, S):
    """parts (S, C); part s takes every S-th run of THREADS terms."""
    terms = (a.reshape(N, A, R)[:, first:first + C] * b.reshape(N, C, R)).swapaxes(0, 1).reshape(C, -1)    # (C, N R)
    owner = np.arange(N * R) // THREADS % S
    return np.stack([terms[:, owner == s].sum(1) for s in range(S)])


def add_parts(parts):
    """(S, n) -> (n,)."""
    return parts.sum(0)


TEXT = r"""
// block (c, s) adds up part s of channel c; each thread every S * THREADS-th term, then the threads by halves
extern "C" __global__ void __launch_bounds__(THREADS)
NAME(const T* __restrict__ a, OTHER int N, int A, int first, int C, int R, int S, T* __restrict__ parts) {
  __shared__ T sums[THREADS];
  const int t = threadIdx.x, c = blockIdx.x, stride = S * THREADS;
  T sum = 0;
  for (int k = blockIdx.y * THREADS + t; k < N * R; k += stride) {
    const int n = k / R, r = k % R;
    sum += TERM;
  }
  sums[t] = sum;
  for (int half = THREADS / 2; half; half /= 2) {
    __syncthreads();
    if (t < half) sums[t] += sums[t + half];
  }
  if (t == 0) parts[blockIdx.y * C + c] = sums[0];
}
"""


def text(name, other, term):
    """The text of a sum over channels, whose terms are `term`; `other` declares a second factor."""
    return TEXT.replace("NAME", name).replace("OTHER", other).replace("TERM", term)


def one_block_each(C, S):
    """A block for every part of every channel."""
    return Geometry((C, S), (THREADS,), constants={"THREADS": THREADS})


CHANNEL_SUMS = Raw("channel_sums", text("channel_sums", "", "a[(n * A + first + c) * R + r]"), twin=channel_sums,
                   geometry=one_block_each)

CHANNEL_DOTS = Raw("channel_dots", text("channel_dots", "const T* __restrict__ b,",
                                        "a[(n * A + first + c) * R + r] * b[(n * C + c) * R + r]"),
                   twin=channel_dots, geometry=one_block_each)

ADD_PARTS = Elementwise("add_parts", "raw T parts", "T y", """
    T sum = 0;
    for (ptrdiff_t s = 0; s < parts.shape()[0]; ++s) sum += parts[s * _ind.size() + i];
    y = sum;""", twin=add_parts)
