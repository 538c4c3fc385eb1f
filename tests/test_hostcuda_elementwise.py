"""hostcuda runs elementwise kernels as CuPy would (types, broadcasting, strides), and finds what is wrong in them."""

import numpy as np
import pytest

from gradcheck.hostcuda import KernelFault, check_kernel, check_many
from gradcheck.hostcuda.arguments import reduce_dimensions
from mgnm.kernels import Elementwise


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


GATE = Elementwise(
    "gate", "T a, T b, T scale", "T y, T z",
    """T s = sigmoid(a * scale);
    y = s * b;
    z = s * (T(1) - s);""",
    twin=lambda a, b, scale: gate_twin(a, b, scale),
    preamble="template <typename T> __device__ T sigmoid(T x) { return T(1) / (T(1) + exp(-x)); }")

POOL = Elementwise(
    "pool", "raw T x", "T y, int8 winner",
    """const ptrdiff_t r = 2 * _ind.get()[0], c = 2 * _ind.get()[1];
    y = x[{r, c}];
    winner = 0;
    for (int k = 1; k < 4; ++k) {
      ptrdiff_t at[] = {r + k / 2, c + k % 2};
      if (x[at] > y) {
        y = x[at];
        winner = k;
      }
    }""",
    twin=lambda x: pool_twin(x), reduce_dims=False)

STEP = Elementwise("step", "T gradient, T rate", "T value, T velocity",
                   "velocity = T(0.5) * velocity + gradient; value -= rate * velocity;",
                   twin=lambda gradient, rate, value, velocity: step_twin(gradient, rate, value, velocity))

REVERSE = Elementwise("reverse", "raw T x", "raw T y", "y[last - i] = x[i];", twin=lambda x: x[::-1],
                      size=lambda x: x.size, loop_prep="const ptrdiff_t last = _ind.size() - 1;")


def gate_twin(a, b, scale):
    s = sigmoid(a * scale)
    return s * b, s * (1 - s)


