"""One step of the memory of a DNC: free, write, link, read (REFERENCE 6, equations 1 to 6).

    usage -> allocation -.
    content of M' -------+-> write weights -> M -> content of M -.
                               '-> links, precedence -> directions +-> read weights -> r = M^T wr

What a step keeps for its way back is M and L, N (W + N) numbers for a sequence, because its own way back and that of the
next step read them, and weightings, which are small. Nothing else of the size of M or L outlives the step. L' cannot be had
back from L: where a slot was written in full, its old links are gone.
"""

from collections import namedtuple

from ...device import array_module
from .allocation import allocation_weighting, allocation_weighting_backward
from .content import content_weighting, content_weighting_backward
from .interface import Interface
from .links import (
    directional_weightings,
    directional_weightings_backward,
    temporal_links,
    temporal_links_backward,
    write_precedence,
    write_precedence_backward,
)
from .reading import read_slots, read_slots_backward, read_weighting, read_weighting_backward
from .usage import slot_usage, slot_usage_backward
from .writing import erase_and_add, erase_and_add_backward, write_weighting, write_weighting_backward

MemoryState = namedtuple("MemoryState", "memory usage links precedence write_weights read_weights")


def memory_access(says, state, smoothing, stop_gradient, read_modes):
    """(reads (B, R, W), *MemoryState after the step), cache.

    says: the Interface of this step. state: MemoryState before it: memory (B, N, W), usage, precedence and write_weights
    (B, N), links (B, N, N), read_weights (B, R, N). smoothing: of norms, see `content`; stop_gradient: see `usage`;
    read_modes: what the three modes of a head are, in order: "backward", "content" and "forward" in the paper.
    """
    usage, usage_cache = slot_usage(state.usage, state.write_weights, state.read_weights, says.free_gates, stop_gradient)
    allocation, allocation_cache = allocation_weighting(usage)
    content, seek_cache = content_weighting(state.memory, says.write_key, says.write_strength, smoothing)
    ww, where_cache = write_weighting(allocation, content[:, 0], says.allocation_gate, says.write_gate)
    memory, write_cache = erase_and_add(state.memory, ww, says.erase, says.write_vector)
    links, links_cache = temporal_links(state.links, state.precedence, ww)
    precedence, precedence_cache = write_precedence(state.precedence, ww)
    (forward, backward), ways_cache = directional_weightings(links, state.read_weights)
    content, find_cache = content_weighting(memory, says.read_keys, says.read_strengths, smoothing)
    meant = {"backward": backward, "content": content, "forward": forward}
    wr, modes_cache = read_weighting(says.read_modes, *(meant[mode] for mode in read_modes))
    reads, read_cache = read_slots(memory, wr)
    return (reads, *MemoryState(memory, usage, links, precedence, ww, wr)), (
        usage_cache, allocation_cache, seek_cache, where_cache, write_cache, links_cache, precedence_cache, ways_cache,
        find_cache, modes_cache, read_cache, read_modes)


def memory_access_backward(dy, cache):
    """(dsays, dstate) from the gradients of all that `memory_access` returned: back up the page, where what was used
    twice (M', M, ww, wr', p') collects from both."""
    dreads, dmemory, dusage, dlinks, dprecedence, dww, dwr = dy
    (usage_cache, allocation_cache, seek_cache, where_cache, write_cache, links_cache, precedence_cache, ways_cache,
     find_cache, modes_cache, read_cache, read_modes) = cache

    dM, dwr_read = read_slots_backward(dreads, read_cache)
    dread_modes, *dmeant = read_weighting_backward(dwr + dwr_read, modes_cache)
    dmeant = dict(zip(read_modes, dmeant))
    dM_found, dread_keys, dread_strengths = content_weighting_backward(dmeant["content"], find_cache)
    dM += dM_found
    dM += dmemory
    dL, dwr_previous = directional_weightings_backward((dmeant["forward"], dmeant["backward"]), ways_cache)
    dL += dlinks

    dp_previous, dww_precedence = write_precedence_backward(dprecedence, precedence_cache)
    dL_previous, dp_linked, dww_linked = temporal_links_backward(dL, links_cache)
    dM_previous, dww_written, derase, dvector = erase_and_add_backward(dM, write_cache)
    dallocation, dcontent, dallocation_gate, dwrite_gate = write_weighting_backward(
        dww + dww_precedence + dww_linked + dww_written, where_cache)
    dM_sought, dwrite_key, dwrite_strength = content_weighting_backward(dcontent[:, None], seek_cache)
    dM_previous += dM_sought

    dusage = dusage + allocation_weighting_backward(dallocation, allocation_cache)
    dusage_previous, dww_previous, dwr_freed, dfree_gates = slot_usage_backward(dusage, usage_cache)
    if dww_previous is None:
        dww_previous = array_module(dusage).zeros_like(dusage)
    dsays = Interface(dread_keys, dread_strengths, dwrite_key, dwrite_strength, derase, dvector, dfree_gates,
                      dallocation_gate, dwrite_gate, dread_modes)
    return dsays, MemoryState(dM_previous, dusage_previous, dL_previous, dp_previous + dp_linked, dww_previous,
                              dwr_previous + dwr_freed)
