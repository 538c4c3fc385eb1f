"""What is seen around a cell: square patches of a maze. Outside the maze everything counts as wall."""

import numpy as np


def surround(mazes, k):
    """The mazes with a margin of walls, wide enough for a k x k patch around every cell.

    (B, size, size) -> (B, size + k - 1, size + k - 1)
    """
    margin = k // 2
    return np.pad(mazes, ((0, 0), (margin, margin), (margin, margin)), constant_values=True)


def windows(surrounded, k, writeable=False):
    """Every k x k window: (B, size + k - 1, size + k - 1) -> (B, size, size, k, k), a view."""
    return np.lib.stride_tricks.sliding_window_view(surrounded, (k, k), axis=(1, 2), writeable=writeable)


def patches(mazes, k):
    """The k x k patch around every cell, k odd: (B, size, size) -> (B, size, size, k, k), a read-only view."""
    return windows(surround(mazes, k), k)


def patch_ids(mazes, k):
    """A number for the k x k patch around every cell: equal numbers if and only if the patches are equal.

    mazes: bool (B, size, size), k odd and at most 9. Returns int32 (B, size, size).
    The 81 cells of a 9 x 9 patch do not fit into one integer. So the upper rows are read as binary digits and
    numbered anew (0, 1, 2, ... for the different ones that occur), and then the lower rows are appended: no two patches
    ever collide. The numbers mean something within one call only.
    """
    walled = surround(mazes, k).astype(np.int64)                                # (B, size + k - 1, size + k - 1)
    size = mazes.shape[-1]
    ids = np.zeros(mazes.shape, dtype=np.int64)                                                 # (B, size, size)
    for half in (range(k // 2), range(k // 2, k)):
        for row in half:
            for column in range(k):
                ids = 2 * ids + walled[:, row:row + size, column:column + size]                 # (B, size, size)
        ids = np.unique(ids, return_inverse=True)[1].reshape(mazes.shape)                       # (B, size, size)
    return ids.astype(np.int32)
