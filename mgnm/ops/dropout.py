"""Dropout (Srivastava et al., 2014): numbers are left out at random, so that none is relied on alone."""


def dropout(x, mask):
    """y = x mask, of one shape; mask: 0 where a number is left out, else 1 / (share of those kept), so the mean stays."""
    return x * mask, mask


def dropout_backward(dy, cache):
    """What was left out gets no gradient."""
    mask = cache
    return dy * mask
