"""From the records of the rounds to numbers: medians, ratios to the baseline, lines of text."""

from statistics import median

from .contestants import BASELINE, uses_tf32

# What we want mgnm to stay below: its share of the baseline's wall time, both in true float32.
TARGETS = {"S": 0.7, "M": 0.7, "L": 1.0}

COLUMNS = "{:4} {:12} {:4} {:>8} {:>15} {:>9} {:>7} {:>9} {:>15} {:>9} {:>9} {:>10}"


def summarise(records):
    """{contestant: numbers} of those that did not fail.

    wall_ms, device_ms: medians over the timed iterations of all turns, between fastest and slowest; wall_ratio,
    device_ratio: to the contestant BASELINE, None without it; mb: peak of the device's memory; difference: from mgnm in
    float64.
    """
    numbers = {name: numbers_of(record) for name, record in records.items() if record.failure is None}
    for row in numbers.values():
        for clock in ("wall", "device"):
            whole = numbers[BASELINE][f"{clock}_ms"] if BASELINE in numbers else None
            row[f"{clock}_ratio"] = row[f"{clock}_ms"] / whole if whole else None
    return numbers


def numbers_of(record):
    """The numbers of one contestant that stand by themselves."""
    numbers = {"mb": record.peak_bytes / 1e6, "difference": record.difference}
    for clock in ("wall", "device"):
        ms = [1000 * seconds for turn in record.turns for seconds in turn[f"{clock}_seconds"]]
        numbers |= {f"{clock}_ms": median(ms), f"{clock}_fastest_ms": min(ms), f"{clock}_slowest_ms": max(ms),
                    "iterations": len(ms)}
    return numbers


def header():
    """The line above the rows."""
    return COLUMNS.format("net", "contestant", "TF32", "wall ms", "fastest-slowest", f"/ {BASELINE}", "target",
                          "device ms", "fastest-slowest", f"/ {BASELINE}", "peak MB", "difference")


def rows(net_name, records, numbers):
    """One line for every contestant: its numbers and why to doubt them, or why there are none; mgnm's targets."""
    lines = []
    for name, record in records.items():
        tf32 = "on" if uses_tf32(name) else "off"
        if record.failure:
            lines.append(COLUMNS.format(net_name, name, tf32, *[""] * 9).rstrip() + f"  FAILED  {record.failure}")
            continue
        row, target = numbers[name], TARGETS[net_name] if name == "mgnm" else ""
        lines.append(COLUMNS.format(net_name, name, tf32, *times(row, "wall"), target, *times(row, "device"),
                                    f"{row['mb']:.0f}", f"{row['difference']:.0e}")
                     + (f"  DOUBTFUL  {record.doubt}" if record.doubt else ""))
    return lines


def times(row, clock):
    """Median, fastest-slowest and ratio by one of the clocks."""
    ms, fastest, slowest, ratio = (row[f"{clock}_{what}"] for what in ("ms", "fastest_ms", "slowest_ms", "ratio"))
    return f"{ms:.2f}", f"{fastest:.2f}-{slowest:.2f}", f"{ratio:.2f}" if ratio else "-"


def flat(net_name, records, numbers):
    """{"S.mgnm.wall_ms": ..., "S.graph.failure": ...}: all as a program reads it."""
    values = {f"{net_name}.{name}.{what}": float(f"{value:.6g}") if isinstance(value, float) else value
              for name, row in numbers.items() for what, value in row.items()}
    return values | {f"{net_name}.{name}.{what}": reason for name, record in records.items()
                     for what, reason in (("failure", record.failure), ("doubt", record.doubt)) if reason}
