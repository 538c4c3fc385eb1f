"""One look for all pictures.

The colours stay apart for colour-blind eyes (Okabe and Ito, "Color Universal Design"; Tol, "Colour schemes"): what they
tell apart also differs in lightness. One colour means one thing everywhere.
"""

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

WALL, FAINT_WALL, UNKNOWN, FREE = "#4d4d4d", "#dcdcdc", "#f0e9d8", "#ffffff"
PATH, AGENT, QUESTION = "#56b4e9", "#d55e00", "#aa3377"
LOSS, SCORE, BASELINE = "#0072b2", "#009e73", "#7f7f7f"
WRONG, PRIORITY = "#e69f00", "#999933"
INK, QUIET = "#222222", "#666666"

# From nothing to the colour of the question, so that what lies under the map shows through.
PROBABILITY = LinearSegmentedColormap.from_list("probability", [(0.667, 0.2, 0.467, 0.0), (0.667, 0.2, 0.467, 1.0)])
SHOWN = LinearSegmentedColormap.from_list("shown", [FREE, WALL])
ERROR = LinearSegmentedColormap.from_list("error", [FREE, WRONG])
HIDDEN, CELL, CHANGE = "viridis", "cividis", "magma"        # mean |h|, mean |c|, mean |change of c|
SIGNED, GATE = "PuOr", "cividis"                            # single numbers of either sign, and from 0 to 1

LOOK = {
    "font.size": 10, "text.color": INK, "axes.titlesize": 10, "axes.titlepad": 4, "axes.labelcolor": INK,
    "axes.edgecolor": QUIET, "axes.linewidth": 0.8, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "image.interpolation": "nearest",
}


def look():
    """A context in which figures are drawn: Matplotlib's defaults and LOOK, whatever the user's own settings are."""
    return matplotlib.style.context(["default", LOOK])


def new_figure(width, height, dpi):
    """An empty figure that pyplot knows nothing of. width, height: inches."""
    figure = Figure((width, height), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def bare(ax):
    """Keep the frame of an axes, drop ticks and numbers."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
