"""benchmarks.gpu kernels: every kernel has its sizes, the sizes are those of the nets, and rates are what they say."""

import json
import sys
import types

import numpy as np
import pytest

import mgnm
from benchmarks.common.nets import BATCH, NETS, STEPS
from benchmarks.gpu import __main__ as program
from benchmarks.gpu import clock, crossover, kernels, shapes
from benchmarks.gpu.backend import Host
from benchmarks.gpu.clock import Clock, Launch
from gradcheck import hostdevice
from mgnm.kernels import launch, registered

TINY = {"kind": "reader_writer", "writer": [[1, 2], [2, 3]], "reader": [2, 4], "narrowing": [[2, 3], [1, 1]],
        "writer_residuals": [[1, 2]], "reader_residuals": [[1, 2]]}
SIZES = shapes.sizes(mgnm.build(TINY), 2, 2)
BEST = {"copy_gb_per_s": 10.0, "product_gflop_per_s": 100.0}


def test_every_kernel_has_its_sizes():
    assert shapes.SHAPES.keys() == registered().keys()


def test_sizes_are_those_of_the_layers():
    """Level 0 has side 3, level 1 side 6; the reader's layers see the memory beside their own channels."""
    assert set(SIZES.convolutions) == {
        (2, 3, 4, 8), (1, 3, 2, 8),                                                 # first memory: recurrence
        (2, 3, 2, 12), (2, 6, 2, 12), (1, 3, 3, 12), (1, 6, 3, 12),                 # second memory
        (2, 3, 4, 2), (2, 3, 4, 4), (2, 6, 4, 4),                                   # reader: the query; 2 + 2 channels
        (2, 3, 14, 3), (2, 6, 14, 3), (2, 6, 6, 1)}                                 # narrowing: 4 + 3 channels
    assert set(SIZES.joins) == {(6, 2, 0, 0), (6, 4, 0, 0), (3, 0, 7, 7), (6, 7, 7, 0), (6, 3, 3, 0)}
    assert set(SIZES.cells) == {(3, 2), (3, 3), (6, 3)}
    assert set(SIZES.relus) == {(3, 2), (3, 4), (6, 4), (3, 3), (6, 3)}
    assert set(SIZES.residuals) == {(3, 3, 2), (3, 4, 4)}                           # the query's 2 + 2 are added to 4
    assert (SIZES.T, SIZES.B, SIZES.side) == (2, 2, 6)


