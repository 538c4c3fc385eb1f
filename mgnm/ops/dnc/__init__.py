"""The addressing of a Differentiable Neural Computer, one idea a page (Graves et al., Nature 2016; REFERENCE 6).

    interface     what the controller says, cut into keys, strengths, gates, vectors, modes
    content       which slots look like a key?                                      content_weighting
    usage         which slots hold something that is still needed?                  slot_usage
    allocation    which slot is free?                                               allocation_weighting
    writing       where to write, and the write itself                              write_weighting, erase_and_add
    links         which slot was written after which?                               write_precedence, temporal_links,
                                                                                    directional_weightings
    reading       where to read, and the reading itself                             read_weighting, read_slots
    access        all of it: one step of the memory                                 memory_access

Axes: B batch, N slots, W width of a slot, R read heads; the one write head has an axis of length 1, so that it broadcasts
over slots. A weighting (B, N) or (B, R, N) says how much of every slot is meant: never negative, and at most 1 in sum.
A name with `_previous` is of the step before, w' in the equations.
"""

from .access import MemoryState, memory_access, memory_access_backward
from .allocation import allocation_weighting, allocation_weighting_backward
from .content import content_weighting, content_weighting_backward
from .interface import Interface, interface_width, memory_interface, memory_interface_backward
from .links import (directional_weightings, directional_weightings_backward, temporal_links, temporal_links_backward,
                    write_precedence, write_precedence_backward)
from .reading import read_slots, read_slots_backward, read_weighting, read_weighting_backward
from .usage import slot_usage, slot_usage_backward
from .writing import erase_and_add, erase_and_add_backward, write_weighting, write_weighting_backward

__all__ = [name for name in dir() if not name.startswith("_") and callable(globals()[name])]
