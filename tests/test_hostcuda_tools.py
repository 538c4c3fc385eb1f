"""What hostcuda stands on: kernels as plain data, the launcher, the C++ compiler and its cache, ELF, the command."""

import dataclasses
import subprocess
import sys
import textwrap
import types

import numpy as np
import pytest

from gradcheck import hostcuda
from gradcheck.hostcuda import KernelFault, check_kernel, cli, compiler, registry
from gradcheck.hostcuda.elf import Image, plain_name
from gradcheck.hostcuda.text import complete
from mgnm.errors import UserError
from mgnm.kernels import Elementwise, Geometry, Raw, kernel, launch, registered

SCALE = Elementwise("scale", "T x, T factor, raw int32 order", "T y", "y = factor * x;",
                    twin=lambda x, factor: factor * x)
SHIFT = Raw("shift", r"""
// a comment with __global__ void shift(nothing) in it
extern "C" __global__ void __launch_bounds__(N * (2 / 2)) shift(
    const T* __restrict__ x, T *y, /* not const */ const int n, unsigned long long far, float by, const float4 *v) {
  y[threadIdx.x] = x[threadIdx.x] + by;
}
""", twin=lambda x, by: x + by, geometry=lambda n: Geometry((1,), (n,), 0, {"N": 4, "EXACT": True}))


# ---- plain data ----------------------------------------------------------------------------------------------------

def test_parameters_are_read_from_the_text():
    assert [(p.name, p.type, p.form, p.output) for p in SHIFT.parameters] == [
        ("x", "T", "array", False), ("y", "T", "array", True), ("n", "int32", "scalar", False),
        ("far", "uint64", "scalar", False), ("by", "float32", "scalar", False), ("v", "float32", "array", False)]
    assert [(p.name, p.type, p.form, p.output) for p in SCALE.parameters] == [
        ("x", "T", "any", False), ("factor", "T", "any", False), ("order", "int32", "raw", False),
        ("y", "T", "array", True)]
    assert SHIFT.head({"T": np.dtype("float64")}, {"N": 4, "EXACT": True}) == (
        "typedef double T;\nconstexpr int N = 4;\nconstexpr bool EXACT = true;\n")


def test_texts_that_make_no_kernel_are_refused():
    with pytest.raises(ValueError, match="shift: its text has no __global__ function of that name"):
        _ = Raw("shift", "__device__ void shift(int n) {}").parameters
    with pytest.raises(ValueError, match="parameter 'half x': its type must be a capital letter or one of bool, "):
        _ = Raw("f", "__global__ void f(half x) {}").parameters
    for name in ("i", "n", "_x"):
        with pytest.raises(ValueError, match=f"f: CuPy reserves the name '{name}'"):
            Elementwise("f", f"T {name}", "T y", "")


def test_scalars_become_the_parameters_type_and_arrays_must_have_it():
    x, v = np.zeros(4), np.zeros(4, np.float32)
    named = SHIFT.bind((x, x, 4, 2**40, 0.1, v))
    assert [type(named[name]) for name in ("n", "far", "by")] == [np.int32, np.uint64, np.float32]
    for wrong, said in [((x, x, 4, 1, 0.1), r"takes 6 arguments \(x, y, n, far, by, v\), got 5"),
                        ((x, v, 4, 1, 0.1, v), "y is float32, but T is float64"),
                        ((x, x, x, 1, 0.1, v), "n must be a scalar, got an array"),
                        ((x, x, 4, 1, 0.1, x), "v must be float32, got float64"),
                        ((x, 1, 4, 1, 0.1, v), "y must be an array, got int"),
                        ((x[::2], x, 4, 1, 0.1, v), "x must be contiguous; a raw kernel does not see strides")]:
        with pytest.raises(TypeError, match=f"shift: {said}"):
            SHIFT.bind(wrong)
    with pytest.raises(OverflowError):
        SHIFT.bind((x, x, 2**31, 1, 0.1, v))
    with pytest.raises(TypeError, match="no array argument decides the type S"):
        Elementwise("f", "S a", "T y", "y = a;").bind((1, x))


