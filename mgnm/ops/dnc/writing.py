"""Where to write, and the write itself: erase, then add (REFERENCE 6, equations 3 and 4)."""

from ...device import array_module, empty


def write_weighting(allocation, content, allocation_gate, write_gate):
    """ww = g_w (g_a a + (1 - g_a) c): a new slot, or one that looks like the key, or nowhere at all.

    The two weightings (B, N), the two gates (B, 1); ww (B, N), cache.
    """
    where = content + allocation_gate * (allocation - content)
    return write_gate * where, (allocation, content, allocation_gate, write_gate, where)


def write_weighting_backward(dw, cache):
    """dallocation, dcontent, dallocation_gate, dwrite_gate."""
    allocation, content, allocation_gate, write_gate, where = cache
    dwhere = dw * write_gate
    dallocation = dwhere * allocation_gate
    dallocation_gate = (dwhere * (allocation - content)).sum(1, keepdims=True)
    return dallocation, dwhere - dallocation, dallocation_gate, (dw * where).sum(1, keepdims=True)


def erase_and_add(memory_previous, write_weights, erase, vector):
    """M_n = M'_n o (1 - ww_n e) + ww_n v = M'_n + ww_n (v - M'_n o e): memory (B, N, W), cache.

    memory_previous (B, N, W), write_weights (B, N), erase e and vector v (B, W).
    """
    xp = array_module(memory_previous)
    memory = xp.multiply(memory_previous, erase[:, None, :], out=empty(memory_previous.shape, memory_previous))
    xp.subtract(vector[:, None, :], memory, out=memory)
    memory *= write_weights[:, :, None]
    memory += memory_previous
    return memory, (memory_previous, write_weights, erase, vector)


def erase_and_add_backward(dmemory, cache):
    """dmemory_previous = dM o (1 - ww e^T), dwrite_weights, derase, dvector."""
    memory_previous, write_weights, erase, vector = cache
    xp = array_module(dmemory)
    dvector = (write_weights[:, None, :] @ dmemory)[:, 0]                                       # (B, W)
    held = xp.multiply(dmemory, memory_previous, out=empty(dmemory.shape, dmemory))             # dM o M'
    derase = -(write_weights[:, None, :] @ held)[:, 0]
    dweights = (dmemory @ vector[:, :, None] - held @ erase[:, :, None])[:, :, 0]               # (B, N)
    dprevious = xp.multiply(write_weights[:, :, None], erase[:, None, :], out=held)
    xp.subtract(1, dprevious, out=dprevious)
    dprevious *= dmemory
    return dprevious, dweights, derase, dvector
