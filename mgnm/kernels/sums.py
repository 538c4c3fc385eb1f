"""Sums over everything but the channels, on a GPU in two launches and a fixed order: the same bits every time.

    CHANNEL_DOTS    parts[s, c] = the part s of   sum over n, r of  a[n, first + c, r] b[n, c, r]
    ADD_PARTS       y[k] = parts[0, k] + parts[1, k] + ...

Atomic additions would need one launch, and round differently on every run. What is added up so:

    CHANNEL_SUM     launch(CHANNEL_SUM, x)            dbias: x (..., C, W, B) -> (C,)
    CHANNEL_DOT     launch(CHANNEL_DOT, a, b, gate)   the peepholes': a (..., 4C, W, B), b (..., C, W, B) -> (C,)
    SQUARES         launch(SQUARES, grads)            the square of the global norm: (n,) -> (1,)
"""

from math import prod

import numpy as np

from mgnm.device import empty
from mgnm.kernels.kernel import Elementwise, Geometry, Raw
from mgnm.kernels.launcher import Program, launch

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


def added(kernel, factors, N, A, first, C, R):
    """(C,): the sums of CHANNEL_SUMS or CHANNEL_DOTS over contiguous arrays, in as many parts as keep the device busy."""
    S = part_count(N * R)
    parts, y = empty((S, C), factors[0]), empty((C,), factors[0])
    launch(kernel, *factors, N, A, first, C, R, S, parts)
    launch(ADD_PARTS, parts, y)
    return y


def channel_sum_steps(x):
    """By CHANNEL_SUMS."""
    *leading, C, W, B = x.shape
    return added(CHANNEL_SUMS, [x], prod(leading), C, 0, C, W * B)


def channel_sum(x):
    """The sum over all axes but the channels'."""
    return x.sum((-2, -1)).reshape(-1, x.shape[-3]).sum(0)


def channel_dot_steps(a, b, gate):
    """By CHANNEL_DOTS."""
    *leading, C, W, B = b.shape
    return added(CHANNEL_DOTS, [a, b], prod(leading), a.shape[-3], gate * C, C, W * B)


def channel_dot(a, b, gate):
    """The sum of products of b with the channels of `a` that belong to a gate, counted from 0."""
    C = b.shape[-3]
    return channel_sum(a[..., gate * C:(gate + 1) * C, :, :] * b)


def squares_steps(x):
    """By CHANNEL_DOTS, of x with itself."""
    return added(CHANNEL_DOTS, [x, x], 1, 1, 0, 1, x.size)


def squares(x):
    """The sum of all squares."""
    return (x * x).sum(keepdims=True)


CHANNEL_SUM = Program("channel_sum", channel_sum_steps, channel_sum)
CHANNEL_DOT = Program("channel_dot", channel_dot_steps, channel_dot)
SQUARES = Program("squares", squares_steps, squares)
