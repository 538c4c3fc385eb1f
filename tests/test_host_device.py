"""The stand-in for CuPy: what it offers exists in CuPy, what CuPy refuses it refuses, what crosses is counted."""

import sys

import numpy as np
import pytest

import mgnm
from gradcheck.hostcuda import KernelFault, cupy_text
from gradcheck.hostdevice import array, counted, cupy, installed, module
from mgnm import device, ops
from mgnm.kernels import gates, launch, sums
from mgnm.training.optimisers import OPTIMISERS

needs_cupy = pytest.mark.skipif(not cupy_text.installed(), reason="CuPy is not installed: pip install 'mgnm[kernels]'")


@pytest.fixture
def normal():
    rng = np.random.default_rng(5)
    return lambda *shape: rng.standard_normal(shape)


def on_device(*arrays):
    return [cupy.asarray(x) for x in arrays]


# ---- its names ------------------------------------------------------------------------------------------------------

def names_in(owner):
    """The names that a module or class of the stand-in offers."""
    class Empty:
        """What a class has before anything is put into it."""
    plain = {*vars(Empty), *vars(module.StandIn("cupy")), "_memory", "__slots__", "__getattr__"}
    return set(vars(owner)) - plain


@needs_cupy
def test_every_name_exists_in_cupy():
    import cupy as real
    assert real is not cupy
    for ours, theirs in ((cupy, real), (cupy.cuda, real.cuda), (cupy.cuda.runtime, real.cuda.runtime),
                         (array.ndarray, real.ndarray)):
        names = names_in(ours)
        assert names and names <= set(dir(theirs)), names - set(dir(theirs))
    assert isinstance(real.cuda.Device(0).id, int)
    assert set(array.Flags._fields) <= set(dir(real._core.flags.Flags))


@needs_cupy
def test_kernels_take_what_cupys_take():
    import cupy as real
    for kernel in (gates.LSTM_GATES, sums.ADD_PARTS):       # CuPy's constructors read their parameters, and need no GPU
        vars(kernel).pop("compiled", None)
        assert isinstance(kernel.compiled, real.ElementwiseKernel)
    with installed():
        assert isinstance(gates.LSTM_GATES.compiled, cupy.ElementwiseKernel)


@pytest.mark.parametrize("owner", [cupy, cupy.cuda, cupy.zeros(3)])
def test_what_is_not_offered_is_refused_by_name(owner):
    with pytest.raises(AttributeError, match="has no fft; if CuPy has it, add it to gradcheck.hostdevice"):
        owner.fft
    assert not hasattr(owner, "searchsorted")


# ---- a wall between host and device ---------------------------------------------------------------------------------

def test_no_numpy_array_takes_part():
    x, host = cupy.zeros(3), np.ones(3)
    for mix in (lambda: x + host, lambda: host + x, lambda: x * np.ones(()), lambda: cupy.maximum(x, host),
                lambda: x.__iadd__(host), lambda: cupy.concatenate([x, host]), lambda: cupy.stack([host, x]),
                lambda: x @ host, lambda: np.add(x, host), lambda: host == x, lambda: host.__iadd__(x)):
        with pytest.raises(TypeError, match="Unsupported type <class 'numpy.ndarray'>"):
            mix()
    with pytest.raises(ValueError, match="non-scalar numpy.ndarray cannot be used for fill"):
        x[...] = host
    for index in (np.array([0, 1]), [0, 1], True, x):
        with pytest.raises(TypeError, match="in an index"):
            x[index]
    with pytest.raises(TypeError, match="Unsupported type <class 'list'>"):
        x[...] = [1, 2, 3]


def test_no_array_leaves_without_being_asked_for():
    x = cupy.zeros(3)
    for leave in (lambda: np.asarray(x), lambda: np.array([x, x]), lambda: np.zeros(3).__setitem__(..., x)):
        with pytest.raises(TypeError, match="Implicit conversion to a NumPy array is not allowed"):
            leave()
    with pytest.raises(TypeError, match="Output arguments type must be cupy.ndarray"):
        np.add(1, x, out=np.zeros(3))
    with pytest.raises(TypeError, match="no implementation found|not supported"):
        np.linalg.norm(x)
    assert not isinstance(x, np.ndarray)


