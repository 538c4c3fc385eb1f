"""python -m benchmarks.gpu kernels: every kernel of mgnm at the sizes of the nets, beside what the device can do.

Bytes are what a launch must read and write once, by its arguments; an output that the kernel also reads counts twice.
Arguments are taken in turn from as many copies as fill the device's cache three times, so that they come from memory.
"""

import argparse

from benchmarks.common import program
from benchmarks.common.nets import BATCH, NETS, STEPS
from mgnm.cli.options import write_json
from mgnm.errors import UserError, first_line
from mgnm.kernels import launch, registered
from mgnm.kernels.kernel import by_name, is_array

from . import crossover
from .backend import Cupy, Host
from .clock import Clock, peaks
from .facts import facts
from .shapes import SHAPES, draw, sizes

OPERATIONS = {          # floating-point operations of a launch; what has none here is a matter of bytes
    "conv3x3": lambda N, H, W, B, C_in, C_out: 18 * N * H * W * B * C_in * C_out,
    "conv3x3_weights": lambda N, H, W, B, C_in, C_out: 18 * N * H * W * B * C_in * C_out,
}
COPIES = 32             # of a kernel's arguments at most
LARGE, SMALL = (8192, 1 << 28), (64, 1 << 12)   # side of the matrices, entries of the copy: on a GPU; to try it
COLUMNS = "{:29} {:26} {:6} {:>9} {:>9} {:>9} {:>9} {:>7} {:>9} {:>10}"


def main(argv):
    """Measure, print, write. Returns the exit status: 1 where a kernel failed."""
    options = parse(argv)
    backend = Cupy() if options.device == "gpu" else Host()
    found = facts(backend, ["benchmarks.gpu", "kernels", *argv])
    nets = {name: sizes(NETS[name].build(), STEPS, BATCH) for name in options.nets}
    side, entries = LARGE if options.device == "gpu" else SMALL
    clock = Clock(backend, side)
    program.progress("what the device can do: a copy, and a product of matrices")
    best = peaks(clock, entries)
    launches = []
    for kernel in options.kernels:
        program.progress(kernel.name)
        launches += measure(kernel, nets, clock, best)
    compared = crossover.compare(clock, list(nets.values())) if not options.names else []
    for what, text in found.items():
        print(f"{what}: {text}")
    print("", *table(launches), "", *(crossover.lines(compared) if compared else []), sep="\n")
    print("us: on the device; queue us: of Python, to launch; ~: the device may have waited for Python\n")
    for what, value in best.items():
        print(f"{what}: {value:.4g}")
    failed = [row for row in launches + compared if "failure" in row]
    print(f"launches: {len(launches)}\nfailed: {len(failed)}")
    if options.json:
        write_json(options.json, {**found, **best, "launches": launches, "crossover": compared})
    return 1 if failed else 0


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu kernels",
        description="Time every CUDA kernel at the sizes of the nets, and the direct convolution beside a product.")
    parser.add_argument("names", metavar="NAME", nargs="*", help="only the kernels whose name contains one of these")
    program.add_nets(parser)
    program.add_json(parser)
    program.add_device(parser)
    options = parser.parse_args(argv)
    program.check(options)
    known = registered()
    for name in options.names:
        if not any(name in other for other in known):
            raise UserError(f"no kernel has {name!r} in its name: choose from {', '.join(known)}")
    options.kernels = [kernel for name, kernel in known.items()
                       if not options.names or any(part in name for part in options.names)]
    return options


def measure(kernel, nets, clock, best):
    """One row for every size of a kernel, with the names of the nets that have it."""
    given, users = {}, {}
    for net, found in nets.items():
        for label, arguments in SHAPES[kernel.name](found):
            given[label] = arguments
            users.setdefault(label, {})[net] = True
    return [{"kernel": kernel.name, "size": label, "nets": ",".join(users[label])}
            | numbers(kernel, arguments, clock, best) for label, arguments in given.items()]


def numbers(kernel, given, clock, best):
    """What one size gives: bytes, times, rates, and their share of the best; or why it failed."""
    try:
        named = draw(kernel, given, clock.backend.xp)
        total = bytes_moved(kernel, named)
        sets = [named] + [draw(kernel, given, clock.backend.xp) for _ in range(copies(total, clock.backend) - 1)]
        launched = clock.measure([lambda given=given: launch(kernel, *given.values()) for given in sets])
    except Exception as failure:                            # of CUDA, whatever it is called there; the next may do
        return {"failure": first_line(failure)}
    rate = 1e-9 * total / launched.seconds
    row = {"bytes": total, "us": 1e6 * launched.seconds, "queue_us": 1e6 * launched.queue_seconds,
           "late": launched.late, "gb_per_s": rate, "share_of_copy": rate / best["copy_gb_per_s"]}
    if kernel.name in OPERATIONS:
        rate = 1e-9 * by_name(OPERATIONS[kernel.name], named) / launched.seconds
        row |= {"gflop_per_s": rate, "share_of_product": rate / best["product_gflop_per_s"]}
    return row


def bytes_moved(kernel, named):
    """The bytes of all arrays, outputs that are also read twice."""
    return sum(value.nbytes * (2 if name in kernel.updated else 1) for name, value in named.items() if is_array(value))


def copies(total, backend):
    """How many sets of arguments of `total` bytes fill the cache three times."""
    if backend.device == "cpu":
        return 2
    cache = backend.xp.cuda.runtime.getDeviceProperties(backend.xp.cuda.Device().id)["l2CacheSize"]
    return max(1, min(COPIES, -(-3 * cache // max(total, 1))))


def table(launches):
    """The largest and the smallest size of every kernel in every net; the JSON file has all."""
    lines = [COLUMNS.format("kernel", "size", "nets", "MB", "us", "queue us", "GB/s", "/ copy", "GFLOP/s", "/ product")]
    for row in extremes(launches):
        if "failure" in row:
            lines.append(COLUMNS.format(row["kernel"], row["size"], row["nets"], *[""] * 7).rstrip()
                         + f"  FAILED  {row['failure']}")
            continue
        work = [f"{row['gflop_per_s']:.0f}", f"{row['share_of_product']:.2f}"] if "gflop_per_s" in row else ["", ""]
        lines.append(COLUMNS.format(
            row["kernel"], row["size"], row["nets"], f"{row['bytes'] / 1e6:.2f}",
            f"{row['us']:.1f}" + "~" * row["late"], f"{row['queue_us']:.1f}", f"{row['gb_per_s']:.0f}",
            f"{row['share_of_copy']:.2f}", *work).rstrip())
    return lines


def extremes(launches):
    """Failures, and of each kernel and net the rows with the fewest and the most bytes, in their order."""
    groups = {}
    for row in launches:
        if "failure" not in row:
            for net in row["nets"].split(","):
                groups.setdefault((row["kernel"], net), []).append(row)
    chosen = [id(end(group, key=lambda row: row["bytes"])) for group in groups.values() for end in (min, max)]
    return [row for row in launches if "failure" in row or id(row) in chosen]
