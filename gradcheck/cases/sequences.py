"""One level over a whole sequence: join and convolution, the recurrent part of a memory layer, and both together."""

from gradcheck.adapters import memory_scan, multigrid_conv, multigrid_memory
from gradcheck.cases import join
from gradcheck.draw import kept, normal
from gradcheck.registry import MANY_KINKS, case


def level(rng, present, sizes, c_out):
    """Neighbours as in the cases of the join, and a kernel for them."""
    width = sum(join.CHANNELS[name] for name in present)
    return join.point(rng, present, *sizes) | {
        "w": normal(rng, (3, 3, width, c_out), scale=0.3), "b": normal(rng, (c_out,))}


@case("multigrid_conv/relu", covers="multigrid_conv", full=True)
def relu(rng):
    return multigrid_conv("relu"), level(rng, ("coarse", "same", "fine"), (2, 1, 1, 1), 2)


@case("multigrid_conv/coarsest-no-bias", covers="multigrid_conv", full=True)
def coarsest(rng):
    arguments = level(rng, ("same", "fine"), (1, 1, 1, 2), 1)
    del arguments["b"]
    return multigrid_conv("linear"), arguments


@case("multigrid_conv/large", covers="multigrid_conv")
def large(rng):
    return multigrid_conv("relu"), level(rng, ("coarse", "same", "fine"), (3, 3, 3, 4), 8)


@case("multigrid_conv/pieces", covers="multigrid_conv", tolerance=MANY_KINKS)
def pieces(rng):
    return multigrid_conv("relu"), level(rng, ("coarse", "same", "fine"), (7, 4, 4, 64), 3)


def scan(rng, T, H, C, W, B, peephole=False):
    arguments = {"z": normal(rng, (T, H, 4 * C, W, B)), "h_0": normal(rng, (H, C, W, B)),
                 "c_0": normal(rng, (H, C, W, B)), "w": normal(rng, (3, 3, C, 4 * C), scale=0.3),
                 "bias": normal(rng, (4 * C,))}
    return arguments | ({"peephole": normal(rng, (3, C), scale=0.5)} if peephole else {})


@case("memory_scan/full", covers="memory_scan", full=True)
def scan_full(rng):
    return memory_scan(), scan(rng, 3, 2, 1, 2, 1)


@case("memory_scan/full-peephole", covers="memory_scan", full=True)
def scan_full_peephole(rng):
    return memory_scan(), scan(rng, 3, 2, 1, 2, 1, peephole=True)


@case("memory_scan/one-step", covers="memory_scan", full=True)
def scan_one_step(rng):
    return memory_scan(forget_bias=0.0), scan(rng, 1, 1, 2, 2, 2, peephole=True)


@case("memory_scan/large", covers="memory_scan")
def scan_large(rng):
    return memory_scan(), scan(rng, 6, 6, 4, 6, 3, peephole=True)


@case("memory_scan/full-resets", covers="memory_scan", full=True)
def scan_full_resets(rng):
    return memory_scan(keep=kept(rng, 3, 2)), scan(rng, 3, 2, 1, 1, 2, peephole=True)


@case("memory_scan/large-resets", covers="memory_scan")
def scan_large_resets(rng):
    return memory_scan(keep=kept(rng, 6, 4)), scan(rng, 6, 6, 4, 6, 4)


def memory(rng, present, sizes, C, peephole=False):
    T, H, W, B = sizes                                      # H and W of the coarse neighbour
    arguments = join.point(rng, present, *sizes) | scan(rng, T, 2 * H, C, 2 * W, B, peephole)
    del arguments["z"]
    width = sum(join.CHANNELS[name] for name in present) + C
    return arguments | {"w": normal(rng, (3, 3, width, 4 * C), scale=0.3)}


@case("multigrid_memory/full", covers="multigrid_memory", full=True)
def memory_full(rng):
    return multigrid_memory(), memory(rng, ("same",), (3, 1, 1, 1), 1)


@case("multigrid_memory/full-peephole", covers="multigrid_memory", full=True)
def memory_full_peephole(rng):
    return multigrid_memory(forget_bias=0.0), memory(rng, ("coarse", "fine"), (2, 1, 1, 1), 1, peephole=True)


@case("multigrid_memory/large", covers="multigrid_memory")
def memory_large(rng):
    return multigrid_memory(), memory(rng, ("coarse", "same", "fine"), (5, 2, 2, 3), 3, peephole=True)


@case("multigrid_memory/resets", covers="multigrid_memory")
def memory_resets(rng):
    return multigrid_memory(keep=kept(rng, 5, 3)), memory(rng, ("coarse", "same", "fine"), (5, 2, 2, 3), 3, peephole=True)


@case("multigrid_memory/pieces", covers="multigrid_memory")
def memory_pieces(rng):
    """Gate maps of 2 MB a step: pieces of two steps and of one. No pooling, so no ties to avoid; that many numbers
    spaced evenly would reach 1000 and shut every gate."""
    arguments = memory(rng, ("same",), (3, 2, 2, 1024), 4)
    return multigrid_memory(), arguments | {"same": normal(rng, arguments["same"].shape)}
