"""CONTRIBUTING.md: what it names is there, and what it says complains does."""

import re
from pathlib import Path

import pytest

from mgnm.figures import DRAWINGS
from mgnm.figures.readings import READINGS
from mgnm.presets import load_preset, preset_names
from mgnm.tasks import KINDS
from mgnm.tasks.sequences import SequenceTask

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def test_what_it_names_is_there():
    named = set(re.findall(r"`((?:mgnm|gradcheck|tests|tutorials|docs)/[\w./]*)`", TEXT))
    assert len(named) > 15
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/networks.md"])
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text())
    assert links and [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_task_has_a_preset_is_drawn_and_has_a_baseline(kind):
    assert [name for name in preset_names() if load_preset(name)["task"]["kind"] == kind]
    assert [drawn for drawn in DRAWINGS if issubclass(KINDS[kind], drawn)]
    assert callable(KINDS[kind].baseline) and KINDS[kind].headlines
    assert not issubclass(KINDS[kind], SequenceTask) or KINDS[kind] in READINGS
