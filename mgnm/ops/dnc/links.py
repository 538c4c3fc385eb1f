"""The order in which slots were written, and the way along it (REFERENCE 6, equations 5 and 6).

    L_ij = (1 - ww_i - ww_j) L'_ij + ww_i p'_j,  L_ii = 0           p = (1 - sum ww) p' + ww
    forward = L wr'         backward = L^T wr'

L_ij says how much slot i was written right after slot j, and the precedence p how much a slot was the last one written.
L is the largest array of a DNC, N x N for every sequence, and what is done to it costs most of a step: so it goes through
the cache in pieces of whole sequences, and changes in place there.
"""

from ...device import array_module, empty
from ...device.pieces import limit, piece_length, pieces


def write_precedence(precedence_previous, write_weights):
    """p (B, N), cache, from the precedence before and the write weights (B, N)."""
    left = 1 - write_weights.sum(1, keepdims=True)                                              # (B, 1)
    return left * precedence_previous + write_weights, (precedence_previous, left)


def write_precedence_backward(dp, cache):
    """dprecedence_previous, dwrite_weights. Whatever slot is written to, all that was before loses its place."""
    precedence_previous, left = cache
    return dp * left, dp - (dp * precedence_previous).sum(1, keepdims=True)


def temporal_links(links_previous, precedence_previous, write_weights):
    """L (B, N, N), cache, from the links, the precedence p' (B, N) BEFORE this write, and the write weights (B, N)."""
    xp, links = array_module(links_previous), empty(links_previous.shape, links_previous)
    for part in _parts(links):
        new, ww_i, ww_j = links[part], write_weights[part][:, :, None], write_weights[part][:, None, :]
        xp.subtract(1 - ww_i, ww_j, out=new)
        new *= links_previous[part]
        new += ww_i * precedence_previous[part][:, None, :]
        _diagonal(new).fill(0)                                  # no slot was written after itself
    return links, (links_previous, precedence_previous, write_weights)


def temporal_links_backward(dlinks, cache):
    """dlinks_previous, dprecedence_previous, dwrite_weights. With D = dL, its diagonal taken as 0, and S = D o L':

        dL' = D o (1 - ww_i - ww_j)         dp' = D^T ww        dww_i = (D p')_i - sum_j (S_ij + S_ji)
    """
    links_previous, precedence_previous, write_weights = cache
    xp, dprevious = array_module(dlinks), empty(dlinks.shape, dlinks)
    dprecedence, dwrite = empty(write_weights.shape, dlinks), empty(write_weights.shape, dlinks)
    for part in _parts(dlinks):
        D, dold, ww, p = dlinks[part], dprevious[part], write_weights[part], precedence_previous[part]
        own = _diagonal(D)                                                                      # (b, N), not a link
        dprecedence[part] = (ww[:, None, :] @ D)[:, 0] - own * ww
        S = xp.multiply(D, links_previous[part], out=dold)                                      # (b, N, N)
        _diagonal(S).fill(0)
        dwrite[part] = (D @ p[:, :, None])[:, :, 0] - own * p - S.sum(2) - S.sum(1)
        xp.subtract(1 - ww[:, :, None], ww[:, None, :], out=dold)
        dold *= D
        _diagonal(dold).fill(0)
    return dprevious, dprecedence, dwrite


def directional_weightings(links, read_previous):
    """(forward, backward), each (B, R, N): from where every head read (B, R, N), one write on and one write back; cache."""
    return (read_previous @ links.swapaxes(1, 2), read_previous @ links), (links, read_previous)


def directional_weightings_backward(dy, cache):
    """dlinks = dforward wr'^T + wr' dbackward^T, one product for all heads; dread_previous."""
    (dforward, dbackward), (links, read_previous) = dy, cache
    xp = array_module(links)
    left = xp.concatenate([dforward, read_previous], axis=1)                                    # (B, 2R, N)
    right = xp.concatenate([read_previous, dbackward], axis=1)
    dread = dforward @ links
    dread += dbackward @ links.swapaxes(1, 2)
    return xp.matmul(left.swapaxes(1, 2), right, out=empty(links.shape, links)), dread


def _parts(links):
    """Slices over the batch, so that the three arrays of a piece stay in the cache."""
    B, N, _ = links.shape
    return pieces(B, piece_length(B, 3 * N * N * links.itemsize, limit(links)))


def _diagonal(links):
    """L_ii of contiguous links (B, N, N): a view (B, N)."""
    B, N, _ = links.shape
    return links.reshape(B, N * N)[:, ::N + 1]
