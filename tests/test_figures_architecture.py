"""Pictures of networks: every preset has one, it shows what the settings say, and its numbers are the network's."""

import numpy as np
import pytest
from PIL import Image

import mgnm
from mgnm.cli import main
from mgnm.figures import describe, network_sheet
from mgnm.figures.blueprint import BLUEPRINTS, blueprint
from mgnm.networks import KINDS
from mgnm.presets import load_preset, preset_names

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

TINY = load_preset("tiny")["network"]
OPEN = [name for name in preset_names() if name.startswith("babi")]         # their ends come from the task's data


def texts(figure):
    return [text.get_text() for text in figure.texts + figure.axes[0].texts]


def test_every_kind_of_network_has_a_blueprint():
    assert BLUEPRINTS.keys() == KINDS.keys()


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_drawn(name, tmp_path, figures):
    settings = load_preset(name)["network"]
    with Image.open(network_sheet(settings, name, tmp_path / "network.png")) as picture:
        assert min(picture.size) >= 400
        assert len(np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)) > 20
    words, numbers = "\n".join(texts(figures[0])), describe(settings)
    assert f"{numbers['parameters']:,} parameters, {numbers['memory_cells']:,} memory cells" in words
    assert words.startswith(f"{name}: {settings['kind'].replace('_', ' ')}\n")
    if name not in OPEN:
        network = mgnm.build(settings)
        assert numbers == {"parameters": network.parameter_count, "memory_cells": network.memory_cells}


def test_the_numbers_of_a_network_with_open_ends():
    settings = load_preset("babi-small")["network"]
    numbers = describe(settings)
    for shown, answered in ((1, 1), (7, 30)):
        network = mgnm.build(settings | {"input_channels": shown, "output_channels": answered})
        assert network.parameter_count == (numbers["parameters"] + shown * numbers["parameters_per_input"]
                                           + answered * numbers["parameters_per_output"])
        assert network.memory_cells == numbers["memory_cells"] == 2 * 16 * (9 + 36)


@pytest.mark.parametrize("change", [
    {"base": 5}, {"writer": [[2, 8], [3, 9]]}, {"writer": [[2, 8], [2, 8]]}, {"reader": [8, 4]}, {"narrowing": [[1, 1]]},
    {"narrowing": [[2, 16], [1, 2]]}, {"writer_residuals": [[1, 2]]},
    {"reader_residuals": [[1, 3]]}, {"peepholes": True},
    {"forget_bias": 2.0}, {"input_channels": 3}])
def test_another_setting_makes_another_picture(change, tmp_path):
    first, again, other = (np.asarray(Image.open(network_sheet(settings, "x", tmp_path / "x.png")))
                           for settings in (TINY, TINY, TINY | change))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_a_reader_writer_shows_its_levels_channels_links_and_ends(tmp_path, figures):
    plan = blueprint(mgnm.build("small"))
    writer, reader = plan.strands
    assert [sorted(layer.grids) for layer in writer.layers] == [[0, 1], [0, 1], [0, 1, 2], [0, 1, 2, 3]]
    assert [layer.channels for layer in reader.layers] == [4, 4, 8, 8, 16, 16, 16, 16, 1]
    assert [sorted(layer.grids) for layer in reader.layers[4:]] == [[1, 2, 3], [1, 2, 3], [2, 3], [2, 3], [3]]
    assert all(grid == 2 * (3 * 2 ** level,) for layer in reader.layers for level, grid in layer.grids.items())
    assert plan.links == [((0, l), (1, l)) for l in range(4)]
    network_sheet(load_preset("small")["network"], "small", tmp_path / "small.png")
    words = texts(figures[0])
    assert words.count("8 channels\n3x3 to 24x24") == 2 and "1 channel\n24x24" in words
    assert {"observation\n3x3x4", "query", "map\n24x24x1", "writer", "reader, then narrowing"} <= set(words)
    # Cards: one, and one more each time the channels double. Ways: from each grid to those of its level and beside it.
    layers = [layer for strand in plan.strands for layer in strand.layers]
    cards = sum((1 + round(np.log2(layer.channels))) * len(layer.grids) for layer in layers)
    ways = sum(abs(a - b) <= 1 for strand in plan.strands for one, two in zip(strand.layers, strand.layers[1:])
               for a in one.grids for b in two.grids)
    assert len(figures[0].axes[0].patches) == cards
    assert len(figures[0].axes[0].lines) == ways + len(plan.links) + 3


@pytest.mark.parametrize("name, titles", [
    ("explore-9", ["agent", "writer", "reader, then narrowing"]), ("explore-9-lstm", ["agent", "memory", "reader"]),
    ("sort", ["encoder", "decoder"]), ("dnc-repeat-copy", ["memory", "reader"]), ("tiny-lstm", ["memory", "reader"])])
def test_the_strands_of_the_other_networks(name, titles):
    plan = blueprint(mgnm.build(name))
    assert [strand.title for strand in plan.strands] == titles
    columns = [[strand.start + l for l in range(len(strand.layers))] for strand in plan.strands]
    for (s, l), (strand, layer) in plan.links:
        assert columns[s][l] == columns[strand][layer]      # one above the other


@pytest.mark.parametrize("kind, base, fitted", [
    ("reader_writer", 4, ["laid into 4x4"]), ("conv_lstm", 15, ["enlarged to 15x15"]),
    ("conv_lstm", 16, ["enlarged to 15x15", "laid into 16x16"]), ("conv_lstm", 5, ["laid into 5x5"])])
def test_how_a_view_smaller_than_the_grid_comes_onto_it(kind, base, fitted):
    plan = blueprint(mgnm.build({"kind": kind, "base": base, "view": 3, "writer": [[1, 2]], "reader": [2],
                                 "narrowing": [[1, 1]]}))
    assert [strand.entry.split("\n")[-len(fitted):] for strand in plan.strands] == [fitted, fitted]
    assert plan.strands[1].entry.count("\n") == len(fitted)


@pytest.mark.parametrize("source", ["paper", "tiny"])
def test_the_command_draws_and_counts(source, tmp_path, capsys):
    assert main(["figures", source, "--network", "--out", str(tmp_path)]) == 0
    path, *numbers = capsys.readouterr().out.split("\n")
    assert path == str(tmp_path / f"network-{source}.png") and (tmp_path / f"network-{source}.png").stat().st_size > 10_000
    network = mgnm.build(source)
    assert numbers[:2] == [f"parameters: {network.parameter_count}", f"memory_cells: {network.memory_cells}"]


def test_the_command_draws_the_network_of_a_file(tmp_path, capsys):
    weights = mgnm.training.weights.find_weights("sort")
    assert main(["figures", str(weights), "--network", "--out", str(tmp_path)]) == 0
    assert f"parameters: {mgnm.build('sort').parameter_count}" in capsys.readouterr().out


def test_what_is_no_network_is_refused_in_one_line(tmp_path, capsys):
    for arguments, said in ((["nowhere", "--network"], "nowhere does not exist"),
                            (["tiny", "--network", "--explore"], "not allowed with argument")):
        with pytest.raises(SystemExit) if "--explore" in arguments else pytest.MonkeyPatch.context():
            assert main(["figures", *arguments, "--out", str(tmp_path)]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())
