"""What the tests of all figures share."""

import pytest


@pytest.fixture
def figures(monkeypatch):
    """All figures that are made during a test."""
    from mgnm.figures import style

    made, new_figure = [], style.new_figure
    monkeypatch.setattr(style, "new_figure", lambda *size, dpi: made.append(new_figure(*size, dpi)) or made[-1])
    return made


@pytest.fixture
def nothing_left_behind():
    """pyplot knows of no figure, and the user's settings are as before."""
    import matplotlib
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    yield
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before