def test_numbers_and_numpys_functions_do():
    x = cupy.asarray(np.arange(3, dtype=np.float32))
    for y in (2 * x, x * np.float32(2), np.float32(2) * x, np.add(x, x), np.multiply(x, 2), x - -x):
        assert isinstance(y, array.ndarray) and y.dtype == np.float32 and y.get().tolist() == [0, 2, 4]
    assert isinstance(np.ones_like(x), array.ndarray) and (x + np.float64(0)).dtype == np.float64
    assert (1 / (x + 1)).get().tolist() == [1, 0.5, np.float32(1 / 3)]


# ---- CuPy's ways ----------------------------------------------------------------------------------------------------

def test_single_numbers_stay_on_the_device():
    x = cupy.asarray(np.array([[1.0, 2], [3, 4]]))
    with counted() as counts:
        single = [x.sum(), x[1, 0], x[..., 0][1], x.min() * 2, cupy.sqrt(x.max())]
        assert all(isinstance(y, array.ndarray) and y.shape == () for y in single) and counts.downloads == 0
    assert [float(y) for y in single] == [10, 3, 3, 2, 2]
    assert [float(x.sum()), int(x[0, 1]), bool(x[0, 0]), x.max().item()] == [10, 2, True, 4]
    x[0, 1] = x[1, 1]
    assert x.tolist() == [[1, 4], [3, 4]]
    with pytest.raises(ValueError, match="an array of 4 entries is ambiguous"):
        bool(x)


def test_results_are_contiguous_and_views_are_views():
    x = cupy.asarray(np.arange(24.0).reshape(2, 3, 4))
    turned = x.transpose(2, 1, 0)
    assert not turned.flags.c_contiguous and not turned.astype(np.float32).flags.c_contiguous
    for y in (turned + 1, turned.copy(), turned.sum(0), cupy.ascontiguousarray(turned), cupy.exp(turned),
              cupy.concatenate([turned, turned]), turned.reshape(-1), turned.repeat(2, axis=1)):
        assert y.flags.c_contiguous and not np.shares_memory(y._memory, x._memory)
    for view in (x[1:], x[..., None], x.T, x.swapaxes(0, 1), x.reshape(6, 4), x.ravel(), *cupy.split(x, [1], axis=1),
                 cupy.broadcast_to(x, (5, 2, 3, 4))):
        assert np.shares_memory(view._memory, x._memory)


def test_what_nobody_wrote_shows():
    assert np.isnan(cupy.empty((2, 3), np.float32).get()).all()
    with installed():
        assert np.isnan(device.empty((3,), cupy.zeros(1)).get()).all()
    assert (cupy.empty(4, np.int32).get() == -1).all() and cupy.empty(2, bool).get().all() and cupy.empty(0).size == 0


def test_outputs_are_checked():
    x = cupy.zeros((2, 3))
    with pytest.raises(ValueError, match="Out shape is mismatched"):
        cupy.add(x, x, out=cupy.zeros((1, 3)))
    with pytest.raises(TypeError, match="same_kind"):
        cupy.add(x, x, out=cupy.zeros((2, 3), np.int32))


# ---- counters -------------------------------------------------------------------------------------------------------

def test_copies_between_host_and_device_are_counted():
    with counted() as counts:
        x = cupy.asarray(np.zeros((4, 5), np.float32))
        cupy.asarray(x), cupy.asarray(3.0), x.reshape(20)[3:], len(x), x.shape
        assert (counts.uploads, counts.uploaded_bytes, counts.downloads) == (1, 80, 0)
        x.get(), float(x[0, 0]), x.sum().item(), x[1].tolist()
        with counted() as inner:
            if x.max() > 0:
                pass
        assert (inner.downloads, inner.downloaded_bytes, inner.uploads) == (1, 1, 0)
        assert (counts.downloads, counts.downloaded_bytes, counts.uploads) == (5, 80 + 4 + 4 + 20 + 1, 1)
    float(x[0, 0])
    assert counts.downloads == 5


