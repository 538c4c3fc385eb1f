"""benchmarks.gpu: what can be said about it where there is neither a GPU nor PyTorch."""

import io
import json
import math
import subprocess
import sys
import types
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.compare import difference, mgnm_gradients, mgnm_iteration
from benchmarks.common.nets import NETS, Net
from benchmarks.gpu import __main__ as program
from benchmarks.gpu import backend, contestants, everything, facts, rounds, table, worker
from benchmarks.gpu.contestants import BASELINE, REFERENCE, WHAT, Mgnm
from benchmarks.gpu.rounds import Failure, Process, Record
from gradcheck import hostdevice
from mgnm.errors import UserError

ROOT = Path(__file__).parents[1]
TINY = Net({"kind": "reader_writer", "writer": [[2, 2]], "reader": [2], "narrowing": [[1, 1]]}, 5, 6, 1_101)


def turn(*ms, losses=(0.7, 0.6)):
    return {"wall_seconds": [x / 1000 for x in ms], "device_seconds": [x / 2000 for x in ms], "losses": list(losses)}


def record(*turns, **known):
    return Record("some software", 50_000_000, 2e-6, list(turns), **known)


def records():
    return {"mgnm": record(turn(2, 8), turn(3)), "layers": record(turn(6)), "graph": record(failure="capture failed")}


def test_medians_and_ratios():
    numbers = table.summarise(records())
    assert list(numbers) == ["mgnm", "layers"]
    mgnm = numbers["mgnm"]
    assert (mgnm["wall_ms"], mgnm["wall_fastest_ms"], mgnm["wall_slowest_ms"]) == pytest.approx((3, 2, 8))
    assert mgnm["device_ms"] == pytest.approx(1.5) and mgnm["iterations"] == 3 and mgnm["mb"] == 50
    assert (mgnm["wall_ratio"], mgnm["device_ratio"], numbers["layers"]["wall_ratio"]) == pytest.approx((0.5, 0.5, 1))


def test_rows_stand_below_their_headings_and_say_who_failed():
    known = records()
    mgnm, layers, graph = table.rows("S", known, table.summarise(known))
    assert mgnm.split() == ["S", "mgnm", "off", "3.00", "2.00-8.00", "0.50", str(table.TARGETS["S"]), "1.50",
                            "1.00-4.00", "0.50", "50", "2e-06"]
    assert layers.split() == ["S", "layers", "off", "6.00", "6.00-6.00", "1.00", "3.00", "3.00-3.00", "1.00", "50",
                              "2e-06"]
    assert graph.split() == ["S", "graph", "off", "FAILED", "capture", "failed"]
    end = table.header().index("/ layers") + len("/ layers")
    assert [line[:end].split()[-1] for line in (mgnm, layers)] == ["0.50", "1.00"]
    line, = table.rows("S", {"layers-tf32": known["layers"]}, {"layers-tf32": table.summarise(known)["layers"]})
    assert line.split()[:3] == ["S", "layers-tf32", "on"]


def test_without_the_baseline_there_are_times_but_no_ratios():
    known = records() | {"layers": record(failure="out of memory")}
    numbers = table.summarise(known)
    assert numbers["mgnm"]["wall_ratio"] is None
    assert table.rows("S", known, numbers)[0].split()[5] == "-"


def test_flat_names_every_number_and_every_failure():
    known = records()
    flat = table.flat("S", known, table.summarise(known))
    assert flat["S.mgnm.wall_ratio"] == 0.5 and flat["S.mgnm.iterations"] == 3
    assert flat["S.graph.failure"] == "capture failed"
    assert len(flat) == 2 * 11 + 1


def test_only_the_names_that_say_so_use_tf32():
    assert [name for name in WHAT if contestants.uses_tf32(name)] == ["steps-tf32", "layers-tf32", "graph-tf32"]
    assert BASELINE in WHAT and table.TARGETS.keys() == NETS.keys()


