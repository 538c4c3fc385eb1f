"""The page of an episode: its numbers against the network, the page by itself, and in a browser, walked through by keys."""

import base64
import json
import os
import re
import zlib
from html.parser import HTMLParser

import chromium
import numpy as np
import pytest

import mgnm
from mgnm.cli import main
from mgnm.errors import UserError
from mgnm.figures import explore, record_episode, style
from mgnm.figures.walkthrough import QUANTITIES, look_inside, quantised
from mgnm.tasks import Exploration, Mapping, build_task

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

SORT = {"kind": "sort", "bits": 3, "items": 4, "top": 3}
SORTER = {"kind": "encoder_decoder", "layers": [[2, 3], [2, 4]], "input_channels": 4, "output_channels": 3}
TAGS_WITHOUT_END = {"meta", "input", "link", "br", "img", "hr"}


def restored(packed):
    """The values that the page's script reads from what `quantised` made, float64."""
    changes = np.frombuffer(zlib.decompress(base64.b64decode(packed["bytes"])), np.uint8).reshape(packed["shape"])
    return packed["step"] * (np.cumsum(changes, axis=0, dtype=np.uint8).astype(float) - packed["zero"])


class Page(HTMLParser):
    """Reads a page strictly: every element that is opened is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.attributes = [], {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in TAGS_WITHOUT_END:
            self.open.append((tag, dict(attributes).get("id")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data


def record_of(path):
    return json.loads(Page(path.read_text()).text["script", "record"])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of the trained network that comes with the package."""
    network, tables, _ = mgnm.load_network("tiny")
    return explore(network, build_task(tables["task"]), tmp_path_factory.mktemp("page") / "tiny.html", seed=3)


# ---------------------------------------------------------------------------------------------------------------- record


def cell_of(gates, before):
    return gates["f"] * before + gates["i"] * gates["g"]


def test_what_is_inside_is_what_the_network_computed():
    """h, c and the gates of every step, against a run over the whole sequence and against the equations of the cell."""
    network, record = mgnm.build("tiny", seed=2), record_episode(mgnm.build("tiny", seed=2), Mapping(), seed=1)
    inputs = {"observation": record.observations[:, None], "query": record.queries[:, None]}
    inside = look_inside(network, [{name: x[t:t + 1] for name, x in inputs.items()} for t in range(record.length)])
    _, state, cache = network.forward(inputs)
    gates = network.gates(cache)
    assert inside.keys() == {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)}
    for (layer, level), kept in inside.items():
        side = 3 * 2 ** level
        assert {name: array.shape for name, array in kept.items()} == dict.fromkeys("hcigfo", (49, 8, side, side))
        for name in "hc":
            np.testing.assert_allclose(kept[name][-1], state[f"{layer}.{level}.{name}"][..., 0].swapaxes(0, 1), atol=1e-5)
        whole = gates[f"{layer}.{level}"][..., 0].swapaxes(1, 2)                                # (T, 4C, H, W)
        np.testing.assert_allclose(np.concatenate([kept[name] for name in "igfo"], 1), whole, atol=1e-5)
        before = np.concatenate([np.zeros_like(kept["c"][:1]), kept["c"][:-1]])
        np.testing.assert_allclose(kept["c"], cell_of(kept, before), atol=1e-5)
        np.testing.assert_allclose(kept["h"], kept["o"] * np.tanh(kept["c"]), atol=1e-5)


def test_gates_of_an_encoder_and_then_of_its_decoder():
    network = mgnm.build(SORTER, seed=1)
    shown = np.random.default_rng(0).random((4, 1, 4), np.float32)
    inside = look_inside(network, [{"input": shown[t:t + 1], "steps": 0} for t in range(4)]
                         + [{"input": shown[:0], "steps": 1}] * 3)
    for kept in inside.values():
        before = np.concatenate([np.zeros_like(kept["c"][:1]), kept["c"][:-1]])
        assert len(kept["c"]) == 7
        np.testing.assert_allclose(kept["c"], cell_of(kept, before), atol=1e-5)


WRITER = {"writer": [[2, 2], [2, 3]], "reader": [2, 2], "narrowing": [[1, 1]]}


@pytest.mark.parametrize("settings, shapes", [
    ({"kind": "explorer"} | WRITER, {"observation": (3, 1, 3, 3, 4)}),
    ({"kind": "digit_reader"} | WRITER, {"observation": {0: (3, 1, 3, 3, 1), 1: (3, 1, 6, 6, 1)},
                                         "query": {0: (1, 1, 3, 3, 1), 1: (1, 1, 6, 6, 1)}}),
    ({"kind": "question_answering", "layers": [[2, 2], [2, 3]], "input_channels": 5, "output_channels": 4},
     {"input": (3, 1, 5)})], ids=lambda x: x.get("kind"))
