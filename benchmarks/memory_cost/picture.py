"""The picture: time and bytes of an update against memory cells, both axes logarithmic."""

from matplotlib.ticker import EngFormatter

from mgnm.figures import style
from mgnm.figures.comparison import LOOKS

from .table import slopes, value

LABELS = {"ms": "milliseconds of an update", "bytes": "bytes of all arrays"}


def draw(families, results, path):
    """Draw as a PNG; behind every name the slope of its largest sizes."""
    with style.look():
        figure = style.new_figure(11, 4.4, dpi=120)
        for ax, (key, label) in zip(figure.subplots(1, 2), LABELS.items()):
            for (name, records), (colour, marker) in zip(results.items(), LOOKS):
                fitted = [record for record in records if "failure" not in record]
                ax.plot([record["memory_cells"] for record in fitted], [record[key] for record in fitted], color=colour,
                        marker=marker, linewidth=1.5,
                        label=f"{families[name].title} ({families[name].grows}): slope "
                              f"{value(slopes(records)[key]['largest'])}")
            ax.set(xscale="log", yscale="log", xlabel="memory cells", ylabel=label)
            ax.grid(color="#e5e5e5", linewidth=0.8)
            ax.set_axisbelow(True)
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, fontsize="small")
            ax.xaxis.set_major_formatter(EngFormatter(sep=""))
            ax.yaxis.set_major_formatter(EngFormatter(sep=""))
        figure.tight_layout()
        figure.savefig(path)
