"""Kernels compile for four GPU architectures without a GPU, and our elementwise text is CuPy's own.

Needs the wheels of the extra `kernels` (NVRTC, CUDA's headers, CuPy); what is not installed is listed as skipped.
"""

import numpy as np
import pytest
from test_hostcuda_elementwise import GATE, POOL, REVERSE, STEP, draw_gate, draw_pool, draw_reverse, draw_step
from test_hostcuda_kernels import (
    NORMALISE,
    ROTATE,
    SMOOTH,
    TOTAL,
    TRANSPOSE,
    normalise_arguments,
    smooth_arguments,
    total_arguments,
    transpose_arguments,
)

from gradcheck.hostcuda import KernelFault, cases, cupy_text, nvrtc, plan, text  # noqa: F401  (cases: the registry)
from gradcheck.hostcuda.cases import convolution
from gradcheck.hostcuda.nvrtc import ARCHITECTURES
from gradcheck.hostcuda.registry import CASES
from mgnm.errors import UserError
from mgnm.kernels import Elementwise, Geometry, Raw

needs_nvrtc = pytest.mark.skipif(not nvrtc.installed(), reason="NVRTC is not installed: pip install 'mgnm[kernels]'")
needs_cupy = pytest.mark.skipif(not cupy_text.installed(), reason="CuPy is not installed: pip install 'mgnm[kernels]'")

RAW = [(TRANSPOSE, transpose_arguments), (NORMALISE, normalise_arguments), (SMOOTH, smooth_arguments),
       (TOTAL, total_arguments)]
ELEMENTWISE = [(GATE, draw_gate), (POOL, draw_pool), (STEP, draw_step), (REVERSE, draw_reverse)]


def planned(kernel, draw, dtype="float32", seed=0):
    arguments = draw(np.random.default_rng(seed), np.dtype(dtype))
    return plan(kernel, [arguments[p.name] for p in kernel.parameters])


def raw(code, block=(32,), shared=0):
    kernel = Raw("probe", code, twin=lambda x: x, geometry=lambda: Geometry((1,), block, shared))
    return plan(kernel, [np.zeros(4, np.float32)])


# ---- the compile check ---------------------------------------------------------------------------------------------

@needs_nvrtc
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_raw_kernels_compile_and_tell_what_they_need(architecture):
    found = {kernel.name: nvrtc.check(planned(kernel, draw), architecture) for kernel, draw in RAW}
    assert all(0 < r.registers < 64 and r.spills == r.stack == 0 for r in found.values())
    assert {name: r.shared for name, r in found.items()} == {
        "transpose": 8 * 9 * 4, "normalise": 8, "smooth": 0, "total": 257}
    assert nvrtc.check(planned(TRANSPOSE, transpose_arguments, "float64"), architecture).shared == 8 * 9 * 8


@needs_nvrtc
@needs_cupy
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_elementwise_kernels_and_cooperative_groups_compile(architecture):
    x = np.zeros((5, 7), np.float32)
    plans = [planned(*case, dtype=dtype) for case in ELEMENTWISE for dtype in ("float32", "float64")]
    for p in [*plans, plan(ROTATE, [x, x.copy(), x.copy(), 7])]:
        found = nvrtc.check(p, architecture)
        assert found.kernel == p.kernel.name and found.registers > 0 and found.spills == 0


@needs_nvrtc
def test_a_text_that_is_not_cuda_is_refused_with_its_line():
    said = r"probe: does not compile for sm_90\nprobe.cu\(3\): error: identifier .y. is undefined"
    with pytest.raises(KernelFault, match=said):
        nvrtc.check(raw('extern "C" __global__\nvoid probe(float* x) {\n  x[0] = y;\n}'), "sm_90")