def expected(net, count):
    """What mgnm computes in float64: results, losses."""
    network, state, results = net.build("float64"), None, []
    for inputs, targets in islice(net.chunks(), count):
        logits, loss, state = mgnm_iteration(network, inputs, targets.astype("float64"), state)
        results.append((logits, loss, mgnm_gradients(network)))
    return results


@pytest.fixture(scope="module")
def tiny():
    host = backend.Host()
    return worker.Worker(Mgnm(TINY, host), host, TINY)


def test_a_worker_times_and_shows_the_work_of_mgnm(tiny, tmp_path):
    assert tiny.warm()["peak_bytes"] > 20e6
    assert tiny.results(str(tmp_path / "x.npz")) == {}
    results = expected(TINY, worker.CHECKED)
    assert difference(results, worker.load(tmp_path / "x.npz"), separate=False) < 1e-5
    measured = tiny.turn()
    assert len(measured["losses"]) - worker.WARM_UP == len(measured["wall_seconds"]) == len(measured["device_seconds"])
    assert worker.FEWEST <= len(measured["wall_seconds"]) <= worker.MOST
    assert measured["losses"][:2] == pytest.approx([loss for _, loss, _ in results], rel=1e-5)
    assert all(wall >= device > 0 for wall, device in zip(measured["wall_seconds"], measured["device_seconds"]))


def test_mgnm_on_a_gpu_does_the_same_work():
    """On the stand-in for CuPy, which runs the CUDA text of the kernels and lets no array cross unasked."""
    network, state = TINY.build("float64"), None
    with hostdevice.installed() as cupy:
        device = backend.Host("the stand-in")
        device.device, device.xp = "gpu", cupy
        player = Mgnm(TINY, device)
        player.begin()
        for inputs, targets in islice(TINY.chunks(batch=2), 2):
            inputs, targets = {name: x[:2] for name, x in inputs.items()}, targets[:2]
            player.prepare(inputs, targets)
            player.iterate()
            logits, loss, state = mgnm_iteration(network, inputs, targets.astype("float64"), state)
            expected = [(logits, loss, mgnm_gradients(network))]
            assert difference(expected, [player.result()], separate=False) < 1e-5


def test_a_worker_answers_line_by_line_and_ends_with_its_first_fault(tiny):
    answers = io.StringIO()
    requests = ['["warm"]', '["results", "/nowhere/x.npz"]', '["warm"]']
    assert worker.serve(lambda: tiny, requests, answers) == 1
    software, warm, fault = map(json.loads, answers.getvalue().splitlines())
    assert software == {"software": f"NumPy {np.__version__}, on the CPU"}
    assert warm.keys() == {"peak_bytes"}
    assert fault["error"].startswith("FileNotFoundError: ")
    assert worker.serve(lambda: tiny, [], io.StringIO()) == 0


def test_a_fault_of_many_lines_is_one_line():
    assert worker.one_line(ValueError("first\nsecond")) == "ValueError: first"


def test_a_process_answers_or_says_in_one_line_why_not():
    process = Process(REFERENCE, "S", "cpu")
    try:
        assert process.answer()["software"].startswith("NumPy")
        with pytest.raises(Failure, match="AttributeError"):
            process.ask("nothing")
    finally:
        process.end()
    assert process.process.returncode == 1


def test_a_process_that_cannot_begin_or_says_nothing_is_ended():
    unknown = Process("mgnm", "XL", "cpu")
    with pytest.raises(Failure, match="KeyError: 'XL'"):
        unknown.answer()
    with pytest.raises(Failure, match="KeyError|ended"):
        Process("mgnm", "XL", "cpu").ask("warm")
    silent = Process("mgnm", "S", "cpu", patience=0)
    with pytest.raises(Failure, match="no answer in 0 s"):
        silent.answer()
    assert silent.process.returncode == -9


def test_a_worker_is_not_told_to_compute_otherwise(monkeypatch):
    monkeypatch.setenv("CUPY_TF32", "1")
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    monkeypatch.setenv("KEPT", "yes")
    environment = rounds.environment()
    assert environment["KEPT"] == "yes" and not {"CUPY_TF32", "NVIDIA_TF32_OVERRIDE"} & environment.keys()


