"""Every task has its learning curve and its pictures: draw_run and `mgnm figures` with the smallest networks."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_run import assignments, command, refusal

import mgnm
from mgnm.errors import UserError
from mgnm.figures import DRAWINGS, draw_run, learning_curve, readings
from mgnm.tasks import KINDS, Copy, DigitSort, Exploration, Mapping, Sort, build_task, complete
from mgnm.tasks.sequences import SequenceTask
from mgnm.training.weights import save_weights

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

SAMPLE = str(Path(__file__).parent / "data" / "digits")
STORIES = str(Path(__file__).parent / "data" / "babi")
ENCODER = {"kind": "encoder_decoder", "layers": [[2, 2], [1, 2]]}
IMAGES = {"source": SAMPLE, "digits": 3, "levels": 2}
TABLES = {                                                      # [task] and [network] of the smallest runs
    "mapping": ({"size": 5, "frame": 6},
                {"kind": "reader_writer", "writer": [[1, 2], [2, 2]], "reader": [2, 2], "narrowing": [[1, 1]]}),
    "exploration": ({"size": 5, "frame": 6, "length": 5},
                    {"kind": "explorer", "writer": [[1, 2], [2, 2]], "reader": [2, 2], "narrowing": [[1, 1]],
                     "head_units": 4}),
    "copy": ({"bits": 3, "longest": 4}, ENCODER | {"input_channels": 4, "output_channels": 3}),
    "repeat_copy": ({"bits": 2, "longest": 3}, ENCODER | {"input_channels": 4, "output_channels": 3}),
    "sort": ({"bits": 3, "items": 4, "top": 3}, ENCODER | {"input_channels": 4, "output_channels": 3}),
    "recall": ({"bits": 3, "vectors": 2, "most": 3}, ENCODER | {"input_channels": 5, "output_channels": 3}),
    "digit_recall": (IMAGES, {"kind": "digit_reader", "writer": [[2, 2]], "reader": [2], "narrowing": [[1, 2]]}),
    "digit_sort": (IMAGES, ENCODER | {"input": "images", "input_channels": 1, "output_channels": 10}),
    "babi": ({"source": STORIES}, {"kind": "question_answering", "layers": [[2, 2]]}),
}
PICTURES = {"mapping": ["episode.png", "episode.gif"], "exploration": ["coverage.png", "explorer.gif"],
            "digit_recall": ["digits.png", "memory.png"], "digit_sort": ["digits.png", "memory.png"],
            "babi": ["stories.png", "memory.png"]}              # all others: sequences.png and memory.png


def run_of(kind, seed=0):
    """(tables, network, task) of the smallest run."""
    task, network = TABLES[kind]
    tables = complete({"task": {"kind": kind, **task}, "network": network, "training": {}})
    return tables, mgnm.build(tables["network"], seed), build_task(tables["task"])


def metrics_of(task, updates=(10, 20, 30)):
    """Metrics as the trainer writes them: scores that come nearer to 0.8, and an evaluation of the last but one."""
    lines = [{"update": n, "seconds": 2.0 * n, "loss": 1 / n} | dict.fromkeys(task.no_scores.summary(), 0.8 - 1 / n)
             for n in updates]
    lines[-2:-1] = [line | {"evaluation": dict.fromkeys(task.no_scores.summary(), 0.61) | task.baseline()}
                    for line in lines[-2:-1]]
    return lines


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_task_is_drawn(kind, tmp_path, figures):
    _, network, task = run_of(kind)
    paths = draw_run(network, task, metrics_of(task), tmp_path / "a" / "figures", 1, task.baseline())
    assert [path.name for path in paths] == ["learning_curve.png", *PICTURES.get(kind, ["sequences.png", "memory.png"])]
    assert sorted((tmp_path / "a" / "figures").iterdir()) == sorted(paths)
    loss, *scores = figures[0].axes
    assert len(loss.lines) == 1 and len(scores) == len(task.headlines)
    for ax, headline in zip(scores, task.headlines, strict=True):
        training, fresh, *guesses = ax.lines
        np.testing.assert_allclose(training.get_ydata(), [0.8 - 1 / n for n in (10, 20, 30)])
        assert (list(fresh.get_xdata()), list(fresh.get_ydata())) == ([20], [0.61])
        wanted = [task.baseline()[headline.reference]] if headline.reference in task.baseline() else []
        assert [guess.get_ydata()[0] for guess in guesses] == wanted
        assert ax.get_ylabel() == headline.name
        assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] >= max(*wanted, headline.top or 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pictures_depend_on_network_and_seed(kind, tmp_path):
    """The same twice; another network, or another seed, and every picture is another one."""
    drawn = {}
    for name, weights, seed in (("first", 1, 1), ("again", 1, 1), ("network", 2, 1), ("seed", 1, 2)):
        _, network, task = run_of(kind, weights)
        network.values[...] *= 3                                # so that the answers differ visibly
        drawn[name] = [pixels(path) for path in draw_run(network, task, [], tmp_path / name, seed)]
    for first, again, *others in zip(*drawn.values(), strict=True):
        assert np.array_equal(first, again)
        for other in others:
            assert first.shape != other.shape or (first != other).any(axis=2).sum() > 20


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_draws_weights_of_every_task(kind, tmp_path, capsys):
    tables, network, _ = run_of(kind)
    save_weights(tmp_path / "weights.npz", network, tables, 0)
    assert command("figures", tmp_path / "weights.npz", "--out", tmp_path / "drawn", "--seed", 3) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(paths) == sorted((tmp_path / "drawn").iterdir()) and len(paths) == 2
    assert all(path.stat().st_size > 1000 for path in paths)


def test_every_task_has_headlines_a_drawing_and_a_reading():
    for kind in KINDS.values():
        assert sum(issubclass(kind, drawn) for drawn in DRAWINGS) == 1
        assert kind in readings.READINGS or not issubclass(kind, SequenceTask)
        task = run_of(next(name for name in KINDS if KINDS[name] is kind))[2]
        assert all(headline.key in task.no_scores.summary() for headline in task.headlines)
        assert task.headlines[0].reference in task.baseline()


@pytest.mark.parametrize("kind, titles", [
    ("sort", ["item 1\npriority ", "item 4\npriority ", "place 1\nanswer | truth", "place 3\nanswer | truth"]),
    ("repeat_copy", ["step 1", "step 1\nanswer | truth"]), ("digit_recall", ["picture 1\na ", "picture 3\na "]),
    ("digit_sort", ["picture 1\na ", "picture 3\na ", "place 1", "place 3"]),
])
def test_the_memory_picture_says_what_comes_in_and_goes_out(kind, titles, tmp_path, figures):
    _, network, task = run_of(kind)
    draw_run(network, task, [], tmp_path, 0)
    [memory] = [figure for figure in figures if figure.texts[0].get_text() == "Inside the memory"]
    said = [ax.get_title() for ax in memory.axes]
    assert all(any(title.startswith(start) for title in said) for start in titles)


@pytest.mark.parametrize("kind", ["mapping", "copy", "digit_sort"])
def test_a_bad_seed_is_refused_before_anything_is_drawn(kind, tmp_path):
    _, network, task = run_of(kind)
    for seed in (-1, 1.5, 2 ** 63):
        with pytest.raises(UserError, match="seed"):
            draw_run(network, task, [], tmp_path / "figures", seed)
    assert not (tmp_path / "figures").exists()


def test_a_network_of_another_task_is_refused_in_one_line(tmp_path, capsys):
    tables = run_of("copy")[0] | {"network": TABLES["mapping"][1]}
    save_weights(tmp_path / "weights.npz", mgnm.build(tables["network"]), tables, 0)
    assert "encoder_decoder" in refusal(capsys, "figures", tmp_path / "weights.npz", "--out", tmp_path)
    assert "seed" in refusal(capsys, "figures", tmp_path / "weights.npz", "--out", tmp_path, "--seed", -1)
    line = refusal(capsys, "figures", "tiny", "--set", "task.kind=exploration", "--out", tmp_path / "figures")
    assert "network.kind" in line and not list((tmp_path / "figures").iterdir())


def test_a_run_in_a_folder_named_like_a_preset_is_a_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)                                 # no weights come with preset paper
    assert command("train", "--out", "paper", "--workers", 1, *assignments()) == 0
    capsys.readouterr()
    assert command("figures", "paper") == 0
    assert {path.name for path in Path("paper/figures").iterdir()} == {"learning_curve.png", "episode.png", "episode.gif"}


def test_a_loss_that_is_not_above_zero_is_drawn(tmp_path, figures):
    task = Exploration()
    lines = [line | {"loss": line["loss"] - 0.06} for line in metrics_of(task)]
    learning_curve(lines, tmp_path / "curve.png", task.headlines)
    loss = figures[0].axes[0]
    assert loss.get_yscale() == "linear" and loss.get_ylim()[0] < min(line["loss"] for line in lines) < 0


def test_metrics_of_another_task_are_refused(tmp_path):
    for task, others in ((Sort(), Mapping()), (Mapping(), Copy()), (DigitSort(source=SAMPLE), Sort())):
        with pytest.raises(UserError, match=f"have no {task.headlines[0].key}"):
            learning_curve(metrics_of(others), tmp_path / "curve.png", task.headlines)
    assert not list(tmp_path.iterdir())


def test_an_error_has_an_axis_up_to_the_largest_that_occurs(tmp_path, figures):
    lines = metrics_of(Sort())
    learning_curve(lines, tmp_path / "a.png", Sort.headlines, {"memoryless_bits_per_sequence": 48.0})
    error, bits = figures[0].axes[1:]
    assert error.get_ylim() == pytest.approx((0, 1.02 * (0.8 - 1 / 30))) and bits.get_ylim() == pytest.approx((0, 48.96))
    assert [text.get_text() for text in bits.get_legend().get_texts()] == [
        "training data", "fresh data (last 0.610)", "best guess without memory (48.0)"]
    assert len(error.lines) == 2
    perfect = [line | {"bit_error": 0.0, "bits_per_sequence": 0.0, "evaluation": None} for line in lines]
    learning_curve(perfect, tmp_path / "b.png", Sort.headlines)
    assert figures[1].axes[1].get_ylim() == (0, 1.02)
