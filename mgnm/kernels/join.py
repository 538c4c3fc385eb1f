"""The multigrid join in one kernel - upsample, copy, max-pool, concatenate - and its backward (REFERENCE 2).

    H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})

Grids are given as (rows, C, W, B), where rows = T H: time and height are one axis, because row r of the middle grid has
row r / 2 of the coarse and rows 2r, 2r + 1 of the fine one, whatever the frame. A level that has no such neighbour
gives it as an array of 0 channels.

On the way back one launch ADDS to all three gradients, because a grid has up to three readers. One thread takes one
entry of dcoarse or dsame, or the four of dfine that share a window; each of them collects what it is owed, so no two
threads add to one entry and there are no atomics: the same bits every time.
"""

import numpy as np

from mgnm.device import empty
from mgnm.kernels.kernel import Elementwise


def join(coarse, same, fine, out=None):
    """(rows, C1 + C2 + C3, W, B) from (rows/2, C1, W/2, B), (rows, C2, W, B), (2 rows, C3, 2W, B)."""
    rows, W, B = same.shape[0], same.shape[2], same.shape[3]
    up, down = coarse.shape[1], fine.shape[1]
    y = out[0] if out else np.empty((rows, up + same.shape[1] + down, W, B), same.dtype)
    y[:, up:y.shape[1] - down] = same
    if up:
        y[:, :up] = coarse.repeat(2, axis=0).repeat(2, axis=2)
    if down:
        y[:, y.shape[1] - down:] = maxima(fine)
    return y


def join_backward(dy, fine, up, dcoarse, dsame, dfine):
    """dcoarse, dsame, dfine with their shares added; the first `up` channels of dy are the coarse ones."""
    same = dy.shape[1] - fine.shape[1]                      # where the channels of the middle grid end
    if up:
        rows = dy[0::2, :up] + dy[1::2, :up]                # each coarse cell was copied to four fine ones
        dcoarse += rows[:, :, 0::2] + rows[:, :, 1::2]
    dsame += dy[:, up:same]
    if fine.shape[1]:
        add_to_winners(dfine, dy[:, same:], fine)
    return dcoarse, dsame, dfine


def maxima(x):
    """The maximum of every 2x2 window: (..., 2 rows, C, 2W, B) -> (..., rows, C, W, B)."""
    left, right = x[..., 0::2, :], x[..., 1::2, :]
    pairs = np.maximum(left, right, out=empty(left.shape, x))           # (..., 2 rows, C, W, B)
    return np.maximum(pairs[..., 0::2, :, :, :], pairs[..., 1::2, :, :, :])


def add_to_winners(dx, dy, x):
    """Add dy (rows, C, W, B) to the cell of each window of x that is its maximum; of several, the first in reading order."""
    left, right = x[..., 0::2, :], x[..., 1::2, :]
    pairs, dpairs = empty(left.shape, x), empty(left.shape, x)          # (2 rows, C, W, B)
    np.maximum(left, right, out=pairs)
    np.multiply(dy, pairs[0::2] >= pairs[1::2], out=dpairs[0::2])       # the upper row, unless the lower is larger
    np.subtract(dy, dpairs[0::2], out=dpairs[1::2])
    dleft = np.multiply(dpairs, left >= right, out=pairs)               # in it the left cell, likewise
    dx[..., 0::2, :] += dleft
    dpairs -= dleft
    dx[..., 1::2, :] += dpairs


JOIN = Elementwise(
    "join", "raw T coarse, raw T same, raw T fine", "T y", """
    const ptrdiff_t r = _ind.get()[0], c = _ind.get()[1], w = _ind.get()[2], b = _ind.get()[3];
    if (c < up) {
      y = coarse[{r / 2, c, w / 2, b}];
    } else if (c < up + middle) {
      y = same[{r, c - up, w, b}];
    } else {
      const ptrdiff_t f = c - up - middle;
      y = larger(larger(fine[{2 * r, f, 2 * w, b}], fine[{2 * r, f, 2 * w + 1, b}]),
                 larger(fine[{2 * r + 1, f, 2 * w, b}], fine[{2 * r + 1, f, 2 * w + 1, b}]));
    }""",
    twin=join, reduce_dims=False, loop_prep="const ptrdiff_t up = coarse.shape()[1], middle = same.shape()[1]",
    # CUDA's max() takes the number beside a NaN, which would hide a diverged network; this one takes the NaN
    preamble="__device__ T larger(T a, T b) { return b > a || b != b ? b : a; }")


def entries(dcoarse, dsame, dfine):
    """Threads of the backward kernel: one for each entry, but one for four of dfine."""
    return dcoarse.size + dsame.size + dfine.size // 4


JOIN_BACKWARD = Elementwise(
    "join_backward", "raw T dy, raw T fine, int32 up", "raw T dcoarse, raw T dsame, raw T dfine", """
    int k = i, first = 0, channels = up, width = dcoarse.shape()[2];        // 32 bits: there are many divisions
    const bool coarser = k < dcoarse.size(), equal = !coarser && k < dcoarse.size() + dsame.size();
    if (equal) {
      k -= dcoarse.size();
      first = up;
      channels = dsame.shape()[1];
      width = dsame.shape()[2];
    } else if (!coarser) {
      k -= dcoarse.size() + dsame.size();
      first = up + dsame.shape()[1];
      channels = dfine.shape()[1];
      width = dfine.shape()[2] / 2;
    }
    const int b = k % batch, w = k / batch % width, c = k / batch / width % channels;
    const int r = k / batch / width / channels;
    if (coarser) {
      dcoarse[k] += (dy[{2 * r, c, 2 * w, b}] + dy[{2 * r, c, 2 * w + 1, b}])
                  + (dy[{2 * r + 1, c, 2 * w, b}] + dy[{2 * r + 1, c, 2 * w + 1, b}]);
    } else if (equal) {
      dsame[k] += dy[{r, first + c, w, b}];
    } else {
      int winner = 0;
      for (int q = 1; q < 4; ++q)
        if (fine[{2 * r + q / 2, c, 2 * w + q % 2, b}] > fine[{2 * r + winner / 2, c, 2 * w + winner % 2, b}])
          winner = q;
      dfine[{2 * r + winner / 2, c, 2 * w + winner % 2, b}] += dy[{r, first + c, w, b}];
    }""",
    twin=join_backward, size=entries, loop_prep="const int batch = dy.shape()[3]")
