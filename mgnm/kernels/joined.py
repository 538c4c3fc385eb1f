"""A joined grid that the CPU never makes as a whole, and a GPU once.

The joined grid is about as large as everything else together, and cheap to make. On the CPU a convolution asks for it
row by row (`write_rows`), in blocks that stay in the cache; a GPU reads it nine times from a copy in memory (`whole`).
"""

from functools import cached_property

from mgnm.device import empty
from mgnm.kernels.join import JOIN, JOIN_BACKWARD, maxima
from mgnm.kernels.launcher import launch


class Joined:
    """The join of coarse (T, H/2, C1, W/2, B), same (T, H, C2, W, B) and fine (T, 2H, C3, 2W, B), any of them None, but not
    all three. `shape` is (T, H, C1 + C2 + C3, W, B), `like` an array of its kind.
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

    @cached_property
    def whole(self):
        """The joined grid as an array; where there is one neighbour of the same size alone, that itself."""
        if self.coarse is None and self.fine is None:
            return self.same
        y = empty(self.shape, self.like)
        launch(JOIN, *self._rows(self.coarse, self.same, self.fine), merged(y))
        return y

    def add_gradients(self, dy, dcoarse, dsame, dfine):
        """Add to the gradients of the neighbours, contiguous arrays or None, what dy (T, H, C, W, B) owes them."""
        up = self.channels[0].stop if self.channels[0] else 0
        _, _, fine = self._rows(None, None, self.fine)
        launch(JOIN_BACKWARD, merged(dy), fine, up, *self._rows(dcoarse, dsame, dfine))

    def _rows(self, coarse, same, fine):
        """The three as (rows, C, W, B), an absent one with no channels."""
        T, H, _, W, B = self.shape
        sides = (H // 2, W // 2), (H, W), (2 * H, 2 * W)
        return [merged(empty((T, h, 0, w, B), self.like) if x is None else x)
                for x, (h, w) in zip((coarse, same, fine), sides)]

    def write_rows(self, out, frames, first, last):
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
            out[:, :, down] = maxima(self.fine[frames, 2 * first:2 * last])


def merged(x):
    """A view of x (T, H, C, W, B) with time and height as one axis: (T H, C, W, B). x must be contiguous."""
    if not x.flags.c_contiguous:
        raise ValueError(f"a join works on contiguous grids, not on a view of shape {x.shape}")
    T, H, *rest = x.shape
    return x.reshape(T * H, *rest)


def whole(x):
    """x as an array: itself, or a Joined grid made."""
    return x.whole if isinstance(x, Joined) else x


def write_rows(out, x, frames, first, last):
    """Rows of x, an array or a Joined, into out: what a convolution on the CPU reads its input by."""
    if isinstance(x, Joined):
        x.write_rows(out, frames, first, last)
    else:
        out[...] = x[frames, first:last]
