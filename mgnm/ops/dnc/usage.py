"""How much of every slot is in use: written to, and not set free since (REFERENCE 6, equation 1).

    psi_n = prod_r (1 - f_r wr'_r[n])           u = (u' + ww' - u' ww') psi

A slot is in use if it was, or if it has been written to; each head may free the slots that it has just read. 0 is free
and 1 in use, and nothing leaves [0, 1].
"""

from ...device import array_module, empty


def slot_usage(usage_previous, write_previous, read_previous, free_gates, stop_gradient=False):
    """u (B, N), cache. Usage and write weights of the step before (B, N), its read weights (B, R, N), free gates (B, R).

    stop_gradient: True takes the write weights for constants, as DeepMind's code does; the paper does not.
    """
    kept = read_previous * free_gates[:, :, None]                                               # (B, R, N)
    array_module(kept).subtract(1, kept, out=kept)
    retention = 1
    for r in range(kept.shape[1]):
        retention = retention * kept[:, r]                                                      # (B, N)
    used = usage_previous + write_previous - usage_previous * write_previous                    # (B, N)
    cache = usage_previous, write_previous, read_previous, free_gates, stop_gradient, kept, retention, used
    return used * retention, cache


def slot_usage_backward(du, cache):
    """dusage_previous, dwrite_previous (None where they are constants), dread_previous, dfree_gates.

    With K_r = 1 - f_r wr'_r, dK_r = (dpsi) times the product of all other K: of those before r and of those after it,
    each collected in one walk over the heads. No division, for K may be 0.
    """
    usage_previous, write_previous, read_previous, free_gates, stop_gradient, kept, retention, used = cache
    dused, dkept = du * retention, empty(kept.shape, kept)
    before, after = du * used, 1
    for r in range(kept.shape[1]):
        dkept[:, r] = before
        before = before * kept[:, r]
    for r in reversed(range(kept.shape[1])):
        dkept[:, r] *= after
        after = after * kept[:, r]
    dread = dkept * -free_gates[:, :, None]
    dfree = -(dkept * read_previous).sum(2)
    dwrite = None if stop_gradient else dused - dused * usage_previous
    return dused - dused * write_previous, dwrite, dread, dfree