def test_launches_are_counted():
    x, y = cupy.zeros((4, 5)), cupy.zeros((4, 5))
    with counted() as counts:
        y[1:] += x[1:]                                      # one addition; setting it to itself is nothing
        assert counts.calls == {"add": 1}
        y[...] = x
        y[:, 0] = 3
        y.T.get()                                           # made contiguous first
        x[:, :0] + 1                                        # nothing to do
        assert counts.calls == {"add": 1, "copy": 1, "fill": 1, "ascontiguousarray": 1}
        cupy.add(x[1:], x[:-1], out=x[:-1])                 # both overlap the output: one is it, yet another object
        assert counts.calls["copy"] == 3 and counts.launches == 7


# ---- kernels --------------------------------------------------------------------------------------------------------

def gate_arguments(normal, dtype):
    shapes = (2, 3, 16, 4, 2), (2, 3, 16, 4, 2), (2, 3, 4, 4, 2), (16,), (3, 4)
    return [normal(*shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-14)])
def test_an_op_and_the_optimisers_launch_their_kernels(normal, dtype, tolerance):
    arguments = gate_arguments(normal, dtype)
    state, cache = ops.lstm_gates(*arguments)
    gradients = ops.lstm_gates_backward(state, cache)
    with installed(), counted() as counts:
        given = on_device(*arguments)
        found, kept = ops.lstm_gates(*given)
        back = ops.lstm_gates_backward(found, kept)
        assert counts.kernels == {"lstm_gates_peephole": 1, "lstm_gates_peephole_backward": 1, "channel_sums": 1,
                                  "channel_dots": 3, "add_parts": 4}
        assert counts.downloads == 0 and counts.uploads == 5
        for x, y in zip((*state, *gradients), (*found, *back), strict=True):
            assert y.dtype == dtype
            np.testing.assert_allclose(y.get(), x, rtol=0, atol=tolerance * abs(x).max())
    for name, kind in OPTIMISERS.items():
        values, grads = normal(50).astype(dtype), normal(50).astype(dtype)
        with installed(), counted() as counts:
            there, there_grads = on_device(values, grads)
            optimiser = kind(there)
            for update in range(3):
                optimiser.step(there, there_grads, 0.01, update)
            assert counts.kernels == {name: 3} and counts.downloads == 0
        optimiser = kind(values)
        for update in range(3):
            optimiser.step(values, grads, 0.01, update)
        np.testing.assert_allclose(there.get(), values, rtol=0, atol=tolerance)


def test_raw_kernels_are_launched_and_checked(normal):
    a = normal(3, 4, 5)
    with installed(), counted() as counts:
        x, parts = cupy.asarray(a), cupy.empty((2, 4))
        launch(sums.CHANNEL_SUMS, x, 3, 4, 0, 4, 5, 2, parts)
        assert counts.kernels == {"channel_sums": 1}
        np.testing.assert_allclose(parts.get().sum(0), a.sum((0, 2)), rtol=1e-13)
        with pytest.raises(KernelFault, match=r"reads a\[60\], outside a, which has 60 entries of shape \(3, 4, 5\)"):
            launch(sums.CHANNEL_SUMS, x, 4, 4, 0, 4, 5, 2, parts)


DOUBLE = 'typedef float T;\nextern "C" __global__ void twice(const T* x, T* y, int n) {%s}'


@pytest.fixture
def twice():
    return cupy.RawKernel(DOUBLE % "if (threadIdx.x < n) y[threadIdx.x] = 2 * x[threadIdx.x];", "twice")


