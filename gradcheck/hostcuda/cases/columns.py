"""Nine neighbours of every place and back, on grids of any side, one cell wide included."""

import numpy as np

from gradcheck.hostcuda.cases.draw import normal
from gradcheck.hostcuda.registry import case
from mgnm.kernels.columns import COL2IM, IM2COL


def grid(rng):
    """The shape of x (N, H, C, W, B), and of its columns."""
    N, H, C, W, B = rng.integers((1, 1, 1, 1, 0), (3, 5, 4, 5, 4))
    return (N, H, C, W, B), (N, H, 9 * C, W, B)


@case(IM2COL)
def im2col(rng, dtype):
    image, columns = grid(rng)
    return {"x": normal(rng, dtype, *image), "columns": np.empty(columns, dtype)}


@case(COL2IM)
def col2im(rng, dtype):
    image, columns = grid(rng)
    return {"columns": normal(rng, dtype, *columns), "x": np.empty(image, dtype)}
