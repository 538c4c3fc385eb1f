"""Every part of a DNC's addressing, by itself, and one step of the memory made of them.

Where slots are sorted by usage, the result jumps as two of them change places. So usages are drawn evenly spaced, in
random order: two of N differ by 1 / N at least, and no step of the check brings them together.
"""

import numpy as np

from gradcheck.adapters import op, put, take
from gradcheck.draw import normal
from gradcheck.registry import case
from mgnm import ops
from mgnm.ops.dnc import Interface, MemoryState, interface_width


def spaced(rng, shape):
    """Numbers in (0, 1), no two of a row closer than 1 / N: the usage of N slots."""
    N = shape[-1]
    return rng.permuted(np.broadcast_to((np.arange(N) + 0.5) / N, shape), axis=-1)


def weighting(rng, shape):
    """Positive numbers that sum to 0.9 over the last axis."""
    x = np.exp(normal(rng, shape))
    return 0.9 * x / x.sum(-1, keepdims=True)


def share(rng, shape):
    """Numbers from 0.1 to 0.9: gates, and an erase vector."""
    return rng.uniform(0.1, 0.9, shape)


def links(rng, B, N):
    """Links whose rows sum to less than 1. Their diagonal, which is 0 in use, is not: it has to be ignored."""
    return weighting(rng, (B, N, N)) / N


# --- what the controller says ----------------------------------------------------------------------------------------

PARTS = " ".join(Interface._fields)


@case("softmax/full", covers="softmax", full=True)
def softmax_full(rng):
    return op("softmax"), {"x": normal(rng, (2, 2, 3))}


@case("softmax/large", covers="softmax")
def softmax_large(rng):
    return op("softmax"), {"x": 5 * normal(rng, (4, 3, 20))}


@case("memory_interface/full", covers="memory_interface", full=True)
def interface_full(rng):
    return op("memory_interface", PARTS, width=2, heads=1), {"x": normal(rng, (2, interface_width(2, 1)))}


@case("memory_interface/large", covers="memory_interface")
def interface_large(rng):
    return op("memory_interface", PARTS, width=5, heads=3), {"x": 3 * normal(rng, (4, interface_width(5, 3)))}


# --- content ---------------------------------------------------------------------------------------------------------

def content(rng, B, N, W, H):
    return {"memory": normal(rng, (B, N, W)), "keys": normal(rng, (B, H, W)), "strengths": 1 + share(rng, (B, H))}


@case("content_weighting/full", covers="content_weighting", full=True)
def content_full(rng):
    return op("content_weighting"), content(rng, 2, 3, 2, 2)


@case("content_weighting/full-smooth", covers="content_weighting", full=True)
def content_full_smooth(rng):
    """With a key and a slot of zeros, which the smoothed norm has a gradient for."""
    arguments = content(rng, 2, 3, 2, 2)
    arguments["memory"][0, 1] = arguments["keys"][1, 0] = 0
    return op("content_weighting", smoothing=0.5), arguments


@case("content_weighting/large", covers="content_weighting")
def content_large(rng):
    return op("content_weighting"), content(rng, 3, 12, 7, 4)


@case("content_weighting/large-smooth", covers="content_weighting")
def content_large_smooth(rng):
    return op("content_weighting", smoothing=1e-6), content(rng, 3, 12, 7, 1)


# --- usage and allocation --------------------------------------------------------------------------------------------

def used(rng, B, N, R):
    return {"usage_previous": share(rng, (B, N)), "write_previous": weighting(rng, (B, N)),
            "read_previous": weighting(rng, (B, R, N)), "free_gates": share(rng, (B, R))}


@case("slot_usage/full", covers="slot_usage", full=True)
def usage_full(rng):
    return op("slot_usage"), used(rng, 2, 2, 3)


@case("slot_usage/one-head", covers="slot_usage", full=True)
def usage_one_head(rng):
    return op("slot_usage"), used(rng, 2, 3, 1)


