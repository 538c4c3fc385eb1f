"""Checks a kernel against its NumPy twin: both orders of threads and blocks, all faults, every value."""

import time
from dataclasses import dataclass

import numpy as np

from gradcheck.hostcuda.faults import KernelFault, entry
from gradcheck.hostcuda.launch import execute, plan
from mgnm.device import to_numpy
from mgnm.kernels import launch
from mgnm.kernels.kernel import is_array, run_twin

TOLERANCES = {"float32": 1e-6, "float64": 1e-12}        # of the twin's largest entry; integers must be equal
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Report:
    """What was checked. errors: {output: largest difference from the twin, relative to the twin's largest entry}."""

    kernel: str
    launches: int
    errors: dict[str, float]
    seconds: float

    @property
    def worst(self):
        return max(self.errors.values(), default=0.0)


def check_kernel(kernel, arguments, tolerance=None, deterministic=True, device="cpu"):
    """Run a kernel upwards and downwards and compare with its twin: a Report, or KernelFault at the first fault.

    arguments: {name: NumPy array or scalar} for every parameter. Outputs are given too, and get the kernel's results;
    what they hold before does not matter, unless the twin asks for it. The twin computes in float64, so the error is
    the kernel's alone.
    tolerance: for all floating outputs, relative to the twin's largest entry (default TOLERANCES).
    deterministic: both orders must give the same bits (False where float atomics may round differently).
    device: "cpu", or "gpu" to launch the kernel on a GPU instead.
    """
    if kernel.twin is None:
        raise TypeError(f"{kernel.name}: has no twin to compare it with")
    missing = [p.name for p in kernel.parameters if p.name not in arguments]
    if missing:
        raise TypeError(f"{kernel.name}: the argument {missing[0]} is missing")
    start = time.perf_counter()
    named = kernel.bind([arguments[p.name] for p in kernel.parameters])
    outputs = kernel.outputs_named
    before = {name: named[name].copy() for name in kernel.updated}
    expected = dict(zip(outputs, run_twin(kernel, in_float64(kernel, named))))
    planned = plan(kernel, list(named.values()))
    results = []
    for order in ("up", "down"):
        for name, value in before.items():
            named[name][...] = value
        if device == "cpu":
            execute(planned, order)
        else:
            run_on_gpu(kernel, named)
        results.append({name: named[name].copy() for name in outputs})
    errors = {name: max(compare(kernel, name, result[name], expected[name], tolerance) for result in results)
              for name in outputs}
    for name in outputs if deterministic else ():
        compare_orders(kernel, name, results[0][name], results[1][name])
    return Report(kernel.name, len(results), errors, time.perf_counter() - start)


def check_many(kernel, draw, count=20, seed=0, dtypes=DTYPES, **options):
    """`check_kernel` at `count` points for each dtype; draw(rng, dtype) returns the arguments. One Report over all.

    Its errors are named "output dtype". The message of a KernelFault ends with the point at which it happened.
    """
    errors, launches, seconds = {}, 0, 0.0
    for dtype in dtypes:
        for k in range(count):
            arguments = draw(np.random.default_rng((seed, k)), np.dtype(dtype))
            try:
                report = check_kernel(kernel, arguments, **options)
            except KernelFault as fault:
                shapes = ", ".join(f"{name} {v.shape if is_array(v) else v}" for name, v in arguments.items())
                raise KernelFault(kernel.name, fault.kind, f"{fault.what} ({dtype}, point {k}: {shapes})") from None
            for name, error in report.errors.items():
                errors[f"{name} {dtype}"] = max(error, errors.get(f"{name} {dtype}", 0.0))
            launches, seconds = launches + report.launches, seconds + report.seconds
    return Report(kernel.name, launches, errors, seconds)


def in_float64(kernel, named):
    """What the kernel reads, in float64: the same numbers, more room for the twin's own rounding."""
    reads = {name: value for name, value in named.items()
             if name in kernel.updated or name not in kernel.outputs_named}
    return {name: value.astype(np.float64) if value.dtype.kind == "f" else value for name, value in reads.items()}


def run_on_gpu(kernel, named):
    """Launch on the GPU and copy the outputs back; what is not written shows as NaN, or as every bit set."""
    import cupy
    on_device = {name: cupy.asarray(value) if is_array(value) else value for name, value in named.items()}
    for name in kernel.outputs_named:
        if name not in kernel.updated:
            dtype = named[name].dtype
            on_device[name].fill(np.frombuffer(b"\xff" * dtype.itemsize, dtype)[0])
    launch(kernel, *on_device.values())
    for name in kernel.outputs_named:
        named[name][...] = to_numpy(on_device[name])


def compare(kernel, name, result, expected, tolerance):
    """The error of an output; KernelFault where it is too large."""
    expected = np.asarray(expected)
    if expected.shape != result.shape:
        raise KernelFault(kernel.name, "value",
                          f"the twin's {name} has shape {expected.shape}, the kernel's {result.shape}")
    if result.size == 0:
        return 0.0
    if tolerance is None or result.dtype.kind != "f":
        tolerance = TOLERANCES.get(result.dtype.name, 0.0)
    difference = np.asarray(np.abs(result.astype(np.float64) - expected.astype(np.float64)))
    difference[np.isnan(difference)] = np.inf
    difference[np.isnan(result) & np.isnan(expected)] = 0.0
    largest = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected)) or 1.0
    error = float(difference.max() / largest)
    if error > tolerance:
        at = np.unravel_index(np.argmax(difference), difference.shape)
        digits = 17 if result.itemsize == 8 else 8
        wrong = np.count_nonzero(difference > tolerance * largest)
        raise KernelFault(
            kernel.name, "value", f"{entry(name, at)} = {result[at]:.{digits}g}, but the twin says"
            f" {expected[at]:.{digits}g}: relative error {error:.1e}, allowed {tolerance:.0e};"
            f" {wrong} of {result.size} entries are wrong")
    return error


def compare_orders(kernel, name, up, down):
    """KernelFault where one order of threads and blocks gives other bits than the other."""
    differs = up.view(f"u{up.itemsize}") != down.view(f"u{up.itemsize}")
    if np.any(differs):
        at = tuple(np.argwhere(differs)[0])
        raise KernelFault(kernel.name, "order", f"{entry(name, at)} depends on the order of threads or blocks:"
                          f" {up[at]:.9g} upwards, {down[at]:.9g} downwards")