def test_names_in_the_package_are_found_once(monkeypatch):
    assert "scale" not in registered()
    monkeypatch.setattr(kernel, "SCALE", SCALE, raising=False)
    monkeypatch.setattr(kernel, "SAME", SCALE, raising=False)
    assert registered()["scale"] is SCALE
    monkeypatch.setattr(kernel, "OTHER", Elementwise("scale", "T x", "T y", "y = x;"), raising=False)
    with pytest.raises(ValueError, match="there are two kernels called scale"):
        registered()


# ---- the launcher --------------------------------------------------------------------------------------------------

def test_numpy_arrays_go_to_the_twin():
    x, y = np.arange(3.0), np.empty(3)
    launch(SCALE, x, 3, np.zeros(1, np.int32), y)
    assert y.tolist() == [0, 3, 6]


@pytest.fixture
def cupy(monkeypatch):
    """A module that says what it was asked to compile and to launch."""
    class Recorder:
        def __init__(self, *words, **options):
            fake.made.append((words, options))

        def __call__(self, *arguments, **options):
            fake.launched.append((arguments, options))

    class Array(np.ndarray):
        def get(self):
            return np.array(self)

    fake = types.ModuleType("cupy")
    fake.asarray = lambda array: array.copy().view(Array)
    fake.ndarray, fake.ElementwiseKernel, fake.RawKernel = Array, type("E", (Recorder,), {}), type("R", (Recorder,), {})
    fake.made, fake.launched = [], []
    monkeypatch.setitem(sys.modules, "cupy", fake)
    return fake


def test_cupy_arrays_go_to_an_elementwise_kernel(cupy):
    x, order = np.zeros(3, np.float32).view(cupy.ndarray), np.zeros(1, np.int32).view(cupy.ndarray)
    fresh = dataclasses.replace(SCALE, preamble="// p")
    launch(fresh, x, 3, order, x)
    launch(fresh, x, 4, order, x)
    (words, options), = cupy.made
    assert words == (SCALE.inputs, SCALE.outputs, SCALE.operation, "scale") and options["preamble"] == "// p"
    (arguments, options), _ = cupy.launched
    assert arguments[0] is x and arguments[1] == 3 and type(arguments[1]) is np.float32 and options == {}


