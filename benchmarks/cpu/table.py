"""From the results of the rounds to numbers: medians, ratios to the best PyTorch, lines of text."""

from statistics import median

# What we want to stay below: mgnm's share of the time and of the peak memory of the best PyTorch.
TARGETS, MEMORY_TARGET = {"S": 0.8, "M": 0.9, "L": 1.0}, 0.5

COLUMNS = "{:4} {:11} {:>8} {:>15} {:>9} {:>7} {:>9} {:>9} {:>7}"


def summarise(results):
    """{contestant: numbers} from {contestant: [result of every round]}.

    ms: median over the timed iterations of all rounds, between fastest and slowest; mb: the largest peak of a round;
    time_ratio, memory_ratio: to the contestant "best".
    """
    numbers = {}
    for name, rounds in results.items():
        ms = [1000 * seconds for result in rounds for seconds in result["seconds"]]
        numbers[name] = {"ms": median(ms), "fastest_ms": min(ms), "slowest_ms": max(ms), "iterations": len(ms),
                         "mb": max(result["peak_bytes"] for result in rounds) / 1e6}
    for row in numbers.values():
        row["time_ratio"] = row["ms"] / numbers["best"]["ms"]
        row["memory_ratio"] = row["mb"] / numbers["best"]["mb"]
    return numbers


def header():
    """The line above the rows."""
    return COLUMNS.format(
        "net", "contestant", "ms", "fastest-slowest", "/ best", "target", "peak MB", "/ best", "target")


def rows(net_name, numbers):
    """One line per contestant; the targets are mgnm's."""
    lines = []
    for name, row in numbers.items():
        target, memory_target = (TARGETS[net_name], MEMORY_TARGET) if name == "mgnm" else ("", "")
        lines.append(COLUMNS.format(
            net_name, name, f"{row['ms']:.0f}", f"{row['fastest_ms']:.0f}-{row['slowest_ms']:.0f}",
            f"{row['time_ratio']:.2f}", target, f"{row['mb']:.0f}", f"{row['memory_ratio']:.2f}", memory_target))
    return [line.rstrip() for line in lines]


def flat(net_name, numbers):
    """{"S.mgnm.ms": ..., ...}: the numbers as a program reads them."""
    return {f"{net_name}.{name}.{what}": round(value, 4)
            for name, row in numbers.items() for what, value in row.items()}