@case("slot_usage/all-or-nothing", covers="slot_usage", full=True)
def usage_all_or_nothing(rng):
    """Slots that are free or in use, heads that read one slot alone and free it: factors of exactly 0, even two."""
    arguments = used(rng, 2, 3, 2)
    arguments["usage_previous"][0, :2] = 0, 1
    arguments["read_previous"][0] = (1, 0, 0), (0, 1, 0)
    arguments["read_previous"][1] = (1, 0, 0), (1, 0, 0)
    arguments["free_gates"][...] = 1
    return op("slot_usage"), arguments


@case("slot_usage/stop-gradient", covers="slot_usage", full=True)
def usage_stop_gradient(rng):
    arguments = used(rng, 2, 3, 2)
    return op("slot_usage", write_previous=arguments.pop("write_previous"), stop_gradient=True), arguments


@case("slot_usage/large", covers="slot_usage")
def usage_large(rng):
    return op("slot_usage"), used(rng, 4, 16, 4)


@case("allocation_weighting/full", covers="allocation_weighting", full=True)
def allocation_full(rng):
    return op("allocation_weighting"), {"usage": spaced(rng, (3, 5))}


@case("allocation_weighting/zero-and-one", covers="allocation_weighting", full=True)
def allocation_zero_and_one(rng):
    """Usages of exactly 0 and exactly 1, where a division by one of them, or by 1 minus it, would fail."""
    usage = spaced(rng, (3, 6))
    usage[usage == usage.min()], usage[1:][usage[1:] == usage.max()] = 0, 1
    return op("allocation_weighting"), {"usage": usage}


@case("allocation_weighting/one-slot", covers="allocation_weighting", full=True)
def allocation_one_slot(rng):
    return op("allocation_weighting"), {"usage": share(rng, (2, 1))}


@case("allocation_weighting/large", covers="allocation_weighting")
def allocation_large(rng):
    return op("allocation_weighting"), {"usage": spaced(rng, (4, 21))}


# --- writing ---------------------------------------------------------------------------------------------------------

def where(rng, B, N):
    return {"allocation": weighting(rng, (B, N)), "content": weighting(rng, (B, N)),
            "allocation_gate": share(rng, (B, 1)), "write_gate": share(rng, (B, 1))}


@case("write_weighting/full", covers="write_weighting", full=True)
def where_full(rng):
    return op("write_weighting"), where(rng, 2, 3)


@case("write_weighting/large", covers="write_weighting")
def where_large(rng):
    return op("write_weighting"), where(rng, 4, 16)


def write(rng, B, N, W):
    return {"memory_previous": normal(rng, (B, N, W)), "write_weights": weighting(rng, (B, N)),
            "erase": share(rng, (B, W)), "vector": normal(rng, (B, W))}


@case("erase_and_add/full", covers="erase_and_add", full=True)
def write_full(rng):
    return op("erase_and_add"), write(rng, 2, 3, 2)


@case("erase_and_add/large", covers="erase_and_add")
def write_large(rng):
    return op("erase_and_add"), write(rng, 4, 16, 5)


# --- links -----------------------------------------------------------------------------------------------------------

def last_written(rng, B, N):
    return {"precedence_previous": weighting(rng, (B, N)), "write_weights": weighting(rng, (B, N))}


@case("write_precedence/full", covers="write_precedence", full=True)
def precedence_full(rng):
    return op("write_precedence"), last_written(rng, 2, 3)


@case("write_precedence/large", covers="write_precedence")
def precedence_large(rng):
    return op("write_precedence"), last_written(rng, 4, 16)


def linked(rng, B, N):
    return {"links_previous": links(rng, B, N)} | last_written(rng, B, N)


@case("temporal_links/full", covers="temporal_links", full=True)
def links_full(rng):
    return op("temporal_links"), linked(rng, 2, 3)


@case("temporal_links/large", covers="temporal_links")
def links_large(rng):
    return op("temporal_links"), linked(rng, 4, 16)


@case("temporal_links/pieces", covers="temporal_links")
def links_pieces(rng):
    """More than a cache holds: the batch in pieces of several sequences, the last one shorter."""
    return op("temporal_links"), linked(rng, 7, 120)