def test_every_multigrid_memory_tells_its_gates(settings, shapes):
    """From them alone, step by step, comes the memory that is there at the end."""
    network, rng = mgnm.build(settings, seed=1), np.random.default_rng(0)
    inputs = {name: {j: rng.random(level, np.float32) for j, level in shape.items()} if isinstance(shape, dict)
              else rng.random(shape, np.float32) for name, shape in shapes.items()}
    _, state, cache = network.forward(inputs | ({"answer_steps": [2]} if "input" in inputs else {}))
    gates = network.gates(cache)
    assert {f"{name}.{kind}" for name in gates for kind in "hc"} == state.keys()
    for name, maps in gates.items():
        c = 0
        for i, g, f, o in (np.split(each, 4, axis=1) for each in maps):                         # (H, C, W, 1)
            c = f * c + i * g
        np.testing.assert_allclose(state[f"{name}.c"], c, atol=1e-6)
        np.testing.assert_allclose(state[f"{name}.h"], o * np.tanh(c), atol=1e-6)


@pytest.mark.parametrize("signed", [True, False])
def test_bytes_are_the_numbers_to_half_a_step(signed):
    array = np.random.default_rng(1).random((5, 2, 3, 3), np.float32) * 2 - 1
    array = 0.03 * array if signed else np.abs(array)
    packed = quantised(array, signed)
    np.testing.assert_allclose(restored(packed), array, rtol=0, atol=packed["step"] / 2 * (1 + 1e-9))
    assert packed["step"] == pytest.approx(np.abs(array).max() / 127 if signed else 1 / 255)
    assert not restored(quantised(np.zeros((2, 3)), signed)).any()


def test_the_page_holds_the_episode(page):
    network, tables, _ = mgnm.load_network("tiny")
    task = build_task(tables["task"])
    record, episode = record_of(page), record_episode(network, task, seed=3)
    world, seen, asked, answer, truth = record["pictures"]
    margin = -world["corner"]
    inner = np.s_[:, margin:margin + task.size, margin:margin + task.size]
    assert len(record["captions"]) == episode.length
    np.testing.assert_array_equal(restored(world["cells"])[inner][0], episode.maze)
    assert world["path"]["rows"] == episode.rows.tolist() and world["path"]["columns"] == episode.columns.tolist()
    np.testing.assert_array_equal(restored(seen["cells"]) == 2, episode.observations[..., 1] > 0)
    np.testing.assert_array_equal(restored(asked["cells"]) == 1, episode.queries[..., 0] > 0)
    np.testing.assert_array_equal(restored(truth["cells"])[inner], episode.cropped(episode.truths))
    answers = episode.cropped(episode.predictions)
    np.testing.assert_allclose(restored(answer["cells"])[inner], answers, rtol=0, atol=0.501 / 255)
    assert [(place["layer"], place["level"]) for place in record["memory"]] == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    for place in record["memory"]:
        assert list(place["quantities"]) == list(QUANTITIES)
        cells = np.abs(restored(place["quantities"]["c"])).mean(axis=1)
        step = place["quantities"]["c"]["step"]
        np.testing.assert_allclose(cells, episode.cells[place["layer"], place["level"]], rtol=0, atol=0.51 * step)
    assert record["ink"] == style.INK


def test_the_page_needs_nothing_else(page):
    text = page.read_text()
    read = Page(text)
    assert len(text) < 1_000_000
    assert read.open == [] and not re.search(r"https?:|//[a-z]+\.", text.replace(read.text["script", "record"], ""))
    assert not re.search(r"https?:", text) and "{{" not in text
    assert not [attribute for attribute in read.attributes if attribute[1] in ("src", "href")]
    assert "@import" not in text and "fetch(" not in text


@pytest.mark.parametrize("network", [SORTER, {"kind": "lstm", "units": 5, "questions": "none", "input": [4], "output": [3]}])
def test_a_sequence_has_a_page(tmp_path, network):
    """Of a baseline as well, whose gates are not kept."""
    record = record_of(explore(mgnm.build(network), build_task(SORT), tmp_path / "page.html"))
    shown, right, answer = record["pictures"]
    assert shown["cells"]["shape"] == [1, 4, 4] and right["cells"]["shape"] == answer["cells"]["shape"] == [1, 3, 3]
    assert (shown["cursor"], answer["cursor"], len(record["captions"])) == (0, 4, 7)
    quantities = set(QUANTITIES) if network is SORTER else {"h", "c"}
    assert all(place["quantities"].keys() == quantities for place in record["memory"])


def test_what_has_no_page_is_refused_in_one_line(tmp_path):
    with pytest.raises(UserError, match="no page to explore the task Exploration with") as refusal:
        explore(mgnm.build("explore-9"), Exploration(), tmp_path / "page.html")
    assert "\n" not in str(refusal.value) and not list(tmp_path.iterdir())


def test_the_command_writes_it(tmp_path, capsys):
    assert main(["figures", "tiny", "--explore", "--out", str(tmp_path / "new"), "--seed", "3"]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "new" / "explore.html")]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["explore.html"]


# --------------------------------------------------------------------------------------------------------------- browser

