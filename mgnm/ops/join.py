"""The multigrid join: what one level of a layer sees of the pyramid below it (REFERENCE 2).

    H_j = up(x_{j-1}) (+) x_j (+) down(x_{j+1})             (+) puts channels side by side; absent levels are left out
"""

from ..device import empty
from .resampling import maxpool, maxpool_backward, upsample_backward


def join(coarse, same, fine):
    """Neighbouring grids on the scale of the middle one, channels in the order up, same, down.

    coarse (T, H/2, C1, W/2, B), same (T, H, C2, W, B), fine (T, 2H, C3, 2W, B), any of them None, but not all three
    -> (T, H, C1 + C2 + C3, W, B)
    """
    joined = Join(coarse, same, fine)
    y = empty(joined.shape, joined.like)
    joined.write(y, slice(None), 0, y.shape[1])
    return y, joined


def join_backward(dy, cache):
    """Gradients of coarse, same and fine: each takes back its channels through its own resampling; None stays None."""
    dcoarse, dsame, dfine = (None if part is None else dy[:, :, part] for part in cache.channels)
    if dcoarse is not None:
        dcoarse = upsample_backward(dcoarse, None)
    if dfine is not None:
        dfine = maxpool_backward(dfine, cache.fine)
    return dcoarse, dsame, dfine


class Join:
    """A joined grid that is never made as a whole: it writes the rows it is asked for, straight to where they are needed.

    It has the shape of the array that `join` returns; `like` is an array of its kind.
    """

    def __init__(self, coarse, same, fine):
        self.coarse, self.same, self.fine = coarse, same, fine
        grids = (coarse, same, fine)
        self.like = next((x for x in grids if x is not None), None)
        if self.like is None:
            raise ValueError("a level needs at least one neighbour")
        T, H, _, W, B = self.like.shape if same is None else same.shape
        if same is None:
            H, W = (2 * H, 2 * W) if coarse is not None else (H // 2, W // 2)
        ends, self.channels = 0, []                         # where the channels of each neighbour go
        for x in grids:
            self.channels.append(None if x is None else slice(ends, ends + x.shape[2]))
            ends += 0 if x is None else x.shape[2]
        self.shape, self.itemsize = (T, H, ends, W, B), self.like.itemsize

    def write(self, out, frames, first, last):
        """Fill out (n, last - first, C, W, B) with rows first <= h < last of these frames (a slice)."""
        up, same, down = self.channels
        if up:
            columns = self.coarse[frames, first // 2:(last + 1) // 2].repeat(2, axis=3)     # every column twice
            for row in (first, first + 1):                  # and every row: once for even h, once for odd h
                some = out[:, row - first::2, up]
                some[...] = columns[:, row // 2 - first // 2:][:, :some.shape[1]]
        if same:
            out[:, :, same] = self.same[frames, first:last]
        if down:
            out[:, :, down] = maxpool(self.fine[frames, 2 * first:2 * last])[0]


def write_rows(out, x, frames, first, last):
    """Rows of x, an array or a Join, into out: what a convolution reads its input by."""
    if isinstance(x, Join):
        x.write(out, frames, first, last)
    else:
        out[...] = x[frames, first:last]
