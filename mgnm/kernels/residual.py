"""The residual connection to a source with fewer channels, which count as zero in the missing ones (REFERENCE 3).

    y[n, c] = x[n, c] + source[n, c]   for c < C_s,   x[n, c]   for the rest

x, y (N, C, R), source (N, C_s, R), where R = W B. On the way back both gradients are dy itself or a view of it.
"""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def residual_add(x, source, out=None):
    """y (N, C, R)."""
    y = out[0] if out else np.empty_like(x)
    C = source.shape[1]
    np.add(x[:, :C], source, out=y[:, :C])
    y[:, C:] = x[:, C:]
    return y


RESIDUAL_ADD = Elementwise("residual_add", "T x, raw T source", "T y", """
    const ptrdiff_t frame = _ind.get()[0], c = _ind.get()[1], r = _ind.get()[2];
    y = c < source.shape()[1] ? x + source[{frame, c, r}] : x;""", twin=residual_add, reduce_dims=False)
