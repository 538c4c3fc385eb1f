"""A comparison as one picture: scores against updates, against seconds, and against the number of parameters."""

from statistics import mean

from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

from mgnm.errors import UserError
from mgnm.figures import style
from mgnm.figures.curves import duration
from mgnm.training.comparison import KINDS

# Okabe and Ito's colours, then others that stay apart; with the marker a contestant is known without its colour as well.
LOOKS = [("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D"), ("#e69f00", "v"), ("#56b4e9", "P"),
         ("#222222", "X"), ("#999933", "*")]


def comparison_figure(results, path, headlines):
    """Draw the results of `training.comparison.gather` as a PNG, a row for every headline of the task. Returns the path.

    Left: fresh data on the way through equally many updates, mean and range over the seeds. Middle: through the same time,
    for which each has a schedule of its own. Right: the score at the end against parameters, filled after the same updates,
    hollow after the same time. Raises UserError where no run is done.
    """
    contestants = results["contestants"]
    if not any(one[kind]["seeds"] for one in contestants.values() for kind in KINDS):
        raise UserError("no run of the comparison is done, so there is nothing to draw: train first")
    looks = dict(zip(contestants, [LOOKS[k % len(LOOKS)] for k in range(len(contestants))]))
    with style.look():
        figure = style.new_figure(13, 0.9 + 3.4 * len(headlines), dpi=120)
        rows = figure.subplots(len(headlines), 3, squeeze=False, sharey="row")
        for row, headline in zip(rows, headlines):
            for name, one in contestants.items():
                _curve(row[0], one["equal_updates"], headline.key, looks[name], 1)
                _curve(row[1], one["equal_seconds"], headline.key, looks[name], one["seconds_per_update"])
                _ends(row[2], one, headline.key, looks[name])
            _finish(row, headline, results["baseline"].get(headline.reference))
        rows[0][0].set_title("the same updates")
        rows[0][1].set_title(f"the same time, {duration(results['seconds'])}")
        rows[0][2].set_title("at the end (hollow: the same time)")
        for ax, label in zip(rows[-1], ("updates", "seconds of training", "parameters")):
            ax.set_xlabel(label)
        guess = Line2D([], [], color=style.BASELINE, linestyle="--", linewidth=1,
                       label=", ".join(dict.fromkeys(headline.other_name for headline in headlines)))
        figure.legend(handles=[*(Line2D([], [], color=colour, marker=marker, markersize=5, label=contestants[name]["title"])
                                 for name, (colour, marker) in looks.items()), guess],
                      loc="upper left", ncols=len(looks) + 1, fontsize="small")
        figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / figure.get_figheight()))
        figure.savefig(path)
    return path


def _curve(ax, budget, key, look, scale):
    """The mean over seeds, in a band from the lowest to the highest; scale: seconds of an update, or 1."""
    colour, marker = look
    curves = [curve for curve in budget["curves"] if curve["updates"]]
    if not curves:
        return
    x = [scale * update for update in curves[0]["updates"]]
    values = list(zip(*(curve[key] for curve in curves)))               # of all seeds, at every point
    ax.fill_between(x, [min(v) for v in values], [max(v) for v in values], color=colour, alpha=0.2, linewidth=0)
    ax.plot(x, [mean(v) for v in values], color=colour, marker=marker, markersize=4, markevery=max(1, len(x) // 8),
            linewidth=1.5)


def _ends(ax, one, key, look):
    """Where a contestant ends: the mean, and a line from the lowest to the highest."""
    colour, marker = look
    for kind, inside in zip(KINDS, (colour, style.FREE)):
        score = one[kind]["scores"].get(key)
        if score:
            ax.vlines(one["parameters"], score["lowest"], score["highest"], color=colour, linewidth=1)
            ax.plot(one["parameters"], score["mean"], color=colour, marker=marker, markerfacecolor=inside, linestyle="none")


def _finish(row, headline, guess):
    """Axes, grid and the number to read a row by (None: unknown)."""
    top = headline.top or max(max(ax.dataLim.y1 for ax in row), guess or 0) or 1
    for ax in row:
        if guess is not None:
            ax.axhline(guess, color=style.BASELINE, linestyle="--", linewidth=1)
        ax.grid(color="#e5e5e5", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.set_ylim(0, 1.02 * top)
    for ax in row[:2]:
        ax.set_xlim(left=0)
    sizes = [line.get_xdata()[0] for line in row[2].lines if line.get_linestyle() == "None"]
    row[2].set(xscale="log", xlim=(min(sizes) / 1.5, max(sizes) * 1.5))
    row[2].xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    row[2].xaxis.set_major_formatter(EngFormatter(sep=""))
    row[2].xaxis.set_minor_locator(NullLocator())
    row[0].set_ylabel(headline.name)
