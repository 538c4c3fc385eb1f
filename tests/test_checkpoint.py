"""Checkpoints that were cut, flipped, mixed up or half written: refused in one line, and the one before still loads."""

import io
import os
import shutil

import numpy as np
import pytest
from tiny_run import assert_same_run, assignments, command, refusal, train

from mgnm.errors import UserError
from mgnm.training import Run, checkpoint, load_network

SETTINGS = {"network": {"writer": [[2, 4]]}, "task": {}, "training": {}}


def content(seed):
    """Arrays of all the kinds that a checkpoint holds."""
    rng = np.random.default_rng(seed)
    return {"parameter/a.weight": rng.normal(size=(3, 3, 2, 2)).astype(np.float32),
            "shard/0/place": np.array('{"chunk": 3}')}


def same(found, seed, update):
    arrays, settings, at = found
    expected = content(seed)
    return (settings, at, arrays.keys()) == (SETTINGS, update, expected.keys()) and all(
        np.array_equal(arrays[key], expected[key]) and arrays[key].dtype == expected[key].dtype for key in expected)


def npy(array):
    """An array as numpy.save writes it."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def refused(path):
    """The one line with which a checkpoint is refused."""
    with pytest.raises(UserError) as caught:
        checkpoint.load(path)
    line = str(caught.value)
    assert "\n" not in line and str(path) in line
    return line


@pytest.fixture
def saved(tmp_path):
    """A checkpoint of update 2, and the one of update 1 before it."""
    path = tmp_path / "checkpoint.npz"
    for n in (1, 2):
        checkpoint.save(path, content(n), SETTINGS, n)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run."""
    return train(tmp_path_factory.mktemp("runs") / "whole", updates=4).run.folder


@pytest.fixture
def folder(trained, tmp_path):
    """A copy of it, to be damaged."""
    return shutil.copytree(trained, tmp_path / "run")


