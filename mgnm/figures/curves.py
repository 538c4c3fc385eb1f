"""How a run learned: loss and F-score against the number of updates."""

from matplotlib.ticker import LogFormatter, MaxNLocator

from mgnm.errors import UserError
from mgnm.figures import style

FEW = 40                # so few points are marked one by one


def learning_curve(metrics, path, baseline=None):
    """Draw loss (logarithmic) and F-score, one above the other, as a PNG. Returns the path.

    metrics: dicts with "update", "seconds", "loss", "f_score" (of training) and, where the network was evaluated on
    fresh mazes, "evaluation": {"f_score": ...}. baseline: F-score of the best memoryless guess, drawn as a line.
    Raises UserError where there is nothing to draw.
    """
    if not metrics:
        raise UserError("the metrics are empty, so there is no curve to draw: train for at least one logged update")
    updates = [line["update"] for line in metrics]
    evaluated = [line for line in metrics if line.get("evaluation")]
    marker = "." if len(metrics) < FEW else None
    with style.look():
        figure = style.new_figure(8, 6, dpi=120)
        loss, score = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
        loss.plot(updates, [line["loss"] for line in metrics], color=style.LOSS, marker=marker, linewidth=1)
        loss.set(yscale="log", ylabel="loss (log scale)", title="How the network learned")

        score.plot(updates, [line["f_score"] for line in metrics], color=style.SCORE, marker=marker, linewidth=1,
                   label="training mazes")
        if evaluated:
            score.plot([line["update"] for line in evaluated], [line["evaluation"]["f_score"] for line in evaluated],
                       color=style.INK, marker="o", markersize=5, linewidth=1.5,
                       label=f"fresh mazes (last {evaluated[-1]['evaluation']['f_score']:.3f})")
        if baseline is not None:
            score.axhline(baseline, color=style.BASELINE, linestyle="--",
                          label=f"best guess without memory ({baseline:.3f})")
        score.set(ylim=(0, 1.02), ylabel="F-score (1 = every map right)",
                  xlabel=f"updates ({duration(metrics[-1]['seconds'])} in all)")
        score.xaxis.set_major_locator(MaxNLocator(integer=True))
        score.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0, fontsize="small")
        loss.yaxis.set_major_formatter(PlainLogFormatter())
        loss.yaxis.set_minor_formatter(PlainLogFormatter())
        for ax in (loss, score):
            ax.grid(color="#e5e5e5", linewidth=0.8)
            ax.set_axisbelow(True)
        figure.align_ylabels()
        figure.tight_layout()
        figure.savefig(path)
    return path


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
