"""A page measured in inches from its top left corner, for pictures whose cells are to be squares of one size."""

import numpy as np

from mgnm.figures import style

LEAST_WIDTH = 10.8      # inches that the story at the top needs
DPI = 100


class Page:
    """An empty figure of width x height inches, or wider."""

    def __init__(self, width, height):
        self.width, self.height = max(width, LEAST_WIDTH), height
        self.figure = style.new_figure(self.width, self.height, dpi=DPI)

    def axes(self, left, top, width, height):
        """New axes at this place."""
        return self.figure.add_axes((left / self.width, 1 - (top + height) / self.height,
                                     width / self.width, height / self.height))

    def text(self, left, top, text, **look):
        """Text at this place; look: as `Figure.text` takes it, `va` and `ha` say which part of the text is meant."""
        self.figure.text(left / self.width, 1 - top / self.height, text, **look)

    def label(self, top, height, text):
        """A few lines of text at the left edge, beside what is drawn from `top` on, `height` inches high."""
        self.text(0.15, top + height / 2, text, va="center")


def number_ticks(axis, count, size):
    """Number the cells of an axis from 1 to count, as many as there is room for. size: inches of a cell."""
    room = 0.1 + 0.08 * len(str(count))                     # inches for a number and the space beside it
    every = next(k * 10 ** n for n in range(10) for k in (1, 2, 5) if k * 10 ** n * size >= room)
    numbers = np.arange(every, count + 1, every)
    axis.set_ticks(numbers - 1, labels=[str(number) for number in numbers])