def rewrite(path, change):
    """Save a checkpoint's raw arrays again, after change(arrays)."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    change(arrays)
    path.unlink()                                           # another name of the one before
    np.savez(path, **arrays)


# -------------------------------------------------------------------------------------------------------- damaged files


def test_what_was_saved_is_loaded(saved):
    assert same(checkpoint.load(saved), 2, 2)
    assert same(checkpoint.load(checkpoint.previous(saved)), 1, 1)
    assert sorted(path.name for path in saved.parent.iterdir()) == ["checkpoint.npz", "checkpoint.previous.npz"]


def test_cut_at_any_byte(saved):
    whole = saved.read_bytes()
    for length in range(len(whole)):
        saved.write_bytes(whole[:length])
        line = refused(saved)
        assert "not a whole checkpoint" in line and f"rename {checkpoint.previous(saved)}" in line
    saved.write_bytes(whole)
    assert same(checkpoint.load(saved), 2, 2) and same(checkpoint.load(checkpoint.previous(saved)), 1, 1)


def test_any_byte_changed(saved):
    """A changed byte is refused, or, as in a date, says nothing about the content: never is content changed or lost."""
    whole, rng = saved.read_bytes(), np.random.default_rng(0)
    data = content(2)["parameter/a.weight"].tobytes()
    start = whole.index(data)
    accepted = []
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= int(rng.choice([1 << bit for bit in range(8)] + [0xFF]))
        saved.write_bytes(changed)
        try:
            assert same(checkpoint.load(saved), 2, 2)
            accepted.append(position)
        except UserError as error:
            assert "\n" not in str(error)
    assert not any(start <= position < start + len(data) for position in accepted)
    assert len(accepted) < len(whole) / 4


@pytest.mark.parametrize("make", [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_text("weights\n"),
    lambda path: path.write_bytes(os.urandom(4096)),
    lambda path: path.write_bytes(b"PK\x03\x04"),
    lambda path: path.write_bytes(bytes(4096)),
    lambda path: path.mkdir(),
    lambda path: np.savez(path, weight=np.zeros(3)),
    lambda path: path.write_bytes(npy(np.zeros(3))),
    lambda path: np.savez(path, format=np.array([checkpoint.FORMAT, "and more"])),
    lambda path: np.savez(path, format=np.array(checkpoint.FORMAT), settings=np.array("{"), update=np.array(1)),
    lambda path: np.savez(path, format=np.array(checkpoint.FORMAT), settings=np.array("{}"), update=np.zeros(3)),
    lambda path: np.savez(path, format=np.array(checkpoint.FORMAT), settings=np.array("[]"), update=np.array(1)),
], ids=["empty", "text", "noise", "a beginning", "zeros", "folder", "other", "npy", "list", "no JSON", "no number",
        "no tables"])
def test_what_is_no_checkpoint(tmp_path, make):
    path = tmp_path / "checkpoint.npz"
    make(path)
    refused(path)


def test_any_other_file_is_told_as_what_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    assert "(it is no .npz archive)" in refused(tmp_path / "notes.txt")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    assert "(it says no format)" in refused(tmp_path / "other.npz")


def test_a_file_that_is_missing(tmp_path, saved):
    assert "does not exist" in refused(tmp_path / "other.npz")
    saved.unlink()
    assert f"rename {checkpoint.previous(saved)}" in refused(saved)


def test_pickles_are_refused_and_never_run(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trapped"),)

    for arrays in (content(2) | {"parameter/a.weight": np.array([Trap()], dtype=object)},
                   content(2) | {"parameter/c.bias": np.array([{"a": 1}, None], dtype=object)}):
        np.savez(saved, format=np.array(checkpoint.FORMAT), settings=np.array("{}"), update=np.array(1), **arrays)
        assert "Object arrays cannot be loaded" in refused(saved)
    np.array([Trap()], dtype=object).dump(saved)
    refused(saved)
    assert not (tmp_path / "trapped").exists()


def test_another_version_of_the_format(saved, capsys):
    rewrite(saved, lambda arrays: arrays.update(format=np.array("mgnm checkpoint 2")))
    line = refused(saved)
    assert "'mgnm checkpoint 2'" in line and "'mgnm checkpoint 1'" in line
    assert line in refusal(capsys, "evaluate", saved)


@pytest.mark.parametrize("key", ["format", "settings", "update"])
def test_a_checkpoint_without_its_head(saved, key):
    rewrite(saved, lambda arrays: arrays.pop(key))
    assert key in refused(saved)


# --------------------------------------------------------------------------------------------------- half written files


class Crash(BaseException):
    """The end of the process, as far as the code can see."""


@pytest.mark.parametrize("name", ["os.fsync", "os.link", "os.replace", "np.savez", "Path.unlink"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_crash_in_writing_leaves_a_checkpoint_that_loads(saved, monkeypatch, name, count):
    """The process ends when this function is called: in the last save, or after it has done its work (2)."""
    module, function = name.split(".")
    owner = getattr(checkpoint, module)
    original = getattr(owner, function)

    def crash(*arguments, **named):
        if count == 2:
            original(*arguments, **named)
        elif function == "savez":
            arguments[0].write(b"PK\x03\x04 and so on")
        raise Crash

    monkeypatch.setattr(owner, function, crash)
    with pytest.raises(Crash):
        checkpoint.save(saved, content(3), SETTINGS, 3)
    monkeypatch.undo()
    found = checkpoint.load(saved)
    assert same(found, 3, 3) if (function, count) == ("replace", 2) else same(found, 2, 2)
    checkpoint.save(saved, content(4), SETTINGS, 4)
    assert same(checkpoint.load(saved), 4, 4)
    assert same(checkpoint.load(checkpoint.previous(saved)), found[2], found[2])


def test_a_file_system_without_second_names(saved, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(checkpoint.os, "link", refuse)
    checkpoint.save(saved, content(3), SETTINGS, 3)
    assert same(checkpoint.load(saved), 3, 3) and same(checkpoint.load(checkpoint.previous(saved)), 2, 2)


def test_a_full_disk_is_told_in_one_line(saved):
    saved.with_suffix(".writing").symlink_to("/dev/full")
    with pytest.raises(UserError, match="cannot write .*No space left.*still there"):
        checkpoint.save(saved, content(3), SETTINGS, 3)
    assert same(checkpoint.load(saved), 2, 2)


# ----------------------------------------------------------------------------------------------- runs that cannot go on


def test_after_a_cut_the_one_before_goes_on_to_the_same_end(tmp_path, trained, capsys):
    out = tmp_path / "run"
    assert command("train", "--out", out, "--workers", 1, *assignments(updates=4)) == 0
    twin = shutil.copytree(out, tmp_path / "twin")
    whole = (out / "checkpoint.npz").read_bytes()
    (out / "checkpoint.npz").unlink()
    (out / "checkpoint.npz").write_bytes(whole[:len(whole) // 2])
    line = refusal(capsys, "train", "--resume", out)
    assert "not a whole checkpoint" in line
    checkpoint.previous(out / "checkpoint.npz").rename(out / "checkpoint.npz")              # as the line says
    assert command("train", "--resume", out, "--workers", 1) == 0
    assert_same_run(out, twin)


def test_random_cuts_of_a_real_one(folder):
    path = folder / "checkpoint.npz"
    whole = path.read_bytes()
    path.unlink()
    starts = (b"parameter/", b"optimiser/", b"shard/", b"progress", b"PK\x01\x02", b"PK\x05\x06")
    ends = [whole.index(start) for start in starts]
    random = np.random.default_rng(0).integers(len(whole), size=150).tolist()
    for length in [0, 1, len(whole) - 1, *ends, *(end + 1 for end in ends), *random]:
        path.write_bytes(whole[:length])
        refused(path)
    assert checkpoint.load(checkpoint.previous(path))[2] == 2


def keys(folder):
    return sorted(checkpoint.load(folder / "checkpoint.npz")[0])


def test_a_missing_array_is_told_in_one_line(folder, trained, capsys):
    prefixes = set()
    for key in keys(trained):
        shutil.copy(trained / "checkpoint.npz", folder / "checkpoint.npz")
        rewrite(folder / "checkpoint.npz", lambda arrays: arrays.pop(key))
        line = refusal(capsys, "train", "--resume", folder, "--workers", 1)
        assert repr(key) in line and "rename" in line
        prefixes.add(key.split("/")[0])
    assert prefixes == {"parameter", "optimiser", "shard", "progress"}


@pytest.mark.parametrize("change", [
    lambda a: a.update({"optimiser/mean": a["optimiser/mean"][:-1]}),
    lambda a: a.update({"optimiser/mean": np.zeros((), np.float32)}),
    lambda a: a.update({"optimiser/velocity": a["optimiser/mean"]}),
    lambda a: a.update({"shard/1/state.0.0.h": a["shard/1/state.0.0.h"][..., :1]}),
    lambda a: a.update({"shard/2/place": a["shard/1/place"]}),
    lambda a: a.update({"parameter/writer.0.0.bias": np.zeros(3, np.float32)}),
    lambda a: a.update({"progress": np.zeros(())}),
], ids=["short", "broadcast", "other optimiser", "smaller batch", "more shards", "parameter", "progress"])
def test_an_array_of_the_wrong_shape_is_told_in_one_line(folder, capsys, change):
    rewrite(folder / "checkpoint.npz", change)
    assert "cannot be gone on from" in refusal(capsys, "train", "--resume", folder, "--workers", 1)


def test_the_checkpoint_of_another_preset(folder, tmp_path, capsys):
    other = train(tmp_path / "other", updates=2, learning_rate=0.5).run.folder
    shutil.copy(other / "checkpoint.npz", folder / "checkpoint.npz")
    line = refusal(capsys, "train", "--resume", folder)
    assert "made with other settings" in line
    assert checkpoint.load(checkpoint.previous(folder / "checkpoint.npz"))[2] == 2


def test_settings_that_were_changed_afterwards(folder, capsys):
    config = Run.open(folder).config
    config.write_text(config.read_text().replace("learning_rate = 0.01", "learning_rate = 0.02"))
    assert "made with other settings" in refusal(capsys, "train", "--resume", folder)


def test_weights_of_another_network(folder, tmp_path):
    weights = folder / "weights.npz"
    arrays, tables, update = checkpoint.load(weights)
    checkpoint.save(weights, arrays, tables | {"network": tables["network"] | {"reader": [2, 3]}}, update)
    with pytest.raises(UserError, match="of another network"):
        load_network(weights)
    checkpoint.save(weights, arrays, {"task": {}}, update)
    with pytest.raises(UserError, match=r"no table \[network\]"):
        load_network(weights)