@needs_nvrtc
def test_a_kernel_that_spills_or_does_not_fit_is_refused():
    many = "\n".join(f"float a{k} = x[{k} * n];" for k in range(100)) + "__syncthreads();" + "".join(
        f"x[{k}] = a{k} * a{(k + 37) % 100};" for k in range(100))
    code = 'extern "C" __global__ void BOUNDS probe(float* x) { const int n = x[0]; ' + many + "}"
    with pytest.raises(KernelFault, match=r"probe: spills \d+ bytes of registers to memory on sm_80"):
        nvrtc.check(raw(code.replace("BOUNDS", "__launch_bounds__(1024)")), "sm_80")
    with pytest.raises(KernelFault, match=r"needs \d{3} registers for each of 1024 threads on sm_80; a block has"):
        nvrtc.check(raw(code.replace("BOUNDS", ""), (1024,)), "sm_80")
    assert nvrtc.check(raw(code.replace("BOUNDS", "")), "sm_80").registers > 64
    small = 'extern "C" __global__ void probe(float* x) { __shared__ float s[1024]; s[threadIdx.x] = *x; x[1] = s[0]; }'
    assert nvrtc.check(raw(small, shared=100_000), "sm_90").shared == 4096
    with pytest.raises(KernelFault, match=r"needs 104096 bytes of shared memory on sm_75; a block has at most 65536"):
        nvrtc.check(raw(small, shared=100_000), "sm_75")


@needs_nvrtc
def test_resources_make_a_table():
    found = nvrtc.check(planned(TRANSPOSE, transpose_arguments), "sm_90")
    head, line = nvrtc.table([found]).splitlines()
    assert line.split() == ["transpose", "sm_90", str(found.registers), "0", "0", "288"] and len(head) == len(line)


def test_without_the_wheel_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(nvrtc, "installed", lambda: None)
    nvrtc.nvrtc.cache_clear()
    with pytest.raises(UserError, match="^NVRTC, .* is not installed: pip install nvidia-cuda-nvrtc-cu12$"):
        nvrtc.nvrtc()
    nvrtc.nvrtc.cache_clear()


# ---- CuPy's own text -----------------------------------------------------------------------------------------------

@pytest.fixture
def generated(monkeypatch):
    """Every call of text.elementwise in a test, as (arguments, text)."""
    calls, ours = [], text.elementwise

    def recorded(*arguments):
        calls.append((arguments, ours(*arguments)))
        return calls[-1][1]
    monkeypatch.setattr(text, "elementwise", recorded)
    return calls


@needs_cupy
def test_our_elementwise_text_is_cupys_character_for_character(generated):
    for kernel, draw in ELEMENTWISE:
        for seed in range(5):
            for dtype in ("float32", "float64"):
                planned(kernel, draw, dtype, seed)
    everything = Elementwise(
        "everything", "T a, raw S b, float64 c, raw int64 d, uint8 e, bool f", "raw T g, int8 h, S j",
        "g[i] = a;\n  h = 1; j = b[0]", preamble="// before", loop_prep="int k = 0", after_loop="(void)k")
    for a in (np.zeros((4, 3), np.float32), np.zeros((3, 4), np.float32).T, np.ones((), np.float32)):
        inputs = [a, np.zeros(2), 0.5, np.zeros((2, 2), np.int64)[:, ::2], 3, np.ones(a.shape, bool)]
        plan(everything, [*inputs, a.copy(), a.astype(np.int8), a.astype(float)])
    assert len(generated) == 43
    for arguments, ours in generated:
        assert ours == cupy_text.elementwise(*arguments)


@needs_cupy
def test_every_elementwise_kernel_of_the_project_has_cupys_text(generated):
    for case in CASES.values():
        if isinstance(case.kernel, Elementwise):
            for dtype in case.dtypes:
                planned(case.kernel, case.draw, dtype)
    for arguments, ours in generated:
        assert ours == cupy_text.elementwise(*arguments)


@needs_nvrtc
@needs_cupy
@pytest.mark.parametrize("name", sorted(CASES))
def test_every_kernel_of_the_project_compiles_for_every_architecture(name):
    for architecture in ARCHITECTURES:
        nvrtc.check(planned(CASES[name].kernel, CASES[name].draw), architecture)


@needs_nvrtc
@pytest.mark.parametrize(("dtype", "most"), [("float32", 128), ("float64", 232)])
def test_the_widest_convolutions_stay_in_registers(dtype, most):
    """128 registers leave room for 16 warps on a multiprocessor; nvrtc.check refuses what spills."""
    forward, backward = convolution.of_width(16)[0], convolution.of_width(8)[1]
    for architecture in ARCHITECTURES:
        assert nvrtc.check(planned(forward, convolution.conv3x3, dtype), architecture).registers <= most
        assert nvrtc.check(planned(backward, convolution.conv3x3_weights, dtype), architecture).registers <= most