def test_a_raw_kernel_is_called_as_cupy_has_it(twice):
    x, y = cupy.asarray(np.arange(5, dtype=np.float32)), cupy.empty(5, np.float32)
    twice((1,), (32,), (x, y, np.int32(4)))
    assert y.get()[:4].tolist() == [0, 2, 4, 6] and np.isnan(float(y[4]))
    for arguments, said in (((x, y, 4), "n must be int32 as generic, got as int"),
                            ((x, y, np.int64(4)), "n must be int32 as generic, got int64 as int64"),
                            ((x.astype(float), y, np.int32(4)), "x must be float32 as ndarray, got float64 as ndarray"),
                            ((x.get(), y, np.int32(4)), "x must be float32 as ndarray"),
                            ((x, y), "takes 3 arguments, got 2"), ((x, x, np.int32(4)), "x and y share memory")):
        with pytest.raises(TypeError, match=said):
            twice((1,), (32,), arguments)
    with pytest.raises(ValueError, match="knows no option but --std=c[+][+]17"):
        cupy.RawKernel("", "twice", options=("-DN=3",))


def test_shared_memory_beyond_the_default_has_to_be_asked_for(twice):
    x, y = cupy.zeros(4, np.float32), cupy.empty(4, np.float32)
    with pytest.raises(KernelFault, match="launched with 60000 bytes of dynamic shared memory, but .* is 49152"):
        twice((1,), (32,), (x, y, np.int32(4)), shared_mem=60000)
    twice.max_dynamic_shared_size_bytes = 60000
    twice((1,), (32,), (x, y, np.int32(4)), shared_mem=60000)
    with pytest.raises(KernelFault, match="asks for 300000 bytes of dynamic shared memory"):
        twice.max_dynamic_shared_size_bytes = 300000


def test_an_elementwise_kernel_is_called_as_cupy_has_it():
    add = cupy.ElementwiseKernel("T x, T s", "T y", "y += x * s", "add", no_return=True)
    x, y = cupy.asarray(np.arange(3.0)), cupy.zeros((2, 3))
    add(x, 2, y)
    assert y.get().tolist() == [[0, 2, 4], [0, 2, 4]]
    with pytest.raises(TypeError, match="Unsupported type <class 'numpy.ndarray'>"):
        add(np.arange(3.0), 2, y)
    with pytest.raises(TypeError, match="add: x and y share a part of their memory"):
        add(y[0], 2, y)
    with pytest.raises(ValueError, match="add: a size is for kernels whose arrays are all raw, but x is not"):
        add(x, 2, y, size=3)
    with pytest.raises(TypeError, match="set no_return=True"):
        cupy.ElementwiseKernel("T x", "T y", "y = x", "same")
    reverse = cupy.ElementwiseKernel("raw T x", "raw T y", "y[i] = x[n - 1 - i]", "reverse", no_return=True,
                                     loop_prep="const int n = _ind.size()")
    y = cupy.zeros(3)
    reverse(x, y, size=3)
    reverse(x, y, size=0)
    assert y.get().tolist() == [2, 1, 0]


def test_an_output_that_is_an_input_races_where_threads_meet():
    with pytest.raises(KernelFault, match=r"race: x\[[01]\] is"):
        shift = cupy.ElementwiseKernel("raw T x", "T y", "y = x[(i + 1) % _ind.size()]", "shift", no_return=True)
        x = cupy.zeros(40)
        shift(x, x)


# ---- in the place of cupy -------------------------------------------------------------------------------------------

def test_installed_for_a_while_only():
    before = sys.modules.get("cupy")
    with installed() as xp:
        assert xp is cupy is sys.modules["cupy"] and device.array_module(cupy.zeros(1)) is cupy
        chosen = device.select("auto")
        assert chosen.name == "gpu" and chosen.xp is cupy and chosen.reason == "found this CPU, standing in for a GPU"
        network = mgnm.build("tiny", device="gpu")
        assert network.xp is cupy and isinstance(network.values, array.ndarray)
        launch(sums.ADD_PARTS, cupy.ones_like(cupy.zeros((2, 3))), cupy.empty(3))
        assert "compiled" in vars(sums.ADD_PARTS)
        with pytest.raises(ZeroDivisionError), installed():
            1 / 0
        assert sys.modules["cupy"] is cupy
    assert sys.modules.get("cupy") is before and "compiled" not in vars(sums.ADD_PARTS)
