"""The simulator of bAbI stories: its files, that they are the same everywhere, and what it refuses."""

import hashlib
from pathlib import Path

import pytest
from babi_text import questions, stories
from tiny_run import command, refusal

from mgnm.errors import UserError
from mgnm.tasks.babi import load_stories, parse
from mgnm.tasks.babi.generate import NOTICE, TASKS, generate, write

ALL = tuple(range(1, 21))
DIGEST = "d01ddef2c8d78a1b7a0b8a434e71dd5b42ae7bca3d7f3e74f058c579dfb7c8db"


def test_the_same_stories_on_every_machine():
    """Any change of a story changes the digest: then look at the stories, and put the new digest here."""
    texts = generate(stories=3, seed=0)
    digest = hashlib.sha256("".join(name + text for name, text in texts.items()).encode())
    assert digest.hexdigest() == DIGEST


def test_a_file_depends_on_its_task_part_and_seed_alone():
    every, some = generate(stories=4, seed=5), generate((20, 2), stories=4, seed=5)
    assert len(every) == 40 and len(some) == 4
    assert some.items() <= every.items()
    longer = generate((2,), stories=6, seed=5)
    assert all(longer[name].startswith(text) for name, text in some.items() if name in longer)


@pytest.mark.parametrize("task", ALL)
def test_other_seeds_and_parts_are_other_stories(task):
    texts = [text for seed in (0, 1, 2 ** 31 - 1) for text in generate((task,), stories=20, seed=seed).values()]
    assert len(set(texts)) == 6


@pytest.mark.parametrize("task", ALL)
def test_every_file_is_read_by_the_loader(task):
    for name, text in generate((task,), stories=30, seed=1).items():
        read = parse(text.encode(), name)
        assert len(read) == len(stories(text)) == 30
        lines = [line for story in read for line in story if line.answer]
        asked = questions(text)
        assert [(",".join(line.answer), line.facts) for line in lines] == [(q.answer.lower(), q.supports) for q in asked]


def test_a_folder_has_the_layout_of_the_public_archive(tmp_path):
    paths = write(tmp_path / "new" / "stories", (1, 19), stories=20, seed=3)
    names = ["qa1_single-supporting-fact_train.txt", "qa1_single-supporting-fact_test.txt",
             "qa19_path-finding_train.txt", "qa19_path-finding_test.txt"]
    assert paths == [tmp_path / "new" / "stories" / "en" / name for name in names]
    assert {path.name: path.read_bytes().decode() for path in paths} == generate((1, 19), stories=20, seed=3)
    loaded = load_stories(str(tmp_path / "new" / "stories"))
    assert {task: (len(part.training), len(part.held_out)) for task, part in loaded.items()} == {1: (18, 2), 19: (18, 2)}


def test_the_readme_says_what_the_stories_are_not(tmp_path):
    write(tmp_path, (4,), stories=1)
    readme = (tmp_path / "README.txt").read_text()
    assert readme.startswith(NOTICE) and "not comparable" in readme
    assert "tasks: 4\nstories in each file: 1\nseed: 0\n" in readme


def test_nothing_that_was_there_is_lost(tmp_path):
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    for folder, reason in ((tmp_path, "is not empty"), (precious, "is not a folder")):
        with pytest.raises(UserError, match=reason):
            write(folder, (1,), stories=1)
    assert [*tmp_path.iterdir()] == [precious] and precious.read_text() == "mine"


@pytest.mark.parametrize("bad, reason", [
    ({"tasks": (0,)}, "tasks = 0"), ({"tasks": (1, 21)}, "tasks = 21"), ({"tasks": (True,)}, "tasks = True"),
    ({"tasks": ("1",)}, "tasks = '1'"), ({"tasks": ()}, "no task"), ({"tasks": (3, 3)}, "twice"),
    ({"stories": 0}, "stories = 0"), ({"stories": 2.5}, "stories = 2.5"), ({"stories": 10 ** 6}, "stories = 1000000"),
    ({"seed": -1}, "seed = -1"), ({"seed": 2 ** 31}, "seed = 2147483648"),
])
def test_bad_arguments_are_told_in_one_line(bad, reason, tmp_path):
    for refuse in (lambda: generate(**bad), lambda: write(tmp_path / "new", **bad)):
        with pytest.raises(UserError, match=reason) as caught:
            refuse()
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_the_command_writes_lists_and_warns(tmp_path, capsys):
    out = tmp_path / "stories"
    assert command("babi", "generate", "--tasks", "2,7", "--stories", 3, "--seed", 9, "--out", out) == 0
    *paths, last = capsys.readouterr().out.splitlines()
    assert last == NOTICE
    assert {Path(path).name: Path(path).read_text() for path in paths} == generate((2, 7), stories=3, seed=9)
    assert {Path(path).parent for path in paths} == {out / "en"}


def test_the_command_makes_all_tasks_unless_told_otherwise(tmp_path, capsys):
    assert command("babi", "generate", "--stories", 1, "--out", tmp_path) == 0
    assert len([*(tmp_path / "en").iterdir()]) == 2 * len(TASKS)


@pytest.mark.parametrize("arguments, reason", [
    (("--tasks", "1,x"), "--tasks 1,x is no list"), (("--tasks", ""), "is no list"), (("--tasks", "1,21"), "tasks = 21"),
    (("--stories", 0), "stories = 0"), (("--stories", "many"), "--stories"), (("--seed", -3), "seed = -3"),
])
def test_the_command_refuses_in_one_line(arguments, reason, tmp_path, capsys):
    assert reason in refusal(capsys, "babi", "generate", *arguments, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_help_says_that_results_are_not_comparable_and_ends_in_an_example(capsys):
    assert command("babi", "generate", "--help") == 0
    out = capsys.readouterr().out
    assert NOTICE in " ".join(out.split())
    assert out.splitlines()[-1].split()[:3] == ["mgnm", "babi", "generate"]
