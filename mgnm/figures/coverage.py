"""How fast explorers see their mazes: coverage against moves."""

from itertools import cycle

import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mgnm.errors import UserError
from mgnm.figures import style

LOOKS = ((style.SCORE, "-"), (style.LOSS, "--"), (style.BASELINE, "-."), (style.WRONG, ":"), (style.QUESTION, "-"))
BAND = (10, 90)                                                 # percentiles of the mazes


def coverage_figure(curves, path):
    """Draw the coverage of several players as a PNG: the mean, in a band that 80 % of the mazes lie in. Returns the path.

    curves: {name: Curves}; the first is drawn on top. UserError where there is none.
    """
    if not curves:
        raise UserError("there are no coverage curves to draw: let at least one player explore")
    with style.look():
        figure = style.new_figure(8, 4.8, dpi=120)
        ax = figure.subplots()
        for order, ((name, curve), (colour, line)) in enumerate(zip(curves.items(), cycle(LOOKS))):
            games = curve.coverage.reshape(-1, curve.coverage.shape[-1])                # (seeds * mazes, T + 1)
            moves = np.arange(games.shape[1])
            ax.fill_between(moves, *np.percentile(games, BAND, axis=0), color=colour, alpha=0.15, linewidth=0)
            ax.plot(moves, games.mean(axis=0), line, color=colour, linewidth=1.8, zorder=3 + len(curves) - order,
                    label=f"{name} (area {curve.areas.mean():.3f})")
        ax.set(title=f"Exploring: the mean of {len(games)} mazes, and where 80 % of them lie", xlabel="moves",
               ylabel="coverage (share of the free cells seen)", xlim=(0, moves[-1]), ylim=(0, 1.02))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.grid(color="#e5e5e5", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.legend(loc="lower right")
        figure.tight_layout()
        figure.savefig(path)
    return path
