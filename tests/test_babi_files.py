"""bAbI files: the layouts that are found, archives that cannot be trusted, and every kind of bad line, named."""

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.babi import MUTATIONS, survive
from mgnm.errors import UserError
from mgnm.tasks.babi import Line, archive, parse
from mgnm.tasks.babi.archive import read_texts
from mgnm.tasks.babi.stories import load_stories, load_tests, split

SAMPLE = Path(__file__).parent / "data" / "babi"            # 40 and 30 stories of our own
ONE, EIGHT = SAMPLE / "en" / "qa1_where_train.txt", SAMPLE / "en" / "qa8_what_train.txt"
STORY = b"1 Mary moved to the bathroom.\n2 John went to the hallway.\n3 Where is Mary? \tbathroom\t1\n"


def refused(function, *arguments, **named):
    with pytest.raises(UserError) as caught:
        function(*arguments, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def packed(path, members, mode="w:gz"):
    """An archive of (name, bytes), or of TarInfos without content."""
    with tarfile.open(path, mode) as file:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                file.addfile(member)
            else:
                name, data = member
                info = tarfile.TarInfo(name)
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    return path


# ------------------------------------------------------------------------------------------------------------- the text


def test_a_story_is_read():
    more = b"1 Mice are afraid of wolves.\r\n2 What is gertrude afraid of?\twolf,Cat\t1 1\n3 Fred's 2nd-best idea .\n"
    assert parse(STORY + more, "file") == [
        [Line(("mary", "moved", "to", "the", "bathroom")), Line(("john", "went", "to", "the", "hallway")),
         Line(("where", "is", "mary"), ("bathroom",), (1,))],
        [Line(("mice", "are", "afraid", "of", "wolves")),
         Line(("what", "is", "gertrude", "afraid", "of"), ("wolf", "cat"), (1, 1)),
         Line(("fred's", "2nd-best", "idea"))]]
    assert parse(STORY[:-1], "no newline at the end") == parse(STORY, "file")
    assert parse(STORY.replace(b"\n", b"\r\n"), "of Windows") == parse(STORY, "file")


@pytest.mark.parametrize(("line", "said"), [
    (b"", "begins with '' where the number 4"),
    (b"5 A cat is here.", "begins with '5' where the number 4 and a space are due, or 1 for a new story"),
    (b"04 A cat is here.", "begins with '04'"),
    (b"-4 A cat is here.", "begins with '-4'"),
    (b"\xd9\xa4 A cat is here.", "begins with"),            # an Arabic 4
    (b"9" * 5000 + b" A cat is here.", "begins with '99999999999999999999' where"),
    (b"4A cat is here.", "begins with '4A'"),
    (b"4 A cat is here", "does not end in '.'"),
    (b"4 Where is a cat?", "does not end in '.', and has no TAB and answer"),
    (b"4 A  cat is here.", "is not made of words with one space between them"),
    (b"4 A cat. Is here.", "is not made of words"),
    (b"4 A cat, here.", "is not made of words"),
    (b"4 - cat.", "is not made of words"),
    (b"4  .", "is not made of words"),
    (b"4 A\x00cat.", "is not made of words"),
    (b"4 " + b"a " * 100 + b"a.", "has 101 words"),
    (b"4 Where is Mary?\tbathroom", "has 1 TAB"),
    (b"4 Where is Mary?\tbathroom\t1\t2", "has 3 TAB"),
    (b"4 Where is Mary?\t\t1", "has no answer"),
    (b"4 Where is Mary?\tthe bathroom\t1", "has no answer"),
    (b"4 Where is Mary?\ta,,b\t1", "has no answer"),
    (b"4 Where is Mary?\tbathroom\t", "are not numbers"),
    (b"4 Where is Mary?\tbathroom\t1,2", "are not numbers"),
    (b"4 Where is Mary?\tbathroom\t" + b"1" * 4000, "are not numbers"),
    (b"4 Where is Mary?\tbathroom\t4", "do not come before it"),
    (b"4 Where is Mary?\tbathroom\t0", "do not come before it"),
    (b"4 Where is Mary.\tbathroom\t1", "does not end in '?'"),
    (b"4 A \xff cat.", "no text (UTF-8)"),
])
def test_a_bad_line_is_named(line, said):
    message = refused(parse, STORY + line + b"\n5 A dog is here.\n", "qa1_train.txt")
    assert message.startswith("qa1_train.txt, line 4, ") and said in message


def test_whole_files_that_are_no_stories():
    assert "empty" in refused(parse, b"", "file")
    assert "file, line 1, begins with '2'" in refused(parse, b"2 A cat is here.\n", "file")
    assert "file, line 2, comes after, or ends, a story without a question" in refused(
        parse, b"1 A cat is here.\n" + STORY, "file")
    assert "file, line 4, comes after, or ends, a story without" in refused(parse, STORY + b"1 A cat is here.\n", "file")


def test_a_story_has_an_end(monkeypatch):
    monkeypatch.setattr("mgnm.tasks.babi.reader.MOST_LINES", 3)
    assert len(parse(STORY, "file")[0]) == 3
    assert "at most 3 lines" in refused(parse, STORY + b"4 A cat is here.\n", "file")


def test_a_question_that_comes_again_is_checked_again():
    """Equal texts are read once; whether their supporting lines come before them is another matter each time."""
    text = b"1 A b.\n2 A c.\n3 Is a b?\tyes\t2\n1 A b.\n2 Is a b?\tyes\t2\n"
    assert "line 5, has supporting lines that do not come before it" in refused(parse, text, "file")


@pytest.mark.parametrize("path", [ONE, EIGHT])
def test_damaged_files_are_read_or_told(path):
    data = path.read_bytes()[:1500]
    read, told = survive(data[:data.rindex(b"\n1 ") + 1], path.name, 40 * len(MUTATIONS))
    assert read + told == 40 * len(MUTATIONS) and read > 10 and told > 100


# ------------------------------------------------------------------------------------------------- folders and archives


@pytest.mark.parametrize("depth", ["", "tasks_1-20_v1-2"])
@pytest.mark.parametrize("mode", ["folder", "w:gz", "w"])
def test_every_layout_is_found(tmp_path, depth, mode):
    files = [("en/qa1_a-b_train.txt", STORY), ("en/qa12_train.txt", STORY), ("en/qa1_a-b_test.txt", STORY * 2),
             ("en/README.txt", b"?"), ("hn-10k/qa1_a_train.txt", STORY * 3), ("en/qa1_a-b_train.txt.bak", b"?")]
    files = [(f"{depth}/{name}".lstrip("/"), data) for name, data in files]
    if mode == "folder":
        for name, data in files:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        source = tmp_path
    else:
        source = packed(tmp_path / "tasks.tar.gz", files, mode)
    found = read_texts(source, "en")
    assert list(found) == [1, 12] and found[1][0].endswith("en/qa1_a-b_train.txt") and found[12][1] == STORY
    assert read_texts(source, "hn-10k")[1][1] == STORY * 3 and list(read_texts(source, "en", tasks=(12,))) == [12]
    assert read_texts(source, "en", part="test")[1][1] == STORY * 2
    assert "set task.language to one of en, hn-10k" in refused(read_texts, source)
    assert "no language 'fr'" in refused(read_texts, source, "fr")
    assert "no train file of task 2: it has those of 1, 12" in refused(read_texts, source, "en", "train", (1, 2))
    assert "qa1_NAME_valid.txt" in refused(read_texts, source, "en", "valid")


def test_a_folder_of_one_language_is_a_source_too():
    assert list(read_texts(SAMPLE / "en")) == list(read_texts(str(SAMPLE))) == [1, 8]
    assert list(read_texts(SAMPLE / "en", "en")) == [1, 8]


@pytest.mark.parametrize("name", ["../en/qa1_train.txt", "/en/qa1_train.txt", "en/../../qa1_train.txt"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    source = packed(tmp_path / "tasks.tar.gz", [("en/qa2_train.txt", STORY), (name, STORY)])
    assert "leads out of the archive" in refused(read_texts, source)
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.tar.gz"]       # nothing is ever unpacked


def test_links_in_an_archive_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(STORY)
    links = []
    for kind, target in ((tarfile.SYMTYPE, str(secret)), (tarfile.LNKTYPE, "../secret")):
        link = tarfile.TarInfo("en/qa1_train.txt")
        link.type, link.linkname = kind, target
        links.append(link)
    assert "has no files of the form" in refused(read_texts, packed(tmp_path / "tasks.tar.gz", links))


def test_doubles_are_refused(tmp_path):
    source = packed(tmp_path / "tasks.tar", [("en/qa1_a_train.txt", STORY), ("en/qa1_b_train.txt", STORY)], "w")
    assert "two train files of task 1 in en" in refused(read_texts, source)
    source = packed(tmp_path / "more.tar", [("a/en/qa1_train.txt", STORY), ("b/en/qa1_train.txt", STORY)], "w")
    assert "several folders of stories" in refused(read_texts, source, "en")
    source = packed(tmp_path / "same.tar", [("en/qa1_train.txt", STORY), ("en/qa1_train.txt", STORY + STORY)], "w")
    assert "has the file en/qa1_train.txt twice" in refused(read_texts, source)


def test_sizes_out_of_all_proportion_are_refused(tmp_path, monkeypatch):
    bomb = packed(tmp_path / "bomb.tar.gz", [("en/big", bytes(3 << 20)), ("en/qa1_train.txt", STORY)])
    assert bomb.stat().st_size < 10_000
    assert list(read_texts(bomb)) == [1]
    monkeypatch.setattr(archive, "MOST_ARCHIVE", 1 << 20)
    assert "unpacks to more than 1 MiB" in refused(read_texts, bomb)
    monkeypatch.setattr(archive, "MOST_FILE", 50)
    assert "more than 0 MiB" in refused(read_texts, SAMPLE)


def test_what_is_no_archive(tmp_path):
    assert "does not exist" in refused(read_texts, tmp_path / "nothing.tar.gz")
    path = tmp_path / "tasks.tar.gz"
    for data in (b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"x" * 2000)[:-8]):
        path.write_bytes(data)
        assert "is not a whole archive" in refused(read_texts, path)
    assert "has no files of the form" in refused(read_texts, tmp_path)


def test_a_damaged_archive_is_told(tmp_path):
    whole = packed(tmp_path / "tasks.tar.gz", [("en/qa1_train.txt", ONE.read_bytes())]).read_bytes()
    rng, told = np.random.default_rng(1), 0
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] ^= 1 << rng.integers(8)
        (tmp_path / "tasks.tar.gz").write_bytes(damaged[:rng.integers(len(whole) // 2, 2 * len(whole))])
        try:
            parse(read_texts(tmp_path / "tasks.tar.gz")[1][1], "file")
        except UserError as error:
            assert "\n" not in str(error)
            told += 1
    assert told > 30


# ------------------------------------------------------------------------------------------------------------- the parts


@pytest.mark.parametrize(("count", "held_out"), [(10_000, 1000), (199, 19), (10, 1), (2, 1)])
def test_a_tenth_is_held_out(count, held_out):
    parts = split([[k] for k in range(count)])
    assert len(parts[1]) == held_out and sorted(parts[0] + parts[1]) == [[k] for k in range(count)]


def test_one_story_cannot_be_trained_on_and_held_out(tmp_path):
    for copies in (1, 3):
        (tmp_path / "qa1_train.txt").write_bytes(STORY * copies)
        load_stories.cache_clear()
        assert "qa1_train.txt has only one story" in refused(load_stories, str(tmp_path))


def test_a_story_that_is_held_out_is_never_trained_on():
    training, held_out = split([[k % 300] for k in range(3000)])
    assert not {k for k, in training} & {k for k, in held_out}
    assert len(training) + len(held_out) == 3000 and 300 <= len(held_out) < 310


def test_the_same_stories_are_always_held_out():
    """Weights that were trained on one part must never be scored on it: these numbers may not change."""
    assert [k for k, in split([[k] for k in range(2000)])[1][:8]] == [2, 3, 11, 13, 20, 48, 53, 59]


def test_the_stories_of_the_sample():
    stories = load_stories(str(SAMPLE))
    assert {task: (len(part.training), len(part.held_out)) for task, part in stories.items()} == {1: (36, 4), 8: (27, 3)}
    assert load_stories(str(SAMPLE)) is stories             # read once
    assert stories[1].language == "en"
    assert any(len(line.answer) == 2 for story in stories[8].training for line in story)
    assert "no files of the form qa1_NAME_test.txt" in refused(load_tests, str(SAMPLE))
