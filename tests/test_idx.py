"""Files of digits: whatever is wrong with one is told in one line; the public ones are fetched, checked and kept."""

import gzip
import hashlib
import http.client
import io
import sys
import types
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from mgnm.errors import UserError
from mgnm.tasks.digits import download, load_digits, read_idx
from mgnm.tasks.digits.download import CONTENTS, IMAGES, LABELS, MIRROR, fetch

SAMPLE = Path(__file__).parent / "data" / "digits"          # the first 200 of the 10,000
SAMPLE_IMAGES, SAMPLE_LABELS = SAMPLE / "sample-images-idx3-ubyte.gz", SAMPLE / "sample-labels-idx1-ubyte.gz"


@pytest.fixture(autouse=True)
def nothing_read_yet():
    load_digits.cache_clear()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and the sample as if it were the public files."""
    monkeypatch.setenv("MGNM_CACHE", str(tmp_path / "cache"))
    for name, path in ((IMAGES, SAMPLE_IMAGES), (LABELS, SAMPLE_LABELS)):
        monkeypatch.setitem(CONTENTS, name, hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest())
    return tmp_path / "cache" / "mnist"


def refused(function, *arguments, **named):
    with pytest.raises(UserError) as caught:
        function(*arguments, **named)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def idx(array, kind=8):
    """The bytes of an IDX file, put together by hand."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, kind, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def small_pair(count=3, side=2):
    images = np.arange(count * side * side).reshape(count, side, side)
    return idx(images), idx(np.arange(count) % 10)


# ------------------------------------------------------------------------------------------------------------- one file


def test_real_digits_are_read():
    images, labels = read_idx(SAMPLE_IMAGES, 3), read_idx(SAMPLE_LABELS, 1)
    assert images.shape == (200, 28, 28) and images.dtype == np.uint8
    assert labels.shape == (200,) and labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert images[0, 7, 6:17].tolist() == [84, 185, 159, 151, 60, 36, 0, 0, 0, 0, 0]      # the upper stroke of a 7
    assert images[:, 0].max() == 0 and images.max() == 255


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("array", [np.arange(6), np.arange(24).reshape(2, 3, 4), np.zeros((0, 4))])
def test_what_was_written_is_read(tmp_path, array, packed):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    assert read_idx(path, array.ndim).tolist() == array.tolist()


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_ends_too_soon_at_any_byte(tmp_path, packed):
    path = tmp_path / "file"
    data = small_pair()[0]
    data = gzip.compress(data) if packed else data
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert f"{path} is not a whole IDX file" in refused(read_idx, path, 3)
    path.write_bytes(data + b"x")
    assert "is not a whole IDX file" in refused(read_idx, path, 3)
    path.write_bytes(small_pair()[0][:15])
    assert "it has 15 bytes and its header alone 16" in refused(read_idx, path, 3)


@pytest.mark.parametrize("cut", [0, 1, 2, 11, 1000, 15_000, 31_000, -9, -1])
def test_real_files_that_end_too_soon(tmp_path, cut):
    path = tmp_path / "file"
    path.write_bytes(SAMPLE_IMAGES.read_bytes()[:cut])
    assert "is not a whole IDX file" in refused(read_idx, path, 3)
    path.write_bytes(gzip.decompress(SAMPLE_IMAGES.read_bytes())[:cut])
    assert "is not a whole IDX file" in refused(read_idx, path, 3)


@pytest.mark.parametrize(("place", "value", "said"), [
    (0, 1, "begins with 01 00 08 03 and should with 00 00 08 03"), (1, 255, "begins with 00 ff 08 03"),
    (2, 9, "begins with 00 00 09 03"), (2, 13, "begins with 00 00 0d 03"), (3, 1, "begins with 00 00 08 01"),
    (3, 4, "begins with 00 00 08 04"), (7, 2, "says 2 x 2 x 2 and has 12 entries"),
    (7, 4, "says 4 x 2 x 2 and has 12 entries"), (4, 255, "says 4278190083 x 2 x 2 and has 12 entries"),
    (15, 0, "says 3 x 2 x 0 and has 12 entries")])
def test_headers_that_do_not_fit(tmp_path, place, value, said):
    path = tmp_path / "file"
    data = bytearray(small_pair()[0])
    data[place] = value
    path.write_bytes(data)
    assert said in refused(read_idx, path, 3)


def test_sizes_that_no_memory_could_hold(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes([0, 0, 8, 3]) + b"\xff" * 12)
    assert "says 4294967295 x 4294967295 x 4294967295 and has 0 entries" in refused(read_idx, path, 3)


def test_no_changed_byte_of_a_packed_file_gives_other_images(tmp_path):
    path = tmp_path / "file"
    data = gzip.compress(small_pair()[0], mtime=0)
    whole = np.arange(12).reshape(3, 2, 2)
    refusals = 0
    for place in range(len(data)):
        for flip in (1, 8, 0x80, 0xFF):
            path.write_bytes(data[:place] + bytes([data[place] ^ flip]) + data[place + 1:])
            try:
                assert np.array_equal(read_idx(path, 3), whole)
            except UserError as error:
                assert "\n" not in str(error)
                refusals += 1
    assert refusals > 2 * len(data)


