"""A weighting for the slot that is most free (REFERENCE 6, equation 2).

    sorted ascending, u_(1) <= u_(2) <= ...         P_j = prod_{k<j} u_(k)          a_(j) = (1 - u_(j)) P_j

A free slot takes all that is left, one that is half in use takes half and leaves the rest to the next. Two slots change
places where their usages meet, and `a` jumps there; everywhere else the order is a constant, and it is taken for one.
"""

from ...device import array_module


def allocation_weighting(usage):
    """a (B, N) from the usage (B, N) of all slots, cache. Among equals the first slot comes first."""
    xp = array_module(usage)
    order = xp.argsort(usage, axis=1, kind="stable")                                            # (B, N), slot of place j
    place = xp.argsort(order, axis=1, kind="stable")                                            # (B, N), place of slot n
    u = xp.take_along_axis(usage, order, axis=1)
    P = xp.concatenate([xp.ones_like(u[:, :1]), xp.cumprod(u[:, :-1], axis=1)], axis=1)
    return xp.take_along_axis((1 - u) * P, place, axis=1), (u, P, order, place)


def allocation_weighting_backward(da, cache):
    """dusage. u_(j) takes from a_(j), and what it leaves goes to all places behind it. Sorted, with A = da:

        g_j = A_j (1 - u_j) + g_{j+1} u_j,  g_{N+1} = 0         what is worth a whole unit that arrives at place j
        du_j = P_j (g_{j+1} - A_j)

    The usual way, prod_{k != j} = P / u_j, would divide by a usage of 0.
    """
    u, P, order, place = cache
    xp = array_module(u)
    A = xp.take_along_axis(da, order, axis=1)
    g = _recurrence(A - A * u, u)
    after = xp.concatenate([g[:, 1:], xp.zeros_like(g[:, :1])], axis=1)                         # g_{j+1}
    return xp.take_along_axis(P * (after - A), place, axis=1)


def _recurrence(b, m):
    """g_j = b_j + m_j g_{j+1}, for b and m (B, N), in log2(N) steps in place of N.

    At every step g_j holds the terms of the next 1, 2, 4, ... places, and m_j the factor before what comes behind them.
    """
    g, m, reach = b.copy(), m.copy(), 1
    while reach < g.shape[1]:
        g[:, :-reach] += m[:, :-reach] * g[:, reach:]
        m[:, :-reach] *= m[:, reach:]
        reach *= 2
    return g
