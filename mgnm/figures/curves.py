"""How a run learned: loss, and the task's own scores, against the number of updates."""

from matplotlib.ticker import LogFormatter, MaxNLocator

from mgnm.errors import UserError
from mgnm.figures import style

FEW = 40                # so few points are marked one by one


def learning_curve(metrics, path, headlines, baseline=None):
    """Draw loss (on a logarithmic axis if it can be) and below it every headline of the task, as a PNG. Returns the path.

    metrics: dicts with "update", "seconds", "loss" and the scores of training; where the network was evaluated on fresh
    data, "evaluation": the scores there. headlines: `task.headlines`, the scores that are drawn; baseline:
    `task.baseline()`, lines to read them by. Raises UserError where there is nothing to draw.
    """
    if not metrics:
        raise UserError("the metrics are empty, so there is no curve to draw: train for at least one logged update")
    _check_scores(metrics, headlines)
    with style.look():
        figure = style.new_figure(8, 2.4 + 3.6 * len(headlines), dpi=120)
        loss, *scores = axes = figure.subplots(1 + len(headlines), 1, sharex=True,
                                               height_ratios=[2] + [3] * len(headlines))
        _plot(loss, metrics, "loss", color=style.LOSS)
        loss.set_title("How the network learned")
        if min(line["loss"] for line in metrics) > 0:
            loss.set(yscale="log", ylabel="loss (log scale)")
            loss.yaxis.set_major_formatter(PlainLogFormatter())
            loss.yaxis.set_minor_formatter(PlainLogFormatter())
        else:                                               # of an actor-critic, which may have any sign
            loss.set_ylabel("loss")
        for ax, headline in zip(scores, headlines):
            _plot_score(ax, metrics, headline, (baseline or {}).get(headline.reference))
        axes[-1].set_xlabel(f"updates ({duration(metrics[-1]['seconds'])} in all)")
        axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
        for ax in axes:
            ax.grid(color="#e5e5e5", linewidth=0.8)
            ax.set_axisbelow(True)
        figure.align_ylabels()
        figure.tight_layout()
        figure.savefig(path)
    return path


def _check_scores(metrics, headlines):
    for line in metrics:
        for scores in (line, line.get("evaluation")):
            missing = [headline.key for headline in headlines if scores and headline.key not in scores]
            if missing:
                raise UserError(f"the metrics of update {line['update']} have no {missing[0]}: they are of another task; "
                                "draw a run with the task that it was trained on")


def _plot(ax, lines, key, **look):
    """A score of these lines of the metrics."""
    marker = "." if len(lines) < FEW else None
    ax.plot([line["update"] for line in lines], [line[key] for line in lines], **{"marker": marker, "linewidth": 1} | look)


def _plot_score(ax, metrics, headline, guess):
    """Training, fresh data, and the number to read them by (None: there is none), each with its last value."""
    _plot(ax, metrics, headline.key, color=style.SCORE, label="training data")
    fresh = [{"update": line["update"], **line["evaluation"]} for line in metrics if line.get("evaluation")]
    if fresh:
        _plot(ax, fresh, headline.key, color=style.INK, marker="o", markersize=5, linewidth=1.5,
              label=f"fresh data (last {fresh[-1][headline.key]:#.3g})")
    if guess is not None:
        ax.axhline(guess, color=style.BASELINE, linestyle="--", label=f"{headline.other_name} ({guess:#.3g})")
    ax.set_ylabel(headline.name)
    ax.set_ylim(0, 1.02 * (headline.top or max(ax.dataLim.y1, guess or 0) or 1))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0, fontsize="small")


class PlainLogFormatter(LogFormatter):
    """Labels the ticks that LogFormatter would, but as 0.2, not as 2e-01."""

    def __call__(self, x, pos=None):
        return f"{x:g}" if super().__call__(x, pos) else ""


def duration(seconds):
    """"45 s", "3 min 20 s" or "2 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
