"""What a picture says to someone who has never heard of the task: title, story, legend; and those of a mapping episode."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mgnm.figures import style

QUESTION = "Where have I seen this patch?"
STORY = ("An agent walks through a maze that it has never seen (walls do not stop it). At every step it sees the small "
         "patch around it,\nand must mark on a map all the places where it has met a certain patch. "
         "Only its memory knows them.")


def write_heading(figure, title, story, summary, handles, fontsize):
    """Title, story (two lines) and legend at the top of a figure, and on the right how it went as a whole."""
    line = 1.4 * fontsize / 72 / figure.get_figheight()                         # of text, as a share of the height
    figure.text(0.012, 1 - 0.5 * line, title, fontsize=1.8 * fontsize, fontweight="bold", va="top")
    figure.text(0.95, 1 - 0.7 * line, summary, fontsize=fontsize, color=style.QUIET, ha="right", va="top")
    figure.text(0.012, 1 - 2.5 * line, story, fontsize=fontsize, va="top")
    figure.legend(handles=handles, ncols=7, fontsize=fontsize, handlelength=1.6, columnspacing=1.4,
                  borderpad=0, borderaxespad=0, loc="upper left", bbox_to_anchor=(0.012, 1 - 4.9 * line))


def write_episode_heading(figure, episode, fontsize):
    """The heading of an EpisodeRecord's picture."""
    write_heading(figure, QUESTION, STORY, summary(episode), legend_handles(), fontsize)


def summary(episode):
    """The size of the task, and the F-score of all answers of the episode."""
    size = episode.task.size
    return f"maze of {size}x{size} cells, {episode.length} steps: F-score {episode.scores().f_score:.2f}"


def legend_handles():
    """What the lines and colours of a world and its maps mean."""
    return [Patch(color=style.WALL, label="wall"),
            Line2D([], [], color=style.PATH, linewidth=2, label="path so far"),
            Line2D([], [], color=style.AGENT, marker="o", linestyle="none", label="agent"),
            outline(style.AGENT, "what it sees now"), *answer_handles()]


def answer_handles():
    """What the colours of a question and of the map that answers it mean."""
    return [outline(style.QUESTION, "patch that is asked for", linestyle="--"),
            Patch(color=style.QUESTION, label="answer: seen here"),
            outline(style.INK, "right answer")]


def write_label(ax, text):
    """Use up an axes for a few lines of text, at the left."""
    ax.axis("off")
    ax.text(0, 0.5, text, va="center")


def outline(colour, label, linestyle="-"):
    """The entry of a legend for a frame of this colour."""
    return Patch(facecolor="none", edgecolor=colour, linewidth=1.6, linestyle=linestyle, label=label)