def test_cupy_arrays_go_to_a_raw_kernel_made_once_for_each_text(cupy):
    fresh = dataclasses.replace(SHIFT, geometry=lambda n: Geometry((n // 4,), (4,), 60_000, {"N": 4}))
    v = np.zeros(4, np.float32).view(cupy.ndarray)
    for dtype in (np.float32, np.float64, np.float32):
        x = np.zeros(4, dtype).view(cupy.ndarray)
        launch(fresh, x, x, 4, 1, 0.5, v)
    launch(fresh, x, x, 0, 1, 0.5, v)                       # an empty grid, which CUDA would refuse
    assert [words[0].split("\n")[:2] for words, _ in cupy.made] == [
        ["typedef float T;", "constexpr int N = 4;"], ["typedef double T;", "constexpr int N = 4;"]]
    assert len(cupy.launched) == 3
    (grid, block, arguments), options = cupy.launched[0]
    assert (grid, block, options) == ((1,), (4,), {"shared_mem": 60_000}) and type(arguments[4]) is np.float32
    with pytest.raises(TypeError, match="x must be contiguous"):
        launch(fresh, np.zeros(8, np.float32).view(cupy.ndarray)[::2], v, 4, 1, 0.5, v)


def test_the_same_check_runs_on_a_gpu(cupy):
    def kernel_on_gpu(*_, **__):
        def launched(x, factor, order, y):
            y[1:] = factor * x[1:]
        return launched
    cupy.ElementwiseKernel = kernel_on_gpu
    given = {"x": np.zeros(3, np.float32), "factor": 2, "order": np.zeros(1, np.int32), "y": np.ones(3, np.float32)}
    with pytest.raises(KernelFault, match=r"scale: y\[0\] = nan, but the twin says 0: .* 1 of 3 entries are wrong"):
        check_kernel(dataclasses.replace(SCALE), given, device="gpu")


# ---- the compiler and its cache ------------------------------------------------------------------------------------

@pytest.fixture
def anew(monkeypatch):
    """Compiler choice and toolchain are worked out anew in this test, and forgotten after it."""
    cached = (compiler.compiler, compiler.version, compiler.toolchain)
    for function in cached:
        function.cache_clear()
    yield monkeypatch
    for function in cached:
        function.cache_clear()


def test_the_compiler_is_searched_for_in_order(anew):
    anew.setenv("CXX", "ccache my-c++")
    assert compiler.compiler() == ("ccache", "my-c++")
    anew.delenv("CXX")
    for found, zig, expected in (({"g++", "clang++"}, True, ("/bin/g++",)), ({"clang++"}, True, ("/bin/clang++",)),
                                 (set(), True, (sys.executable, "-m", "ziglang", "c++"))):
        compiler.compiler.cache_clear()
        anew.setattr(compiler.shutil, "which", lambda name, found=found: f"/bin/{name}" if name in found else None)
        anew.setattr(compiler.importlib.util, "find_spec", lambda name, zig=zig: zig or None)
        assert compiler.compiler() == expected
    assert compiler.linker() == (sys.executable, "-m", "ziglang", "cc")


def test_without_a_compiler_one_line_says_how_to_get_one(anew):
    anew.delenv("CXX", raising=False)
    anew.setattr(compiler.shutil, "which", lambda name: None)
    anew.setattr(compiler.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^no C\+\+ compiler.*install g\+\+ or clang\+\+.*pip install ziglang.*\$CXX$"):
        compiler.compiler()


def test_a_compiler_that_does_not_run_is_named(anew):
    anew.setenv("CXX", "/nowhere/c++")
    with pytest.raises(UserError, match=r"^the C\+\+ compiler /nowhere/c\+\+ does not run .*; set \$CXX to one that"):
        compiler.shared_object("")


def test_what_was_compiled_is_found_again_and_a_failure_leaves_nothing(anew, tmp_path):
    anew.setenv("MGNM_CACHE", str(tmp_path))
    calls = []

    def make(path):
        calls.append(path)
        path.write_text("made")
        if len(calls) == 1:
            raise KernelFault("k", "compile", "no")
    with pytest.raises(KernelFault):
        compiler.made(".so", "text", make)
    assert not list(tmp_path.rglob("*.so"))
    path = compiler.made(".so", "text", make)
    assert path == compiler.made(".so", "text", make) and path.read_text() == "made" and len(calls) == 2
    assert path.parent == tmp_path / "hostcuda" and path != compiler.made(".so", "other text", make)
    assert calls[1] != path and not calls[1].exists()       # written aside, then renamed


def test_the_cache_is_the_users(anew):
    anew.delenv("MGNM_CACHE", raising=False)
    anew.setenv("XDG_CACHE_HOME", "/caches")
    assert str(compiler.cache_folder()) == "/caches/mgnm/hostcuda"


# ---- ELF, DWARF ----------------------------------------------------------------------------------------------------

def test_shared_variables_and_lines_are_read_from_the_image():
    code = """extern "C" __global__ void probe(int* y) {
  __shared__ int first[10];
  __shared__ double second[3][4];

  first[threadIdx.x] = 1;
  second[0][threadIdx.x] = 2; y[0] = first[0] + second[0][0];
}
"""
    image = Image(compiler.shared_object(complete("typedef int T;\n", code, "probe", 1)))
    variables = {v.name: v.bytes for v in image.thread_locals().values()}
    assert variables == {"first": 40, "second": 96, "hostcuda_static_shared_mark": 1}
    lines = {line for file, line in image.lines[1] if file == "probe"}
    assert lines >= {1, 5, 6} and max(lines) == 7
    assert image.place(0) == (None, 0)


def test_names_of_local_variables_are_found_in_their_symbols():
    for symbol, name in {"_ZZ7conv3x3E4tile": "tile", "_ZZ1fE1s_0": "s", "_ZZ8blocksumILi8EfET0_S0_E1s": "s",
                         "plain": "plain"}.items():
        assert plain_name(symbol) == name


def test_a_file_that_is_no_image_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"\xcf\xfa\xed\xfe" + bytes(100))
    with pytest.raises(ValueError, match="is not a 64-bit little-endian ELF file; hostcuda runs on Linux"):
        Image(tmp_path / "x")


# ---- the command ---------------------------------------------------------------------------------------------------

@pytest.fixture
def two_cases(monkeypatch):
    monkeypatch.setattr(registry, "CASES", {})
    monkeypatch.setattr(cli, "CASES", registry.CASES)
    for name, operation in {"good": "y = 2 * x;", "bad": "if (i) y = 2 * x;"}.items():
        @registry.case(Elementwise(name, "T x", "T y", operation, twin=lambda x: 2 * x), count=2)
        def draw(rng, dtype):
            return {"x": rng.standard_normal(5).astype(dtype), "y": np.empty(5, dtype)}


def test_the_command_prints_a_line_for_each_kernel_and_the_numbers_last(two_cases, capsys, tmp_path):
    assert cli.main(["--json", str(tmp_path / "out.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["good", "8", "launches"] and "float64 0.0e+00" in lines[0]
    assert lines[1].startswith("bad ") and "WRONG  never writes y[0] (float32, point 0: x (5,), y (5,))" in lines[1]
    assert lines[-3:] == ["kernels: 2", "failed: 1", "launches: 8"]
    assert '"failed": 1' in (tmp_path / "out.json").read_text()
    assert cli.main(["goo"]) == 0
    with pytest.raises(UserError, match="no kernel has 'godo' in its name; the nearest are good"):
        cli.main(["godo"])
    with pytest.raises(UserError, match="--json .*: there is no directory .*; make it first"):
        cli.main(["--json", str(tmp_path / "missing" / "out.json")])


def test_an_error_of_the_gpu_leaves_the_other_kernels_to_be_checked(two_cases, capsys, monkeypatch):
    def on_a_bad_day(case, where):
        raise RuntimeError("CUDA_ERROR_ILLEGAL_ADDRESS\nand more")

    monkeypatch.setattr(registry.Case, "run", on_a_bad_day)
    assert [cli.run(case, "gpu") for case in registry.CASES.values()] == [("good", None), ("bad", None)]
    assert capsys.readouterr().out.splitlines()[1].endswith("WRONG  RuntimeError: CUDA_ERROR_ILLEGAL_ADDRESS")
    with pytest.raises(RuntimeError, match="and more"):
        cli.run(registry.CASES["good"], "cpu")              # a fault of the tool itself


def test_the_example_in_the_documentation_is_checked(two_cases):
    example = hostcuda.__doc__[hostcuda.__doc__.index("    import numpy"):hostcuda.__doc__.index("The case runs")]
    exec(textwrap.dedent(example), {})
    assert registry.CASES["row_sums"].run().launches == 80


def test_a_kernel_has_one_case(two_cases):
    with pytest.raises(ValueError, match="there are two cases for the kernel good"):
        registry.case(registry.CASES["good"].kernel)(None)


def test_the_command_ends_with_one_line_for_bad_arguments():
    done = subprocess.run([sys.executable, "-m", "gradcheck.hostcuda", "unheard"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "no kernel has 'unheard' in its name" in done.stderr
