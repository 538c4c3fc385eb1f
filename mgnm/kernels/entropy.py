"""The entropy of a choice of K, row by row, with its gradient in the same pass; what is summed is `entropy`, by `sums`."""

import numpy as np

from mgnm.kernels.kernel import Elementwise


def entropy(logits, scale):
    """entropy (N,) = -sum_k p_k log p_k, dlogits (N, K) = -scale p (log p + entropy), p = softmax(logits)."""
    shifted = logits - logits.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))     # (N, K)
    p = np.exp(log_p)                                                   # (N, K)
    H = -(p * log_p).sum(1)                                             # (N,)
    return H, -scale * p * (log_p + H[:, None])


# One thread takes one row: K is small (the moves of an agent), and passes over it stay in the cache.
ENTROPY = Elementwise(
    "entropy", "raw T logits, T scale", "T entropy, raw T dlogits", """
    const ptrdiff_t row = i * choices;
    T most = logits[row], total = 0, sum = 0;
    for (ptrdiff_t k = 1; k < choices; ++k) most = max(most, logits[row + k]);
    for (ptrdiff_t k = 0; k < choices; ++k) total += exp(logits[row + k] - most);
    const T log_total = log(total);
    for (ptrdiff_t k = 0; k < choices; ++k) {
      const T log_p = logits[row + k] - most - log_total;
      sum += exp(log_p) * log_p;
    }
    entropy = -sum;
    for (ptrdiff_t k = 0; k < choices; ++k) {
      const T log_p = logits[row + k] - most - log_total;
      dlogits[row + k] = -scale * exp(log_p) * (log_p - sum);
    }""",
    twin=entropy, loop_prep="const ptrdiff_t choices = logits.shape()[1]")
