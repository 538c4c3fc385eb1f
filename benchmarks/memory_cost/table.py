"""Slopes, and lines of text.

A cost that grows as cells^s is a line of slope s where both axes are logarithmic: 1 is in proportion to the memory, 2 with
its square. Small networks mostly pay for what does not grow, so the slope is also given for the largest sizes alone.
"""

import numpy as np

LARGEST = 3             # sizes that the slope at the end is fitted to
COLUMNS = "{:22} {:>12} {:>12} {:>10} {:>17} {:>10}"


def slopes(records):
    """{"ms", "bytes": {"all", "largest"}}: by least squares over the sizes that had room, None of fewer than two."""
    fitted = [record for record in records if "failure" not in record]
    return {key: {"all": slope(fitted, key), "largest": slope(fitted[-LARGEST:], key)} for key in ("ms", "bytes")}


def slope(records, key):
    """s of key = constant * memory_cells^s."""
    if len(records) < 2:
        return None
    cells, cost = (np.log([record[name] for record in records]) for name in ("memory_cells", key))
    return float(np.polyfit(cells, cost, 1)[0])


def lines(families, results):
    """The table: a line for every size, and the slopes below each family."""
    text = [COLUMNS.format("network", "memory cells", "parameters", "ms", "fastest-slowest", "MB")]
    for name, records in results.items():
        for record in records:
            head = families[name].title, f"{record['memory_cells']:,}"
            if "failure" in record:
                text.append(COLUMNS.format(*head, "", "", record["failure"], "").rstrip())
                continue
            spread = f"{record['fastest_ms']:.1f}-{record['slowest_ms']:.1f}"
            text.append(COLUMNS.format(*head, f"{record['parameters']:,}", f"{record['ms']:.1f}", spread,
                                       f"{record['bytes'] / 1e6:.1f}"))
        fitted = slopes(records)
        text += [f"  slope of {what}: {value(fitted[key]['all'])}, of the largest {LARGEST} sizes "
                 f"{value(fitted[key]['largest'])}" for key, what in (("ms", "time"), ("bytes", "bytes"))]
    return text


def value(slope):
    """A slope as text."""
    return "unknown" if slope is None else f"{slope:.2f}"


def flat(results):
    """{"multigrid.1440.ms": ..., "multigrid.slope.ms.all": ...}: the numbers as a program reads them."""
    numbers = {f"{name}.{record['memory_cells']}.{what}": number for name, records in results.items()
               for record in records for what, number in record.items() if what != "memory_cells"}
    return numbers | {f"{name}.slope.{key}.{which}": number for name, records in results.items()
                      for key, fitted in slopes(records).items() for which, number in fitted.items()}
