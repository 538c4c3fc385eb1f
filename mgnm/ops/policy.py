"""What an agent learns from: its choices, their worth, and how open it still is (REFERENCE 9).

    loss = mean( -A log pi(a) + 0.5 (V - R)^2 - beta H(pi) )                    pi = softmax(logits)

Three terms, three pairs; who trains weighs and adds them. Advantages A and returns R are constants: no gradient flows
back through them. As in `losses`, "sum" adds all entries up, "mean" divides by their number, a gradient is made with its
loss, and the loss stays on the device, as an array without axes.
"""

from ..device import empty
from ..kernels import launch
from ..kernels.entropy import ENTROPY
from ..kernels.losses import SOFTMAX_CROSS_ENTROPY
from .losses import scale_of


def policy_gradient(logits, actions, advantages, reduction="mean"):
    """-A log pi(a): logits (..., K), actions integers (...,), advantages (...,).

    The cross-entropy of the moves that were made, each weighted by how much better it turned out than expected.
    """
    rows = logits.reshape(-1, logits.shape[-1])
    scale = scale_of(max(len(rows), 1), reduction)
    each, dlogits = empty((len(rows),), logits), empty(rows.shape, logits)
    launch(SOFTMAX_CROSS_ENTROPY, rows, actions.reshape(-1).astype("int64", copy=False), advantages.reshape(-1), scale,
           each, dlogits)
    return each.sum() * scale, dlogits.reshape(logits.shape)


def policy_gradient_backward(dloss, cache):
    """dlogits = A (pi - onehot(a)), scaled as the loss was."""
    dlogits = cache
    return dloss * dlogits


def entropy(logits, reduction="mean"):
    """H(pi) = -sum_k pi_k log pi_k: logits (..., K). Log K where all choices are alike, 0 where one is certain."""
    rows = logits.reshape(-1, logits.shape[-1])
    scale = scale_of(max(len(rows), 1), reduction)
    each, dlogits = empty((len(rows),), logits), empty(rows.shape, logits)
    launch(ENTROPY, rows, scale, each, dlogits)
    return each.sum() * scale, dlogits.reshape(logits.shape)


def entropy_backward(dentropy, cache):
    """dlogits_k = -pi_k (log pi_k + H), scaled as the entropy was: likely choices are pushed down, unlikely ones up."""
    dlogits = cache
    return dentropy * dlogits


def squared_error(values, returns, reduction="mean"):
    """0.5 (V - R)^2, both (...,)."""
    scale = scale_of(max(values.size, 1), reduction)
    difference = values - returns
    return (difference * difference).sum() * (0.5 * scale), difference * scale


def squared_error_backward(dloss, cache):
    """dvalues = V - R, scaled as the loss was."""
    dvalues = cache
    return dloss * dvalues


def generalised_advantages(rewards, values, last_value, ends, discount, trace):
    """Advantages A and returns R = A + V, both (T, B) (Schulman et al., 2016). They are constants: there is no way back.

        delta_t = r_t + gamma (1 - d_t) V_{t+1} - V_t           A_t = delta_t + gamma lambda (1 - d_t) A_{t+1}

    rewards r, values V (T, B); last_value V_T (B,): what is expected after the last step; ends d (T, B), 1 where an episode
    ended with that step, else 0; discount gamma; trace lambda: 0 trusts V after one step, 1 the rewards alone.
    """
    advantages = empty(values.shape, values)                # (T, B)
    next_value, next_advantage = last_value, 0
    for t in reversed(range(len(rewards))):
        going_on = discount * (1 - ends[t])                 # (B,)
        delta = rewards[t] + going_on * next_value - values[t]
        advantages[t] = delta + trace * going_on * next_advantage
        next_value, next_advantage = values[t], advantages[t]
    return advantages, advantages + values
