"""The device floor: dispatch, the memory pool, and the choice of a device."""

import sys
import threading
import types
from bisect import bisect_left

import numpy as np
import pytest

import mgnm
from mgnm import device
from mgnm.device import pool as pool_page
from mgnm.device.pool import ALIGNMENT, SMALL, Pool


def test_arrays_are_fresh_aligned_and_of_the_right_kind():
    pool = Pool()
    a, b = pool.empty((100, 100), np.float32), pool.empty((100, 100), np.float32)
    assert a.shape == (100, 100) and a.dtype == np.float32 and a.flags.c_contiguous and a.flags.writeable
    assert a.ctypes.data % ALIGNMENT == 0 and not np.shares_memory(a, b)


def test_memory_comes_back_with_the_last_view():
    pool = Pool()
    a = pool.empty((SMALL,), np.float64)
    address, view = a.ctypes.data, a[7:9].reshape(2, 1)
    view[...] = 3
    del a
    b = pool.empty((SMALL,), np.float64)                    # the view still needs the block
    assert b.ctypes.data != address and view.sum() == 6
    del view
    assert pool.empty((SMALL,), np.float64).ctypes.data == address
    assert pool.held == 2 * (SMALL * 8 + ALIGNMENT)


def test_a_block_serves_requests_of_about_its_size_only():
    pool = Pool()
    held = pool.empty((10 * SMALL,), np.uint8).nbytes + ALIGNMENT
    assert pool.empty((9 * SMALL,), np.uint8) is not None and pool.held == held
    pool.empty((5 * SMALL,), np.uint8)
    assert pool.held == held + 5 * SMALL + ALIGNMENT
    pool.clear()
    assert pool.held == 0 and not pool.free


def test_a_block_that_comes_back_in_the_middle_of_a_request_disturbs_nothing(monkeypatch):
    pool = Pool()
    small, large = (pool.empty((size * SMALL,), np.uint8) for size in (2, 3))
    held = [small]
    del small, large

    def search(*arguments, **options):
        position = bisect_left(*arguments, **options)
        held.clear()                                        # as the collector may at any moment
        return position

    monkeypatch.setattr(pool_page, "bisect_left", search)
    for size in (3, 2):
        again = pool.empty((size * SMALL,), np.uint8)
        assert again.base.memory.nbytes >= again.nbytes


def test_threads_share_a_pool():
    """Blocks that two threads hold at one time are never the same one, and never too small."""
    pool, wrong = Pool(), []

    def work(number):
        rng = np.random.default_rng(number)
        for size in rng.integers(SMALL, 3 * SMALL, 3000):
            array = pool.empty((size,), np.uint8)
            array[[0, -1]] = number
            if array.base.memory.nbytes < size + ALIGNMENT or not (array[[0, -1]] == number).all():
                wrong.append(size)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


def test_small_arrays_do_not_bother_the_pool():
    pool = Pool()
    assert pool.empty((3, 0), np.float32).size == 0 and pool.empty((5,), np.float32).shape == (5,) and pool.held == 0


def test_a_copy_does_not_keep_the_original_alive():
    original = device.zeros((4, SMALL), np.empty(0, np.float32))
    part = device.copy(original[1])
    assert not np.shares_memory(part, original) and part.dtype == np.float32 and not part.any()


def test_device_names():
    assert device.select("cpu").xp is np
    with pytest.raises(mgnm.UserError, match="cpu, gpu or auto"):
        device.select("tpu")


def test_without_cupy_auto_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)          # what an import of a missing package finds
    chosen = device.select("auto")
    assert chosen.name == "cpu" and chosen.reason == "CuPy is not installed"
    with pytest.raises(mgnm.UserError, match="CuPy is not installed"):
        device.select("gpu")


def test_a_cupy_that_cannot_compute_is_not_taken(monkeypatch):
    def no_device(_):
        raise RuntimeError("cudaErrorNoDevice: no CUDA-capable device\nand more")

    monkeypatch.setitem(sys.modules, "cupy", types.SimpleNamespace(arange=no_device, ndarray=type(None)))
    chosen = device.select("auto")
    assert chosen.name == "cpu" and "cudaErrorNoDevice" in chosen.reason and "\n" not in chosen.reason


def test_a_cupy_without_cublas_is_not_taken(monkeypatch):
    def no_library(_):
        raise ImportError("Failure finding libcublas.so")

    monkeypatch.setitem(sys.modules, "cupy", types.SimpleNamespace(arange=np.arange, ones=no_library, ndarray=type(None)))
    chosen = device.select("auto")
    assert chosen.name == "cpu" and "libcublas" in chosen.reason


def test_a_cupy_that_cannot_be_imported_is_not_taken(monkeypatch, tmp_path):
    (tmp_path / "cupy.py").write_text("raise RuntimeError")
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    chosen = device.select("auto")
    assert chosen.name == "cpu" and chosen.reason == "CuPy is installed but cannot compute (RuntimeError: RuntimeError)"


def test_arrays_are_dispatched_by_their_own_module(monkeypatch):
    class Array:
        def get(self):
            return np.ones(3)

    fake = types.SimpleNamespace(ndarray=Array)
    monkeypatch.setitem(sys.modules, "cupy", fake)
    assert device.array_module(Array()) is fake and device.array_module(np.ones(2)) is np
    assert device.to_numpy(Array()).tolist() == [1, 1, 1]
