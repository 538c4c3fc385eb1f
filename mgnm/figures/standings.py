"""A comparison as a table in Markdown: who is how large, how fast and how good."""

from mgnm.figures.curves import duration
from mgnm.training.comparison import KINDS


def comparison_table(results, headlines):
    """A Markdown table of `gather`'s results, what its numbers are, and the command that makes them."""
    count, time = results["updates"], duration(results["seconds"])
    heads = ["contestant", "parameters", "memory cells", "learning rate, clip", "ms per update",
             f"time of {count:,} updates", f"updates in {time}"]
    for headline in headlines:
        name = headline.name.split(" (")[0]
        heads += [f"{name} after {count:,} updates", f"{name} after {time}"]
    rows = [heads, ["---"] * len(heads)]
    for one in results["contestants"].values():
        equal_updates, equal_seconds = (one[kind] for kind in KINDS)
        rows.append([one["title"], f"{one['parameters']:,}", f"{one['memory_cells']:,}",
                     f"{one['learning_rate']:g}, {one['clip']:g}",
                     digits(1000 * one['seconds_per_update']), duration(equal_updates["seconds"]),
                     f"{equal_seconds['updates']:,}",
                     *(_cell(one[kind], headline.key, results["seeds"]) for headline in headlines for kind in KINDS)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([*lines, "", _story(results, headlines), "", f"    {results['command']}", ""])


def _cell(budget, key, seeds):
    """"mean (lowest - highest)", and whatever is missing from it."""
    score, notes = budget["scores"].get(key), []
    if budget["diverged"]:
        notes.append(f"{len(budget['diverged'])} diverged")
    if score and len(budget["seeds"]) + len(budget["diverged"]) < len(seeds):
        notes.append(f"{len(budget['seeds'])} of {len(seeds)} seeds")
    text = f"{digits(score['mean'])} ({digits(score['lowest'])} - {digits(score['highest'])})" if score else "-"
    return ", ".join([text, *notes])


def digits(x):
    """Three digits: 0.950, 12.5, 250."""
    return f"{x:#.3g}".removesuffix(".")


def _story(results, headlines):
    """What the numbers of the table are."""
    baseline, timing = results["baseline"], results["timing"]
    others = ", ".join(f"{headline.key} {digits(baseline[headline.reference])} ({headline.other_name})"
                       for headline in headlines if headline.reference in baseline)
    seeds = ", ".join(map(str, results["seeds"]))
    starts = [f"{one['title']}: {one['start_from']}" for one in results["contestants"].values() if one["start_from"]]
    begun = f"Begun with trained weights: {'; '.join(starts)}. " if starts else ""
    load = "" if timing["load"] is None else f", load of the machine {timing['load']:.1f}"
    return (f"Scores: mean (lowest - highest) over the seeds {seeds}, on {results['sequences']} fresh sequences, the same "
            f"for all. To read them by: {others}. {begun}{duration(results['seconds'])} is what the "
            f"contestant {results['reference']} needs for {results['updates']:,} updates. Time per update: "
            f"{timing['clock']} seconds, median of short trainings in turn, one process, one BLAS thread "
            f"({timing['busy']:.2f} processor seconds per second on the wall{load}).")
