"""Arrays that behave like those of a GPU in one way: nobody may look at their numbers without saying so."""

import numpy as np


class Elsewhere(np.ndarray):
    """An array whose numbers cannot be read, as if they were on a GPU and the way from there were forbidden."""

    def _read(self, *_):
        raise AssertionError("a number was read")

    __float__ = __int__ = __index__ = __bool__ = item = tolist = _read
