"""What the tests of all figures share, and those of comparisons."""

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


@pytest.fixture
def quick_baseline(monkeypatch):
    """The guess without memory takes longer than the smallest trainings: here it is known."""
    from mgnm.tasks import Mapping

    monkeypatch.setattr(Mapping, "baseline", lambda task: {"memoryless_f_score": 0.25})