PIXELS = """(async () => {
  const texts = [...document.querySelectorAll("canvas")].map(canvas => canvas.toDataURL()).join();
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts));
  return [...new Uint8Array(hash)].join();
})()"""


@pytest.fixture
def browser(tmp_path):
    """Skipped on machines without one, but not where .ci/run has promised it."""
    if not chromium.installed():
        assert chromium.PROMISED not in os.environ, "the browser that .ci/run installs is not here"
        pytest.skip("no Chromium is installed; .ci/run installs it")
    with chromium.Chromium(tmp_path / "profile") as browser:
        yield browser


def opened(browser, path):
    """Open a page and wait until it is drawn."""
    browser.open(path)
    browser.run("ready")


def canvas_at(browser, selector, x, y):
    """Where a place on a canvas is in the window."""
    left, top = browser.run(f"(c => {{ c.scrollIntoView({{block: 'center'}}); const b = c.getBoundingClientRect(); "
                            f"return [b.left, b.top]; }})(document.querySelector({selector!r}))")
    return left + x, top + y


def choose(browser, control, value, event="change"):
    """Give a slider or a list another value, as a hand does it."""
    browser.run(f"(control => {{ control.value = {json.dumps(value)}; control.dispatchEvent(new Event({event!r})); }})"
                f"(document.getElementById({control!r}))")


def test_the_slider_moves_the_pictures(browser, page):
    opened(browser, page)
    steps = record_of(page)["captions"]
    pixels, seen = browser.run(PIXELS), {}
    assert browser.run("document.getElementById('now').textContent") == f"step 1 of {len(steps)}"
    for key, step in (("ArrowRight", 2), ("ArrowRight", 3), ("PageUp", 13), ("End", 49), ("Home", 1)):
        browser.press(key)
        seen[step] = browser.run(PIXELS)
        assert browser.run("document.getElementById('now').textContent") == f"step {step} of {len(steps)}"
        assert browser.run("document.getElementById('caption').textContent") == steps[step - 1]
    assert seen[1] == pixels and len(set(seen.values())) == len(seen)
    choose(browser, "step", 2, "input")
    assert browser.run(PIXELS) == seen[3]
    assert browser.errors == [] and [url for url in browser.requests if not url.startswith(("file:", "data:"))] == []


def test_every_layer_level_channel_and_gate_can_be_shown(browser, page):
    opened(browser, page)
    record, seen = record_of(page), set()
    for layer in (0, 1):
        choose(browser, "layer", layer)
        options = browser.run("[...document.getElementById('show').options].map(option => option.value)")
        assert options == [*QUANTITIES, *map(str, range(8))]
        for option in options:
            choose(browser, "show", option)
            levels = sum(place["layer"] == layer for place in record["memory"])
            assert browser.run("regions.length") == levels * (8 if option in QUANTITIES else len(QUANTITIES))
            seen.add(browser.run("document.getElementById('grids').toDataURL()"))
    assert len(seen) == 2 * (len(QUANTITIES) + 8)
    assert browser.errors == []


def test_the_mouse_reads_numbers(browser, page):
    opened(browser, page)
    browser.press("End")
    record = record_of(page)
    place = record["memory"][-1]                                            # layer 2, the finest level, shows c at first
    c = restored(place["quantities"]["c"])
    x, y = browser.run("(r => [r.x, r.y])(regions.find(r => r.level === 2 && r.channel === 3))")
    browser.point(*canvas_at(browser, "#grids", x + 84 / 12 * 5.5, y + 84 / 12 * 7.5))
    assert browser.run("document.getElementById('number').textContent").startswith(
        f"layer 2, level 2 (12x12), channel 4, row 8, column 6: c = {c[-1, 3, 7, 5]:.4f} ")
    answer = record["pictures"][3]
    size = browser.run("record.pictures[3].size")
    browser.point(*canvas_at(browser, "figure:nth-of-type(4) canvas", 4.5 * size, 3.5 * size))
    assert browser.run("document.getElementById('number').textContent").endswith(
        f": row {3 + answer['corner'] + 1}, column {4 + answer['corner'] + 1}: "
        f"probability {restored(answer['cells'])[-1, 3, 4]:.3f}")
    assert browser.errors == []


def test_a_sequence_in_the_browser(browser, tmp_path):
    opened(browser, explore(mgnm.build(SORTER, seed=1), build_task(SORT), tmp_path / "page.html"))
    first = browser.run(PIXELS)
    browser.press("End")
    assert browser.run("document.getElementById('now').textContent") == "step 7 of 7"
    assert browser.run(PIXELS) != first
    browser.press("Home")
    assert browser.run(PIXELS) == first and browser.errors == []


def test_a_page_that_cannot_be_unpacked_says_so(browser, page, tmp_path):
    old = tmp_path / "old.html"
    old.write_text(page.read_text().replace("new DecompressionStream", "new NotThere"))
    browser.open(old)
    assert "NotThere" in browser.run("ready.catch(() => document.getElementById('number').textContent)")