class Pretended:
    """A Process that answers from here. Its results are mgnm's, times `wrong` where that is asked for."""

    wrong, failing = {}, {}

    def __init__(self, name, *_):
        self.name, self.ended, self.turns = name, False, 0

    def answer(self):
        assert not self.ended
        return {"software": f"that of {self.name}"}

    def ask(self, what, *arguments):
        assert not self.ended
        if self.failing.get(self.name) == what:
            raise Failure(f"no {what}")
        if what == "results":
            factor = self.wrong.get(self.name, 1.0)
            worker.save(arguments[0], [(factor * np.ones((2, 2)), 0.5, {"w": np.ones(3)})] * worker.CHECKED)
            return {}
        second = 0.6 * self.wrong.get(f"losses {self.name}", 1)
        return {"peak_bytes": 7} if what == "warm" else turn(1, losses=[0.7, second])

    def end(self):
        self.ended = True


def play(monkeypatch, wrong={}, failing={}, count=2):
    said = []
    monkeypatch.setattr(rounds, "Process", type("P", (Pretended,), {"wrong": wrong, "failing": failing}))
    return rounds.play("S", count, ["mgnm", "layers", "layers-tf32"], "gpu", said.append), said


def test_contestants_take_turns(monkeypatch):
    known, said = play(monkeypatch)
    assert [text.split()[-1] for text in said[4:]] == ["mgnm", "layers", "layers-tf32"] * 2
    for name, found in known.items():
        assert (found.failure, len(found.turns), found.peak_bytes, found.difference) == (None, 2, 7, 0.0)
        assert found.software == f"that of {name}"


@pytest.mark.parametrize("wrong, doubts", [
    ({"mgnm": 1.01, "layers-tf32": 1.01}, {"mgnm": "differs by 1.0e-02 from the reference"}),
    ({"layers-tf32": 1.03}, {"layers-tf32": "differs by 3.0e-02"}),
    ({"mgnm": math.nan}, {"mgnm": "differs by nan"}),
    ({"losses mgnm": 1.0005, "losses layers-tf32": 1.0005}, {"mgnm": "its losses leave those of layers by 5.0e-04"}),
    ({"losses mgnm": math.nan}, {"mgnm": "its losses leave"}),
])
def test_who_computes_something_else_is_timed_but_marked(monkeypatch, wrong, doubts):
    known, _ = play(monkeypatch, wrong)
    assert {name for name, found in known.items() if not found.good} == doubts.keys()
    numbers = table.summarise(known)
    lines = dict(zip(known, table.rows("S", known, numbers)))
    for name, text in doubts.items():
        assert f"  DOUBTFUL  {text}" in lines[name] and len(known[name].turns) == 2
        assert table.flat("S", known, numbers)[f"S.{name}.doubt"] == known[name].doubt


def test_who_fails_is_left_out_and_the_others_go_on(monkeypatch):
    known, _ = play(monkeypatch, failing={"mgnm": "warm", "layers": "turn"})
    assert {name: (found.failure, len(found.turns)) for name, found in known.items()} == {
        "mgnm": ("no warm", 0), "layers": ("no turn", 0), "layers-tf32": (None, 2)}


def test_without_a_reference_there_is_no_benchmark(monkeypatch):
    with pytest.raises(UserError, match="mgnm failed on the CPU"):
        play(monkeypatch, failing={REFERENCE: "results"})


@pytest.mark.parametrize("failures, doubts, status", [
    ({}, {}, 0), ({"graph": "capture failed"}, {}, 0), ({"mgnm": "no answer"}, {}, 1), ({BASELINE: "no memory"}, {}, 1),
    ({}, {"mgnm": "differs"}, 1)])