def pool_twin(x):
    rows, columns = x.shape
    windows = x.reshape(rows // 2, 2, columns // 2, 2).transpose(0, 2, 1, 3).reshape(rows // 2, columns // 2, 4)
    return windows.max(-1), windows.argmax(-1)


def step_twin(gradient, rate, value, velocity):
    velocity = velocity / 2 + gradient
    return value - rate * velocity, velocity


def normal(rng, dtype, *shape):
    return rng.standard_normal(shape).astype(dtype)


def draw_gate(rng, dtype):
    """Strided, reversed and broadcast inputs, outputs that are views of one array."""
    n, c, h = rng.integers(1, 7, 3)
    big, out = normal(rng, dtype, n, 2 * c, h), np.empty((n, 2 * c, h), dtype)
    b = normal(rng, dtype, c, 1) if rng.random() < 0.5 else big[::-1, c:, ::-1]
    return {"a": big[:, :c], "b": b, "scale": 1.5, "y": out[:, :c], "z": out[:, c:]}


def draw_pool(rng, dtype):
    h, w = rng.integers(1, 7, 2)
    x = normal(rng, dtype, 2 * w, 2 * h).T if rng.random() < 0.5 else normal(rng, dtype, 2 * h, 2 * w)
    return {"x": x, "y": np.empty((h, w), dtype), "winner": np.empty((h, w), np.int8)}


def draw_step(rng, dtype):
    shape = tuple(rng.integers(1, 20, int(rng.integers(0, 4))))
    gradient, value, velocity = normal(rng, dtype, 3, *shape)
    return {"gradient": gradient, "rate": 0.01, "value": np.array(value), "velocity": np.array(velocity)}


def draw_reverse(rng, dtype):
    x = normal(rng, dtype, rng.integers(1, 400))
    return {"x": x, "y": np.empty_like(x)}


@pytest.mark.parametrize(("kernel", "draw"), [
    (GATE, draw_gate), (POOL, draw_pool), (STEP, draw_step), (REVERSE, draw_reverse)])
def test_kernels_equal_their_twins_at_many_points_in_both_types(kernel, draw):
    report = check_many(kernel, draw, count=10)
    assert report.launches == 40
    assert all(error < (3e-7 if "float32" in name else 1e-15) for name, error in report.errors.items())


def test_empty_arrays_and_single_values():
    for shape in ((0,), (3, 0, 2), ()):
        given = {name: np.ones(shape, np.float32) for name in "abyz"} | {"scale": 2}
        assert check_kernel(GATE, given).launches == 2
    assert np.allclose(given["y"], sigmoid(2.0)) and given["y"].shape == ()


@pytest.mark.parametrize(("shapes", "expected"), [
    ([(4, 5, 6), (4, 5, 6)], (120,)),                       # all contiguous: one run
    ([(4, 5, 6), (5, 6)], (4, 30)),                         # repeated along the first axis only
    ([(4, 5, 6), (4, 1, 6)], (4, 5, 6)),
    ([(4, 5, 6), (1, 1, 6)], (20, 6)),
    ([(4, 1, 6), (4, 1, 1)], (4, 6)),
    ([(4, 5), (5,)], (4, 5)),
])
def test_axes_are_merged_as_cupy_merges_them(shapes, expected):
    shape = np.broadcast_shapes(*shapes)
    looped = {str(k): np.broadcast_to(np.arange(np.prod(s)).reshape(s), shape) for k, s in enumerate(shapes)}
    looped = {k: array.copy() if array.shape == s else array for (k, array), s in zip(looped.items(), shapes)}
    reduced, views = reduce_dimensions(shape, looped)
    assert reduced == expected
    for name, view in views.items():
        assert np.array_equal(view.reshape(-1), looped[name].reshape(-1))


# ---- planted faults -------------------------------------------------------------------------------------------------

def changed(kernel, old, new, **fields):
    assert kernel.operation.count(old) == 1
    kept = {name: getattr(kernel, name) for name in ("twin", "size", "preamble", "loop_prep", "reduce_dims")}
    return Elementwise(kernel.name, kernel.inputs, kernel.outputs, kernel.operation.replace(old, new), **kept | fields)


def point(draw, dtype="float32"):
    return draw(np.random.default_rng(3), np.dtype(dtype))


def grid(rows, columns):
    """Arguments of POOL."""
    x = np.random.default_rng(0).standard_normal((2 * rows, 2 * columns), np.float32)
    return {"x": x, "y": np.empty((rows, columns), np.float32), "winner": np.empty((rows, columns), np.int8)}


def ones(*names, **more):
    return {name: np.ones(4, np.float32) for name in names} | more


NEIGHBOUR = Elementwise("neighbour", "T x", "raw T y", "y[i] += y[(i + 1) % _ind.size()] * x;",
                        twin=lambda x, y: y + np.roll(y, -1) * x)
SCATTER = Elementwise("scatter", "T x, raw int32 where", "raw T y", "y[where[i]] = x;", twin=lambda x, where, y: y)

FAULTS = {
    "wrong operand": (
        changed(GATE, "s * b", "s * a"), point(draw_gate), "value", r"gate: y\[.*\] = .*, but the twin says"),
    "integer division of constants": (
        changed(GATE, "s * b", "s * b * (1 / 2) * 2"), point(draw_gate), "value", r"y\[.*\] = -?0, but the twin says"),
    "float literal in a double kernel": (
        changed(GATE, "T(1) - s", "T(1) - s * 0.1f - s * 0.9f"), point(draw_gate, "float64"), "value",
        r"relative error \d.\de-0[789], allowed 1e-12"),
    "float function in a double kernel": (
        changed(GATE, "sigmoid(a * scale)", "T(1) / (T(1) + expf(-a * scale))"), point(draw_gate, "float64"), "value",
        r"relative error \d.\de-0[89], allowed 1e-12"),
    "output never written": (
        changed(GATE, "z = s * (T(1) - s);", "if (a > 0) z = s * (T(1) - s);"), point(draw_gate), "unwritten",
        r"gate: never writes z\[.*\] and \d+ more of its \d+ entries"),
    "+= on an output that holds nothing": (
        changed(GATE, "y = s * b", "y += s * b"), point(draw_gate), "reads unwritten memory",
        r"gate: `y \+= s \* b;`, i = 0: reads y\[0, 0, 0\] before anything was written there"),
    "index too far along an axis": (
        changed(POOL, "c + k % 2", "c + k % 3"), grid(2, 3), "axis index",
        r"pool: `if \(x\[at\] > y\) {`, i = 2: index 6 is outside axis 1 of x, which has 24 entries of shape \(4, 6"),
    "negative index": (
        changed(POOL, "{r, c}", "{r - 1, c}"), grid(2, 3), "axis index", r"i = 0: index -1 is outside axis 0 of x"),
    "flat index too far": (
        changed(REVERSE, "x[i]", "x[i + 1]"), point(draw_reverse), "flat index",
        r"reverse: `y\[last - i\] = x\[i \+ 1\];`, i = \d+: index \d+ is outside x, which has \d+ entries"),
    "pointer too far": (
        changed(REVERSE, "x[i]", "*(&x[i] + 1)"), point(draw_reverse), "out of bounds", r"reads x\[\d+\], outside x"),
    "swapped axes": (
        changed(POOL, "{r + k / 2, c + k % 2}", "{c + k % 2, r + k / 2}"), grid(2, 2), "value", "but the twin says"),
    "one entry written twice": (
        changed(REVERSE, "y[last - i]", "y[i / 2]"), ones("x", "y"), "race",
        r"i = 1: race: y\[0\] is written here, and written by i = 0 in the same line"),
    "scatter without atomics": (
        SCATTER, ones("y", "x", where=np.int32([0, 2, 0, 1])), "race",
        r"scatter: `y\[where\[i\]\] = x;`, i = 2: race: y\[0\] is written here, and written by i = 0 in the same line"),
    "reads what others write": (
        NEIGHBOUR, ones("x", "y"), "race", r"neighbour: .*, i = 1: race: y\[1\] is written here, and read by i = 0"),
    "integer overflow": (
        changed(REVERSE, "x[i]", "x[(int)i * many * many == 0 ? 0 : i]",
                loop_prep="int last = _ind.size() - 1, many = 50000;"), point(draw_reverse),
        "integer overflow", r"i = 1: integer overflow in 50000 \* 50000"),
    "writes an input": (
        changed(REVERSE, "y[last - i] = x[i]", "const_cast<T&>(x[i]) = y[last - i] = 1"), point(draw_reverse),
        "writes an input", r"writes x\[0\], which is an input"),
    "twin of another shape": (
        changed(REVERSE, "x[i]", "x[i + 0]", twin=lambda x: x[1:]), ones("x", "y"), "value",
        r"the twin's y has shape \(3,\), the kernel's \(4,\)"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_explained(name):
    kernel, given, kind, said = FAULTS[name]
    with pytest.raises(KernelFault, match=said) as found:
        check_kernel(kernel, given)
    assert found.value.kind == kind


def test_a_point_that_fails_is_named():
    with pytest.raises(KernelFault, match=r"never writes z.* \(float64, point 0: a \(\d, \d, \d\), b .* scale 1.5, y "):
        check_many(changed(GATE, "z = s * (T(1) - s);", ""), draw_gate, dtypes=["float64"])


def test_arguments_that_do_not_fit_are_refused():
    x, y = np.ones(5, np.float32), np.ones(5, np.float32)
    with pytest.raises(TypeError, match="reverse: the argument y is missing"):
        check_kernel(REVERSE, {"x": x})
    with pytest.raises(TypeError, match="step: gradient is float32, but T is|step: value is float64, but T is float32"):
        check_kernel(STEP, {"gradient": x, "rate": 1, "value": y.astype(np.float64), "velocity": y})
    with pytest.raises(TypeError, match=r"step: value has shape \(5,\), the loop has \(2, 5\)"):
        check_kernel(STEP, {"gradient": np.ones((2, 5), np.float32), "rate": 1, "value": x, "velocity": y})
    with pytest.raises(TypeError, match="reverse: x and y share memory"):
        check_kernel(REVERSE, {"x": x, "y": x[::-1]})
    with pytest.raises(TypeError, match="every array is raw, so the kernel needs a `size`"):
        check_kernel(changed(REVERSE, "x[i]", "x[i]", size=None), {"x": x, "y": y})
    with pytest.raises(TypeError, match="reverse: has no twin"):
        check_kernel(changed(REVERSE, "x[i]", "x[i]", twin=None), {"x": x, "y": y})