def directed(rng, B, N, R):
    return {"links": links(rng, B, N), "read_previous": weighting(rng, (B, R, N))}


@case("directional_weightings/full", covers="directional_weightings", full=True)
def directions_full(rng):
    return op("directional_weightings", "forward backward"), directed(rng, 2, 3, 2)


@case("directional_weightings/large", covers="directional_weightings")
def directions_large(rng):
    return op("directional_weightings", "forward backward"), directed(rng, 4, 16, 3)


# --- reading ---------------------------------------------------------------------------------------------------------

def mixed(rng, B, N, R):
    weightings = {name: weighting(rng, (B, R, N)) for name in ("first", "second", "third")}
    return {"modes": weighting(rng, (B, R, 3)), **weightings}


@case("read_weighting/full", covers="read_weighting", full=True)
def modes_full(rng):
    return op("read_weighting"), mixed(rng, 2, 3, 2)


@case("read_weighting/large", covers="read_weighting")
def modes_large(rng):
    return op("read_weighting"), mixed(rng, 4, 16, 4)


@case("read_slots/full", covers="read_slots", full=True)
def read_full(rng):
    return op("read_slots"), {"memory": normal(rng, (2, 3, 2)), "read_weights": weighting(rng, (2, 2, 3))}


@case("read_slots/large", covers="read_slots")
def read_large(rng):
    return op("read_slots"), {"memory": normal(rng, (4, 16, 5)), "read_weights": weighting(rng, (4, 3, 16))}


# --- one step of the memory ------------------------------------------------------------------------------------------

def says(rng, B, W, R):
    """An Interface, its parts in their ranges."""
    return Interface(
        read_keys=normal(rng, (B, R, W)), read_strengths=1 + share(rng, (B, R)), write_key=normal(rng, (B, 1, W)),
        write_strength=1 + share(rng, (B, 1)), erase=share(rng, (B, W)), write_vector=normal(rng, (B, W)),
        free_gates=share(rng, (B, R)), allocation_gate=share(rng, (B, 1)), write_gate=share(rng, (B, 1)),
        read_modes=weighting(rng, (B, R, 3)))


def state(rng, B, N, W, R):
    """A MemoryState in the midst of a sequence."""
    return MemoryState(
        memory=normal(rng, (B, N, W)), usage=spaced(rng, (B, N)), links=links(rng, B, N),
        precedence=weighting(rng, (B, N)), write_weights=weighting(rng, (B, N)), read_weights=weighting(rng, (B, R, N)))


def access(smoothing=0.0, stop_gradient=False, read_modes=("backward", "content", "forward")):
    """mgnm.ops.memory_access. Arguments: the Interface's parts, the parts of state.<name>; outputs: reads, state.<name>."""
    def function(arguments):
        before = MemoryState(**take("state", arguments))
        heard = Interface(*(arguments[name] for name in Interface._fields))
        (reads, *after), cache = ops.memory_access(heard, before, smoothing, stop_gradient, read_modes)

        def backward(cotangents):
            dsays, dstate = ops.memory_access_backward(tuple(cotangents.values()), cache)
            return dsays._asdict() | put("state", dstate._asdict())

        return {"reads": reads, **put("state", dict(zip(MemoryState._fields, after)))}, backward

    return function


def access_point(rng, B, N, W, R):
    return says(rng, B, W, R)._asdict() | put("state", state(rng, B, N, W, R)._asdict())


@case("memory_access/full", covers="memory_access", full=True)
def access_full(rng):
    return access(), access_point(rng, 1, 3, 2, 2)


@case("memory_access/full-other-order", covers="memory_access", full=True)
def access_full_other_order(rng):
    return access(0.1, read_modes=("backward", "forward", "content")), access_point(rng, 2, 3, 1, 1)


@case("memory_access/large", covers="memory_access")
def access_large(rng):
    return access(1e-6), access_point(rng, 3, 10, 5, 3)
