"""The share of the data in an iteration: every preset that is measured can be, and what is counted is all that is drawn."""

import pytest

from benchmarks import babi, data
from mgnm.presets import load_preset, preset_names


def test_what_needs_no_files_and_no_agent_is_measured():
    kinds = {load_preset(preset)["task"]["kind"] for preset in data.measured()}
    assert kinds == {"mapping", "sort", "copy", "repeat_copy", "recall"}
    assert set(data.measured()) < set(preset_names())


@pytest.mark.parametrize("preset", ["repeat-copy", "tiny"])
def test_making_the_data_takes_a_part_of_the_time(preset):
    """One whole episode at least: of a sequence, and of a walk in three chunks."""
    part, milliseconds = data.share(preset, 1)
    assert 0 < part < 1 and milliseconds > 0


@pytest.mark.parametrize("program, arguments, said", [
    (data, ["--iterations", "0"], "benchmarks.data: --iterations = 0"),
    (babi, ["nowhere"], "benchmarks.babi: task.source = 'nowhere'"),
    (babi, ["nowhere", "--mutations", "-1"], "benchmarks.babi: --mutations = -1")])
def test_bad_input_is_told_in_one_line(program, arguments, said, capsys):
    assert program.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(said) and error.count("\n") == 1
