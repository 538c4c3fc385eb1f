"""The multigrid join in one kernel - upsample, copy, max-pool, concatenate - and its backward (REFERENCE 2).

    H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})

Grids are given as (rows, C, W, B), where rows = T H: time and height are one axis, because row r of the middle grid has
row r / 2 of the coarse and rows 2r, 2r + 1 of the fine one, whatever the frame. A level that has no such neighbour
gives it as an array of 0 channels.

On the way back one launch fills all three gradients. One thread makes one entry of dcoarse or dsame, or the four of
dfine that share a window; each of them collects what it is owed, so nothing is added by two threads and there are no
atomics: the same bits every time. Up to 2^31 - 1 entries of dy and dfine.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def join(coarse, same, fine):
    """(rows, C1 + C2 + C3, W, B) from (rows/2, C1, W/2, B), (rows, C2, W, B), (2 rows, C3, 2W, B)."""
    up = coarse.repeat(2, axis=0).repeat(2, axis=2) if coarse.shape[1] else coarse
    down = windows(fine).max(0) if fine.shape[1] else fine
    return np.concatenate([grid for grid in (up, same, down) if grid.shape[1]], axis=1)


def join_backward(dy, fine, up):
    """dcoarse, dsame, dfine; the first `up` channels of dy are the coarse ones. The first maximum of a window wins."""
    rows, channels, W, B = dy.shape
    same = channels - fine.shape[1]                                     # where the channels of the middle grid end
    dcoarse = windows(dy[:, :up]).sum(0) if up else np.empty((rows // 2, 0, W // 2, B), dy.dtype)
    dfine = np.zeros(fine.shape, dy.dtype)
    if fine.shape[1]:
        winner = windows(fine).argmax(0)                                # argmax takes the first
        for k, view in enumerate(windows_of(dfine)):
            view[...] = np.where(winner == k, dy[:, same:], 0)
    return dcoarse, dy[:, up:same], dfine


def windows_of(x):
    """The four entries of every 2x2 window, in reading order, as views (rows/2, C, W/2, B) of x (rows, C, W, B)."""
    return [x[row::2, :, column::2] for row in (0, 1) for column in (0, 1)]


def windows(x):
    """`windows_of` as one array (4, rows/2, C, W/2, B)."""
    return np.stack(windows_of(x))


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
      dcoarse[k] = (dy[{2 * r, c, 2 * w, b}] + dy[{2 * r, c, 2 * w + 1, b}])
                 + (dy[{2 * r + 1, c, 2 * w, b}] + dy[{2 * r + 1, c, 2 * w + 1, b}]);
    } else if (equal) {
      dsame[k] = dy[{r, first + c, w, b}];
    } else {
      int winner = 0;
      for (int q = 1; q < 4; ++q)
        if (fine[{2 * r + q / 2, c, 2 * w + q % 2, b}] > fine[{2 * r + winner / 2, c, 2 * w + winner % 2, b}])
          winner = q;
      for (int q = 0; q < 4; ++q)
        dfine[{2 * r + q / 2, c, 2 * w + q % 2, b}] = q == winner ? dy[{r, first + c, w, b}] : T(0);
    }""",
    twin=join_backward, size=entries, loop_prep="const int batch = dy.shape()[3]")