def test_noise_is_no_file(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "file"
    for start in (b"", b"\x1f\x8b", b"\x1f\x8b\x08", b"\x1f\x8b\x08\x00", b"\x00\x00\x08\x03"):
        for size in (0, 5, 100):
            path.write_bytes(start + rng.bytes(size))
            refused(read_idx, path, 3)


def test_no_file_at_all(tmp_path):
    assert "No such file" in refused(read_idx, tmp_path / "missing", 3)
    assert "Is a directory" in refused(read_idx, tmp_path, 3)


# ------------------------------------------------------------------------------------------------------------- a folder


def folder_with(tmp_path, files):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return str(tmp_path)


def loaded(folder):
    """All images and classes, in the order of the files."""
    parts = load_digits(folder, MIRROR)
    images, classes = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    order = images[:, 0, 0].argsort(kind="stable")
    return images[order], classes[order]


def test_the_pairs_of_a_folder_are_joined(tmp_path):
    images, labels = small_pair(5)
    more = idx(np.arange(100, 108).reshape(2, 2, 2)), idx(np.array([9, 8]))
    folder = folder_with(tmp_path, {
        "a-images-idx3-ubyte.gz": gzip.compress(images), "a-labels-idx1-ubyte": labels, "b-images-idx3-ubyte": more[0],
        "b-labels-idx1-ubyte": more[1], "b-labels-idx1-ubyte.gz": b"not read", "a-images-idx3-ubyte.gz.part": b"x"})
    images, classes = loaded(folder)
    assert images[:, 0, 0].tolist() == [0, 4, 8, 12, 16, 100, 104] and classes.tolist() == [0, 1, 2, 3, 4, 9, 8]
    assert images.dtype == np.uint8 and classes.dtype == np.int64


@pytest.mark.parametrize(("files", "said"), [
    ({}, "has no files NAME-images-idx3-ubyte"),
    ({"a-images-idx3-ubyte": small_pair()[0]}, "has no whole pair a-images-idx3-ubyte and a-labels-idx1-ubyte"),
    ({"a-labels-idx1-ubyte": small_pair()[1]}, "has no files"),
    ({"a-images-idx3-ubyte": small_pair()[0], "a-labels-idx1-ubyte": idx(np.arange(4))}, "has 3 images and"),
    ({"a-images-idx3-ubyte": small_pair()[0], "a-labels-idx1-ubyte": idx(np.array([0, 10, 1]))}, "has the label 10"),
    ({"a-images-idx3-ubyte": idx(np.zeros((3, 2, 4))), "a-labels-idx1-ubyte": small_pair()[1]}, "images of 3 x 2 x 4"),
    ({"a-images-idx3-ubyte": idx(np.zeros((0, 2, 2))), "a-labels-idx1-ubyte": idx(np.zeros(0))}, "images of 0 x 2 x 2"),
    ({"a-images-idx3-ubyte": small_pair()[1], "a-labels-idx1-ubyte": small_pair()[0]}, "not a whole IDX file"),
    ({"a-images-idx3-ubyte": small_pair()[0], "a-labels-idx1-ubyte": small_pair()[1],
      "b-images-idx3-ubyte": small_pair(3, 4)[0], "b-labels-idx1-ubyte": small_pair(3, 4)[1]}, "different sizes"),
])
def test_folders_that_cannot_be_used(tmp_path, files, said):
    assert said in refused(load_digits, folder_with(tmp_path, files), MIRROR)


def test_no_folder_at_all(tmp_path):
    (tmp_path / "file").write_text("")
    assert "No such file or directory" in refused(load_digits, "minst", MIRROR)
    assert "Not a directory" in refused(load_digits, str(tmp_path / "file"), MIRROR)
    assert "File name too long" in refused(load_digits, "x" * 5000, MIRROR)


def test_digits_of_scikit_learn(monkeypatch):
    values = np.tile(np.arange(17.0), 20)[:5 * 64].reshape(5, 8, 8)
    bunch = types.SimpleNamespace(images=values, target=np.array([3, 1, 4, 1, 5]))
    module = types.SimpleNamespace(datasets=types.SimpleNamespace(load_digits=lambda: bunch))
    monkeypatch.setitem(sys.modules, "sklearn", module)
    train, validation = load_digits("scikit-learn", MIRROR)
    assert sorted([*train.classes, *validation.classes]) == [1, 1, 3, 4, 5] and train.images.dtype == np.uint8
    shown = {image.tobytes(): label for part in (train, validation) for image, label in zip(*part)}
    for image, label in zip(values, bunch.target):
        levels = np.array([[round(x * 255 / 16) for x in row] for row in image.tolist()], np.uint8)
        assert shown[levels.tobytes()] == label
    assert {0, 255} <= set(np.unique(train.images))


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert "install mgnm[data]" in refused(load_digits, "scikit-learn", MIRROR)


# ------------------------------------------------------------------------------------------------------------- fetching


class Server:
    """An opener that gives what it holds, or raises it; notes what it was asked for."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def __call__(self, address, timeout):
        assert timeout > 0
        self.asked.append(address)
        if isinstance(self.answer, Exception):
            raise self.answer
        return io.BytesIO(self.answer)


def test_a_file_is_fetched_once(cache):
    server = Server(SAMPLE_IMAGES.read_bytes())
    path = fetch(IMAGES, "https://here/mnist", server)
    assert path == cache / IMAGES and path.read_bytes() == SAMPLE_IMAGES.read_bytes()
    assert fetch(IMAGES, "https://here/mnist/", server) == path and server.asked == [f"https://here/mnist/{IMAGES}"]
    assert [x.name for x in cache.iterdir()] == [IMAGES]


def test_the_content_counts_not_how_it_is_packed(cache):
    content = gzip.decompress(SAMPLE_LABELS.read_bytes())
    for k, data in enumerate((gzip.compress(content, 1, mtime=7), content)):
        path = fetch(LABELS, opener=Server(data))
        assert path.read_bytes() == data
        path.unlink()


def test_a_damaged_file_in_the_cache_is_fetched_again(cache):
    cache.mkdir(parents=True)
    for damaged in (b"", SAMPLE_LABELS.read_bytes()[:-1], SAMPLE_IMAGES.read_bytes()):
        (cache / LABELS).write_bytes(damaged)
        server = Server(SAMPLE_LABELS.read_bytes())
        assert fetch(LABELS, opener=server).read_bytes() == server.answer and len(server.asked) == 1


@pytest.mark.parametrize("answer", [
    b"", b"<html>not found</html>", SAMPLE_LABELS.read_bytes()[:-1], SAMPLE_LABELS.read_bytes() + b"x",
    SAMPLE_IMAGES.read_bytes(), gzip.compress(b"something else", mtime=0)])
def test_another_file_is_refused_and_not_kept(cache, answer):
    assert "another SHA-256" in refused(fetch, LABELS, opener=Server(answer))
    assert not cache.exists()
    cache.mkdir(parents=True)
    (cache / LABELS).write_bytes(b"old and damaged")
    refused(fetch, LABELS, opener=Server(answer))
    assert [x.name for x in cache.iterdir()] == [LABELS] and (cache / LABELS).read_bytes() == b"old and damaged"


@pytest.mark.parametrize(("error", "said"), [
    (URLError("name or service not known"), "name or service not known"), (TimeoutError(), "TimeoutError"),
    (ConnectionResetError(104, "reset\nby peer"), "reset"), (ValueError("unknown url type: 'x/y'"), "unknown url type"),
    (http.client.IncompleteRead(b"abc", 4542), "3 bytes read")])
def test_a_network_that_fails(cache, error, said):
    message = refused(fetch, LABELS, opener=Server(error))
    assert f"cannot fetch {MIRROR}{LABELS} (" in message and said in message and str(cache) in message
    assert not cache.exists()


def test_a_connection_that_breaks_while_it_is_read(cache):
    class Broken(io.BytesIO):
        def read(self, *_):
            raise ConnectionResetError(104, "reset")

    assert "reset" in refused(fetch, LABELS, opener=lambda address, timeout: Broken())
    assert not cache.exists()


def test_a_cache_that_cannot_be_written(tmp_path, cache, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MGNM_CACHE", str(tmp_path / "file"))
    assert "set MGNM_CACHE" in refused(fetch, LABELS, opener=Server(SAMPLE_LABELS.read_bytes()))
    monkeypatch.setenv("MGNM_CACHE", str(tmp_path / "cache"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert "No space left" in refused(fetch, LABELS, opener=Server(SAMPLE_LABELS.read_bytes()))
    assert list(cache.iterdir()) == []


def test_the_cache_is_in_the_home_of_the_user_unless_told(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.setenv("MGNM_CACHE", "")
    assert download.cache_folder() == Path("/somewhere/.cache/mgnm")
    monkeypatch.setenv("MGNM_CACHE", "/elsewhere")
    assert download.cache_folder() == Path("/elsewhere")


def test_mnist_in_the_cache_needs_no_network(cache):
    cache.mkdir(parents=True)
    (cache / IMAGES).write_bytes(SAMPLE_IMAGES.read_bytes())
    (cache / LABELS).write_bytes(SAMPLE_LABELS.read_bytes())
    train, validation = load_digits("mnist", "nowhere")
    assert [len(part.classes) for part in (train, validation)] == [160, 40]
    same = load_digits(str(SAMPLE), MIRROR)
    assert np.array_equal(train.images, same[0].images) and np.array_equal(validation.classes, same[1].classes)
    assert load_digits("mnist", "nowhere")[0] is train      # read once
