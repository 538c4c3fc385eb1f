"""`mgnm babi ask` and `mgnm babi report`: conversations with weights, and tables that say what is beside what."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_run import command, refusal

import mgnm
from mgnm.cli import parser
from mgnm.errors import UserError
from mgnm.tasks import build_task, complete
from mgnm.tasks.babi import BabiScores, Conversation, answer_text, said
from mgnm.tasks.babi.report import PUBLISHED, collect, label, numbers, table
from mgnm.training.weights import save_weights

SAMPLE = str(Path(__file__).parent / "data" / "babi")


def weights(path, seed=3, **task):
    """A file of random weights for the sample's stories; returns its settings."""
    tables = complete({"network": {"kind": "question_answering", "layers": [[1, 3], [2, 2]]},
                       "task": {"kind": "babi", "source": SAMPLE, **task}, "training": {}})
    save_weights(path, mgnm.build(tables["network"], seed), tables, 7)
    return tables


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "weights.npz"
    weights(path)
    return path


def piped(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


# ------------------------------------------------------------------------------------------------------------------- ask


@pytest.mark.parametrize("step", ["word", "sentence"])
def test_a_piped_story_is_answered(tmp_path, monkeypatch, capsys, step):
    tables = weights(tmp_path / "w.npz", step=step, tasks=[1])
    network, _, _ = mgnm.load_network(tmp_path / "w.npz")
    task = build_task(tables["task"])
    story = task.stories[1].held_out[0]
    text = "".join(f"{n} {' '.join(line.words).title()}" + (f"?\t{line.answer[0]}\t1\n" if line.answer else ".\n")
                   for n, line in enumerate(story, 1))
    piped(monkeypatch, text + text)                         # a line numbered 1 begins a new story
    assert command("babi", "ask", tmp_path / "w.npz") == 0
    out = capsys.readouterr().out.splitlines()
    episode = task.lay_out([(1, task.vocabulary.encode(story))])
    logits = network.forward(episode.inputs)[0][:, 0].astype(float)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert len(out) == 2 * len(p) and out[:len(p)] == out[len(p):]
    for line, row in zip(out, p):
        best = task.vocabulary.words[row.argmax()]
        assert line.split("  ")[1] == best and f"({best} {row.max():.1%}" in line


def test_an_empty_line_begins_a_new_story(file, monkeypatch, capsys):
    question = "Where is Anna?\n"
    piped(monkeypatch, f"{question}Anna walked to the bridge.\n{question}\n{question}")
    assert command("babi", "ask", file) == 0
    one, two, three = capsys.readouterr().out.splitlines()
    assert one == three != two


def test_unknown_words_are_named_in_one_line(file, monkeypatch, capsys):
    piped(monkeypatch, "Anna flew to the moon.\n")
    line = refusal(capsys, "babi", "ask", file)
    assert "unknown words: flew, moon; the network knows anna, ben," in line


@pytest.mark.parametrize(("typed", "said"), [
    ("Where is Anna", "type a sentence that ends in '.', or a question that ends in '?'"),
    ("Anna  is.", "not made of words"), ("17", "does not end in '.'"),
    ("Anna walked to the bridge to the bridge.", "but the longest that was trained on has 5")])
def test_what_is_no_sentence_is_told(file, monkeypatch, capsys, typed, said):
    piped(monkeypatch, typed + "\n")
    assert said in refusal(capsys, "babi", "ask", file)


def test_bytes_that_are_no_text_are_told_in_one_line(file, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Anna went to the caf\xe9.\n"), encoding="utf-8"))
    assert "the story is not text in utf-8" in refusal(capsys, "babi", "ask", file)


def test_a_person_at_a_terminal_is_told_and_goes_on(file, monkeypatch, capsys):
    piped(monkeypatch, "Anna flew away.\nAnna walked to the bridge.\nWhere is Anna?\n")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert command("babi", "ask", file) == 0
    first, unknown, answer = capsys.readouterr().out.splitlines()
    assert "An empty line begins a new story" in first and "unknown words: flew, away" in unknown
    assert answer.startswith("Where is Anna?  ")


def test_a_bad_line_leaves_the_story_as_it_was(file):
    network, tables, _ = mgnm.load_network(file)
    talk = Conversation(network, build_task(tables["task"]).vocabulary)
    assert talk.hear("Anna walked to the bridge.") is None
    before = talk.hear("Where is Anna?")
    for bad in ("Where is Daniel?", "Anna Anna Anna Anna Anna Anna.", "Anna"):
        with pytest.raises(UserError):
            talk.hear(bad)
    talk.story.pop()                                        # the question itself
    assert talk.hear("Where is Anna?") == before
    first, second = before                                  # answers of the sample have up to two words
    assert sum(first.values()) == pytest.approx(1) and list(first.values()) == sorted(first.values(), reverse=True)


def test_words_of_an_answer_are_joined_and_fillers_left_out():
    assert answer_text([{"milk": 0.9, "-": 0.1}, {"-": 1.0}]) == "milk"
    assert said([{"milk": 0.9, "-": 0.1}, {"-": 1.0}]) == [{"milk": 0.9, "-": 0.1}] and said([{"-": 1.0}]) == [{"-": 1.0}]
    assert answer_text([{"n": 1.0}, {"e": 1.0}]) == "n,e" and answer_text([{"-": 1.0}]) == "-"


def test_answers_of_several_words_word_by_word(tmp_path, monkeypatch, capsys):
    weights(tmp_path / "w.npz", step="word")
    piped(monkeypatch, "Anna took the cup.\nWhat is Anna carrying?\n")
    assert command("babi", "ask", tmp_path / "w.npz", "--answer-words", 3) == 0
    assert capsys.readouterr().out.count(";") == 2
    assert "--answer-words 0 does not fit" in refusal(capsys, "babi", "ask", tmp_path / "w.npz", "--answer-words", 0)


def test_stories_in_words_that_were_never_learned_are_not_scored(file, tmp_path, capsys):
    (tmp_path / "qa1_other_train.txt").write_text("".join(
        f"1 {who} hunt mice.\n2 Who hunts?\t{who}\t1\n" for who in ("Owls", "Cats")))
    line = refusal(capsys, "evaluate", file, "--set", f"task.source={tmp_path}", "--set", "task.tasks=[1]",
                   "--set", f"task.language={tmp_path.name}")
    assert "of the 5 words of the stories in" in line and "do not know 5, " in line


def test_stories_that_are_scored_are_counted(file, capsys):
    held_out = len(build_task(mgnm.load_network(file)[1]["task"]).scored)
    for asked, told in ((2, 2), (1000, held_out)):
        assert command("evaluate", file, "--sequences", asked) == 0
        assert f"\nsequences: {told}\n" in capsys.readouterr().out


def test_weights_of_another_task_are_refused(capsys):
    for part in ("ask", "report"):
        assert "tiny was trained on mapping: give weights of the task babi" in refusal(capsys, "babi", part, "tiny")


@pytest.mark.parametrize("part", ["ask", "report"])
def test_settings_that_do_not_fit_the_weights_are_refused(file, capsys, part):
    for setting in ("task.step=word", "task.answer_words=3", 'task.words=["-", ".", "?", "anna"]'):
        assert "network." in refusal(capsys, "babi", part, file, "--set", setting)


# ---------------------------------------------------------------------------------------------------------------- report


def test_a_report_of_several_runs(tmp_path, capsys):
    for name, task in (("a", {"tasks": [1]}), ("b", {"tasks": [8]}), ("c", {}), ("d", {"step": "word"})):
        weights(tmp_path / f"{name}.npz", **task)
    runs = [tmp_path / f"{name}.npz" for name in "abcd"]
    assert command("babi", "report", *runs, "--out", tmp_path / "bars.png", "--json", tmp_path / "n.json") == 0
    out = capsys.readouterr().out
    assert "[1] one sentence a step, trained task by task, en, held-out stories" in out
    assert "[2] one sentence a step, trained jointly, en, held-out stories" in out
    assert "[3] one word a step, trained jointly, en, held-out stories" in out
    assert "published: one word a step, trained jointly, en-10k, test files: LSTM 27.3%" in out
    found = json.loads((tmp_path / "n.json").read_text())
    assert command("babi", "report", runs[2], "--set", "task.tasks=[1]") == 0       # scored on one, trained on both
    assert "[1] one sentence a step, trained jointly" in capsys.readouterr().out
    assert found["tasks_1"] == 2 and found["mean_error_1"] == pytest.approx(
        (found["error_1_task_1"] + found["error_1_task_8"]) / 2)
    network, tables, _ = mgnm.load_network(runs[2])
    scores = build_task(tables["task"]).evaluate(network, 1000)
    assert [found["error_2_task_1"], found["error_2_task_8"]] == [*scores.errors().values()]
    with Image.open(tmp_path / "bars.png") as picture:
        assert picture.size[0] > 1000


def test_two_runs_of_one_task_are_refused(tmp_path, capsys):
    for name in "ab":
        weights(tmp_path / f"{name}.npz", tasks=[1])
    line = refusal(capsys, "babi", "report", tmp_path / "a.npz", tmp_path / "b.npz")
    assert "a.npz" in line and "b.npz" in line and "are both of task 1" in line


def test_the_table_says_how_its_columns_were_trained():
    task = build_task({"kind": "babi", "tasks": [1, 2], "step": "word", "language": "en-10k", "scored_on": "test"})
    assert label(task, [1]) == "one word a step, trained task by task, en-10k, test files"
    assert label(task, [1, 2]) == "one word a step, trained jointly, en-10k, test files"
    columns = {}
    collect(columns, "some", BabiScores((1, 2), (95, 94), (100, 100)), "run")
    text = table(columns).splitlines()
    assert text[-4].split() == ["1", "5.0%"] and text[-3].split() == ["2", "6.0%"]
    assert text[-2].split() == ["mean", "5.5%"] and text[-1].split() == ["failed", "1/2"]
    assert numbers(columns)["failed_tasks_1"] == 1
    assert PUBLISHED == {"LSTM": 0.273, "NTM": 0.285, "DNC": 0.167, "DNC, best run": 0.038}     # REFERENCE 6


@pytest.mark.parametrize("part", ["ask", "report"])
def test_every_part_has_help_that_ends_in_an_example(part, capsys):
    assert command("babi", part, "--help") == 0
    example = capsys.readouterr().out.splitlines()[-1].split("| ")[-1].split()
    assert example[:3] == ["mgnm", "babi", part]
    parser().parse_args(example[1:])