def test_the_report_is_printed_and_written(monkeypatch, capsys, tmp_path, failures, doubts, status):
    found = {name: record(turn(4), failure=failures.get(name), doubt=doubts.get(name)) for name in WHAT}
    monkeypatch.setattr(rounds, "play", lambda *_: found)
    monkeypatch.setattr(program.importlib.util, "find_spec", lambda name: name)
    path = tmp_path / "gpu.json"
    assert program.main(["--nets", "S,M", "--device", "cpu", "--json", str(path)]) == status
    printed = capsys.readouterr().out
    assert printed.count("FAILED") == 2 * len(failures)
    content = json.loads(path.read_text())
    assert content["command"] == f"python -m benchmarks.gpu --nets S,M --device cpu --json {path}"
    assert content["date"].endswith("+00:00") and content["driver"]
    if not failures:
        assert content["M.mgnm.wall_ms"] == 4 and content["PyTorch"] == "some software"
        assert "\nM.graph-tf32.device_ms: 2.0\n" in printed


def no_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


def no_cupy(monkeypatch):
    monkeypatch.setattr(program.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "cupy", None)


@pytest.mark.parametrize("missing, main, arguments, message", [
    (no_torch, program.main, ["--nets", "XL"], "--nets: 'XL' is unknown: did you mean L?"),
    (no_torch, program.main, ["--rounds", "0"], "--rounds 0 is too small"),
    (no_torch, program.main, ["--json", "/nowhere/x.json"], "there is no directory /nowhere"),
    (no_torch, program.main, [], "PyTorch is not installed: pip install -r benchmarks/requirements.txt"),
    (no_cupy, program.main, [], "no GPU to use: CuPy is not installed"),
    (no_cupy, program.main, ["kernels"], "no GPU to use: CuPy is not installed"),
    (no_cupy, program.main, ["kernels", "conv4x4"], "no kernel has 'conv4x4' in its name: choose from bias_relu, "),
    (no_cupy, everything.main, [], "no GPU to use: CuPy is not installed"),
    (no_cupy, everything.main, ["--minutes", "0"], "--minutes 0.0 is too short"),
])
def test_what_cannot_be_measured_is_one_line_and_status_2(missing, main, arguments, message, monkeypatch, capsys):
    missing(monkeypatch)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1 and not printed.out


class Recorder:
    """A backend whose device takes 3 ms for all, and which notes what it is asked."""

    def __init__(self):
        self.asked = []

    def event(self):
        return types.SimpleNamespace(record=lambda: self.asked.append("record"))

    def synchronise(self):
        self.asked.append("synchronise")

    def seconds(self, first, last):
        return 0.003


def test_the_stopwatch_stands_between_two_idle_moments():
    device = Recorder()
    watch = backend.Stopwatch(device)
    watch.start()
    device.asked.append("work")
    assert watch.stop()["device_seconds"] == 0.003
    assert device.asked == ["synchronise", "record", "work", "record", "synchronise"]


def test_memory_is_what_was_in_use_at_once():
    pool = types.SimpleNamespace(used_bytes=lambda: 100)
    cupy = types.SimpleNamespace(cuda=types.SimpleNamespace(MemoryHook=object), get_default_memory_pool=lambda: pool)
    hook = backend.counting_hook(cupy)
    for size in (50, 30, -50, 40, -70):
        if size > 0:
            hook.malloc_postprocess(device_id=0, size=size - 1, mem_size=size, mem_ptr=1, pmem_id=1)
        else:
            hook.free_postprocess(device_id=0, mem_size=-size, mem_ptr=1, pmem_id=1)
    assert hook.bytes == 180 and hook.used == 100


def test_a_pytorch_that_sees_no_gpu_is_told(monkeypatch):
    cuda = types.SimpleNamespace(is_available=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(__version__="2.0+cpu", cuda=cuda))
    with pytest.raises(RuntimeError, match="PyTorch 2.0.cpu sees no GPU"):
        backend.Torch()


def test_names():
    assert facts.slug("NVIDIA H100 80GB HBM3") == "nvidia-h100-80gb-hbm3"
    assert backend.version(12090) == "12.9" and backend.version(13000) == "13.0"


def test_the_programs_run_without_torch_and_without_cupy():
    code = ("import sys, benchmarks.gpu.__main__, benchmarks.gpu.worker, benchmarks.gpu.everything; "
            "sys.exit('torch' in sys.modules or 'cupy' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
