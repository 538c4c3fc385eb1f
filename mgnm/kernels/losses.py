"""The losses, entry by entry, with their gradients in the same pass; what is summed is `loss`, by `sums`.

A mask entry of 0 takes its entry out of both; `scale` is what every gradient is multiplied by (1 / number of entries
for a mean). mask and scale may be arrays or numbers.
"""

import numpy as np

from mgnm.kernels.activations import SIGMOID_TEXT, sigmoid
from mgnm.kernels.kernel import Elementwise


def sigmoid_cross_entropy(logits, targets, mask, scale):
    """loss = mask (log(1 + exp(z)) - t z), dlogits = scale mask (sig(z) - t); arrays of one shape."""
    loss = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-abs(logits)))
    return mask * loss, scale * mask * (sigmoid(logits) - targets)


def softmax_cross_entropy(logits, targets, mask, scale):
    """loss (N,) = -mask log p(target), dlogits (N, K) = scale mask (p - onehot(target)), p = softmax(logits)."""
    N, K = logits.shape
    shifted = logits - logits.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))     # (N, K)
    onehot = targets[:, None] == np.arange(K)                           # (N, K)
    mask, scale = np.broadcast_to(mask, N), np.broadcast_to(scale, N)
    return -mask * log_p[np.arange(N), targets], (scale * mask)[:, None] * (np.exp(log_p) - onehot)


SIGMOID_CROSS_ENTROPY = Elementwise(
    "sigmoid_cross_entropy", "T logits, T targets, T mask, T scale", "T loss, T dlogits", """
    // the exponential of -|z| only: exact and finite for logits of any size
    loss = mask * (max(logits, T(0)) - logits * targets + log1p(exp(-fabs(logits))));
    dlogits = scale * mask * (sigmoid(logits) - targets);""", twin=sigmoid_cross_entropy, preamble=SIGMOID_TEXT)

# One thread takes one row: K is small (the digits, the symbols of a task), and three passes over it stay in the cache.
SOFTMAX_CROSS_ENTROPY = Elementwise(
    "softmax_cross_entropy", "raw T logits, int64 targets, T mask, T scale", "T loss, raw T dlogits", """
    const ptrdiff_t row = i * classes;
    T most = logits[row], total = 0, chosen = 0;
    for (ptrdiff_t k = 1; k < classes; ++k) most = max(most, logits[row + k]);
    for (ptrdiff_t k = 0; k < classes; ++k) total += exp(logits[row + k] - most);
    for (ptrdiff_t k = 0; k < classes; ++k) {
      const T shifted = logits[row + k] - most;
      const bool target = k == targets;
      if (target) chosen = shifted;
      dlogits[row + k] = scale * mask * (exp(shifted) / total - (target ? T(1) : T(0)));
    }
    loss = mask * (log(total) - chosen);""",
    twin=softmax_cross_entropy, loop_prep="const ptrdiff_t classes = logits.shape()[1]")