@pytest.mark.parametrize("name", NETS)
def test_the_convolutions_are_all_parameters(name):
    network = NETS[name].build()
    found = {(C_in, C_out) for _, _, C_in, C_out in shapes.sizes(network, STEPS, BATCH).convolutions}
    for parameter in network.parameters.values():
        if parameter.value.ndim == 4:
            joined, C_out = parameter.value.shape[2:]
            assert (joined, C_out) in found or (joined - C_out // 4, C_out) in found and (C_out // 4, C_out) in found


@pytest.mark.parametrize("name, kernel", registered().items())
def test_a_kernel_takes_its_arguments(name, kernel):
    """Its twin runs on all of them, fills every output, and finite numbers stay finite."""
    labels = {}
    for label, given in shapes.SHAPES[name](SIZES):
        given = {parameter.name: given[parameter.name] for parameter in kernel.parameters}
        assert labels.setdefault(label, given) == given     # one label, one size
        named = shapes.draw(kernel, given, np)
        launch(kernel, *named.values())
        for output in kernel.outputs_named:
            assert named[output].dtype == np.float32 and np.isfinite(named[output]).all()
        assert kernels.bytes_moved(kernel, named) > 0
    assert labels


def test_columns_are_made_for_fewer_frames_where_they_are_too_large():
    assert shapes.fitting(20, 24, 48, 32) == 20
    assert shapes.fitting(20, 48, 256, 32) == (1 << 30) // (9 * 256 * 48 * 48 * 32) == 6
    assert shapes.fitting(20, 960, 256, 32) == 1


def test_bytes_count_what_is_read_and_written():
    adam = registered()["adam"]
    (_, given), = shapes.SHAPES["adam"](SIZES)
    named = shapes.draw(adam, given, np)
    assert kernels.bytes_moved(adam, named) == 4 * SIZES.parameters * (1 + 3 + 3)       # grads; three that are updated
    relu = registered()["relu_backward"]
    named = shapes.draw(relu, {"dy": (2, 3), "y": (2, 3), "dx": (2, 3)}, np)
    assert kernels.bytes_moved(relu, named) == 4 * 6 * 3


class Fixed(Clock):
    """A clock on which every launch takes 2 us, and Python 5."""

    def measure(self, calls, busy=True):
        for call in calls:
            call()
        return Launch(2e-6, 5e-6, self.late)


def fixed(late=False):
    found = Fixed(Host(), 8)
    found.late = late
    return found


def test_rates_are_bytes_and_operations_by_time():
    kernel = registered()["conv3x3"]
    label, given = shapes.conv3x3_arguments(2, 6, 2, 3, 4, False)
    row = kernels.numbers(kernel, given, fixed(), BEST)
    total = 4 * (2 * 6 * 3 * 6 * 2 + 9 * 3 * 4 + 4 + 2 * 6 * 4 * 6 * 2)
    assert label == "2 x 6x6 3 -> 4" and row["bytes"] == total and not row["late"]
    assert (row["us"], row["queue_us"], row["gb_per_s"]) == pytest.approx((2, 5, total / 2000))
    assert row["gflop_per_s"] == pytest.approx(2 * 9 * 2 * 36 * 2 * 3 * 4 / 2000)
    assert row["share_of_copy"] == row["gb_per_s"] / 10 and row["share_of_product"] == row["gflop_per_s"] / 100


def test_a_size_that_two_nets_have_is_timed_once():
    other = shapes.sizes(mgnm.build(TINY | {"writer": [[1, 2], [2, 4]]}), 2, 2)
    rows = kernels.measure(registered()["lstm_gates"], {"a": SIZES, "b": other}, fixed(), BEST)
    assert {row["size"]: row["nets"] for row in rows} == {
        "3x3 2": "a,b", "3x3 3": "a", "6x6 3": "a", "3x3 4": "b", "6x6 4": "b"}


def test_a_kernel_that_fails_is_a_row_and_the_next_one_is_timed(monkeypatch):
    kernel = registered()["adam"]
    monkeypatch.setattr(kernels, "launch", lambda *_: 1 / 0)
    row, = kernels.measure(kernel, {"a": SIZES}, fixed(), BEST)
    assert row["failure"] == "division by zero"
    assert kernels.table([row])[1].split() == ["adam", str(SIZES.parameters), "a", "FAILED", "division", "by", "zero"]


def test_the_table_shows_the_ends_of_every_net():
    def row(size, nets, total):
        return {"kernel": "k", "size": size, "nets": nets, "bytes": total, "us": 1.0, "queue_us": 2.0,
                "late": size == "c", "gb_per_s": 3.0, "share_of_copy": 0.5}
    rows = [row("a", "S", 1), row("b", "S,M", 5), row("c", "S,M,L", 9), row("d", "L", 4), row("e", "L", 6)]
    assert [line.split()[1] for line in kernels.table(rows)[1:]] == ["a", "b", "c", "d"]
    assert kernels.table(rows)[3].split() == ["k", "c", "S,M,L", "0.00", "1.0~", "2.0", "3", "0.50"]
    heading, line = kernels.table(rows)[:2]
    assert heading.index("/ copy") + len("/ copy") == line.index("0.50") + len("0.50")


class Slow(Host):
    """A backend whose events are a millisecond apart, and whose device is done at once if `done`."""

    def __init__(self, done=False):
        super().__init__()
        self.done, self.waited = done, 0

    def event(self):
        return types.SimpleNamespace(record=lambda: None, done=self.done)

    def seconds(self, first, last):
        return 0.001

    def synchronise(self):
        self.waited += 1


def test_launches_are_timed_behind_work_that_keeps_the_device_busy(monkeypatch):
    order = []
    timer = Clock(Slow(), 8)
    monkeypatch.setattr(timer, "product", lambda: order.append("product"))
    found = timer.measure([lambda: order.append("a"), lambda: order.append("b")])
    count = int(clock.ENOUGH / (0.001 / clock.FEWEST))
    turns = ["a", "b"] * count
    assert found.seconds == 0.001 / count and not found.late
    assert order[-count - 1:] == ["product", *turns[:count]]
    assert order[2:2 + clock.FEWEST] == turns[:clock.FEWEST]
    assert order.count("product") == clock.REPEATS


def test_a_device_that_has_waited_is_told(monkeypatch):
    assert Clock(Slow(done=True), 8).measure([lambda: None]).late
    assert not Clock(Slow(done=True), 8).measure([lambda: None], busy=False).late
    row = kernels.numbers(registered()["adam"], next(shapes.SHAPES["adam"](SIZES))[1], fixed(late=True), BEST)
    assert row["late"]


def test_peaks_count_both_ways_of_a_copy():
    found = clock.peaks(fixed(), 1000)
    assert found == pytest.approx({"copy_gb_per_s": 8000 / 2e-6 / 1e9, "product_gflop_per_s": 2 * 8 ** 3 / 2e-6 / 1e9})


def test_arguments_fill_the_cache_three_times():
    properties = {"l2CacheSize": 1000}
    cuda = types.SimpleNamespace(runtime=types.SimpleNamespace(getDeviceProperties=lambda device: properties),
                                 Device=lambda: types.SimpleNamespace(id=0))
    gpu = types.SimpleNamespace(device="gpu", xp=types.SimpleNamespace(cuda=cuda))
    assert [kernels.copies(total, gpu) for total in (0, 1, 999, 1500, 10 ** 6)] == [32, 32, 4, 2, 1]


@pytest.mark.parametrize("module", ["numpy", "cupy"])
def test_both_forms_of_the_convolution_agree(module):
    """On the stand-in for CuPy, too, which runs the CUDA text."""
    with hostdevice.installed() as cupy:
        clock = fixed()
        clock.backend.xp = np if module == "numpy" else cupy
        rows = crossover.compare(clock, [SIZES])
    assert not [row for row in rows if "failure" in row]
    forward = {(row["N"], row["side"], row["C_in"], row["C_out"]) for row in rows if row["pass"] == "forward"}
    assert {(1, 3, 2, 8), (1, 3, 8, 2), (2, 6, 14, 3), (2, 6, 3, 14)} <= forward
    assert {row["N"] for row in rows if row["pass"] == "weights"} == {2}


def test_forms_that_differ_are_told(monkeypatch):
    monkeypatch.setattr(crossover, "AGREE", -1.0)
    row = crossover.row("forward", (1, 3, 2, 4), 2, fixed())
    assert row["failure"].startswith("the two forms differ by ") and "direct_us" not in row
    assert crossover.lines([row])[1].split()[:7] == ["forward", "1", "3", "2", "4", "FAILED", "the"]


def rows(*times):
    """(C_in, C_out, side, direct us, product us)"""
    names = ("C_in", "C_out", "side", "direct_us", "product_us")
    return [{"pass": "forward", "N": 20, **dict(zip(names, values))} for values in times]


@pytest.mark.parametrize("times, crossing", [
    ([(4, 4, 3, 1, 2), (8, 8, 3, 1, 2), (16, 16, 3, 3, 2)], (64, 256)),
    ([(4, 4, 3, 1, 2), (8, 8, 3, 3, 2), (4, 16, 6, 1, 2), (16, 16, 3, 3, 2)], (16, 256)),
    ([(4, 4, 3, 1, 2), (8, 8, 3, 1, 2)], (64, None)),
    ([(4, 4, 3, 3, 2), (8, 8, 3, 3, 2)], (None, 16)),
    ([(4, 4, 3, 3, 2), (8, 8, 3, 1, 2)], (None, None)),
])
def test_where_the_forms_cross(times, crossing):
    assert crossover.crossings(rows(*times)) == {"forward, N = 20": crossing}
    up, start = (channels or "none" for channels in crossing)
    assert crossover.lines(rows(*times))[-1] == (f"crossover, forward, N = 20: the direct form wins up to C_in C_out = "
                                                 f"{up}, the product from {start}, whatever the side")


def test_the_program_prints_and_writes_its_numbers(capsys, tmp_path):
    path = tmp_path / "kernels.json"
    assert program.main(["kernels", "adam", "clip", "--nets", "S", "--device", "cpu", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    content = json.loads(path.read_text())
    assert [(row["kernel"], row["nets"], row["size"]) for row in content["launches"]] == [
        ("adam", "S", "74945"), ("clip", "S", "74945")]
    assert all(row["us"] > 0 for row in content["launches"]) and content["crossover"] == []
    assert content["command"].startswith("python -m benchmarks.gpu kernels adam clip")
    assert printed.endswith("launches: 2\nfailed: 0\n") and f"copy_gb_per_s: {content['copy_gb_per_s']:.4g}" in printed


def test_a_failure_is_the_exit_status(monkeypatch, capsys):
    monkeypatch.setattr(kernels, "numbers", lambda *_: {"failure": "an illegal memory access"})
    assert program.main(["kernels", "adam", "--nets", "S", "--device", "cpu"]) == 1
    assert "FAILED  an illegal memory access" in capsys.readouterr().out


def test_a_gpu_is_asked_by_cupy(monkeypatch, capsys):
    """With NumPy behind a pretended CuPy, all runs as on a GPU. 5 launches in 2 ms: 25 are timed together."""
    cuda = types.SimpleNamespace(
        Event=lambda: types.SimpleNamespace(record=lambda: None, done=False), get_elapsed_time=lambda first, last: 2.0,
        Device=lambda: types.SimpleNamespace(id=0, synchronize=lambda: None),
        runtime=types.SimpleNamespace(
            getDeviceProperties=lambda device: {"name": b"Pretended 1", "l2CacheSize": 10 ** 6},
            runtimeGetVersion=lambda: 13000, driverGetVersion=lambda: 13010))
    cupy = types.ModuleType("cupy")
    vars(cupy).update({name: value for name, value in vars(np).items() if not name.startswith("__")})
    cupy.__version__, cupy.cuda, cupy.ndarray = "14.2.0", cuda, type(None)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(kernels, "LARGE", (16, 64))
    assert program.main(["kernels", "adam", "--nets", "S"]) == 0
    printed = capsys.readouterr().out
    assert "device: Pretended 1\n" in printed and "CuPy 14.2.0, CUDA 13.0, driver for CUDA 13.1" in printed
    assert f"product_gflop_per_s: {2e-9 * 16 ** 3 / (0.002 / 25):.4g}\n" in printed
