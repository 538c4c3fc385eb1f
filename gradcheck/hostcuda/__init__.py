r"""Runs CUDA kernels, exactly as they are written, on the CPU, and says what is wrong with them. No GPU, no CUDA.

A kernel is text (`mgnm.kernels`: Elementwise or Raw) beside a NumPy twin that computes the same. Here the text is
compiled by a C++ compiler, with headers that give CUDA's words a meaning on one processor, and run.

- Threads are fibers: between two barriers each runs alone until it waits or returns. Blocks run one after another (all
  of them in turn, if the launch is cooperative). Everything runs upwards and downwards, and must give the same bits.
- The compiler instruments every load and store (-fsanitize=thread) and calls our functions in front of each. They know
  every array and every __shared__ variable, who touched which bytes when, and which barrier, __syncwarp() or fence lies
  between: an access outside, a race, a value that was never written are found when they happen, not by their effect.
- The same compiler checks indices of fixed extents, integer overflow, alignment (-fsanitize=undefined).
- Around an elementwise kernel stands the text that CuPy generates (a test compares the two, character for character),
  so types, broadcasting, strides and raw arguments are CuPy's.

Found, each with the line, the block and thread (or i), and the index, in one sentence (`faults.py`): accesses outside
arrays and shared memory; races within a block and between blocks; reads of memory that nothing was written to, such as
`+=` on a new output; outputs not written; writes to inputs; divergent, missing and never opened barriers; wrong masks,
widths and lanes of warp functions; integer overflow and division by zero; misaligned vectors; launches that the device
would refuse (threads, shared memory); results that depend on the order of threads or blocks, or differ from the twin's.

A kernel, its twin, and the points it is checked at - a module of mgnm/kernels and a page of gradcheck/hostcuda/cases:

    import numpy as np

    from gradcheck.hostcuda.registry import case
    from mgnm.kernels import Geometry, Raw

    ROW_SUMS = Raw("row_sums", r'''
    // y[r] = the sum of row r; one warp for each row
    extern "C" __global__ void row_sums(const T* __restrict__ x, T* __restrict__ y, int n) {
      T sum = 0;
      for (int k = threadIdx.x; k < n; k += 32) sum += x[blockIdx.x * n + k];
      for (int d = 16; d; d >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, d);
      if (threadIdx.x == 0) y[blockIdx.x] = sum;
    }
    ''', twin=lambda x: x.sum(1), geometry=lambda x: Geometry((len(x),), (32,)))


    @case(ROW_SUMS)
    def row_sums(rng, dtype):
        x = rng.standard_normal(rng.integers(1, 100, 2)).astype(dtype)
        return {"x": x, "y": np.empty(len(x), dtype), "n": x.shape[1]}

The case runs at 20 random points in float32 and float64, in the tests and by `python -m gradcheck.hostcuda row_sums`.
In Python: `check_kernel(kernel, arguments)` returns a Report or raises KernelFault, `check_many` does so at many
points, `run(kernel, grid, block, arguments, shared=...)` only runs, `nvrtc.check` compiles for a GPU architecture.

Limits. No half precision, textures, inline PTX, tensor cores or asynchronous copies; memcpy() in a kernel goes unseen.
Dynamic shared memory is one array, and a pointer that runs off one __shared__ array may land in the next (an index may
not). Several threads writing the same value are a race. Stricter than a GPU: every thread of a block must reach each
barrier. Weaker: between blocks only a fence followed by an atomic operation gives an order. A GPU may still differ in
rounding (fused multiply-add, fast intrinsics). One kernel for each text, 128 KiB of stack for each thread. Linux with
glibc; tried on x86-64.

Cost. 25 ns for an access of memory, 80 ns for a thread at a barrier, 1 ms for a launch: choose small shapes. A text is
compiled in 0.1 s, and kept in ~/.cache/mgnm ($MGNM_CACHE); other types or constants, or for elementwise kernels other
dimensions or contiguity, make another text.

    kernel -> arguments, text, launch    what is launched: CuPy's rules, the C++ program, the plan
    compiler, elf                        from text to a loaded library, and from its addresses back to lines
    machine, runtime/, include/          one launch: memory, fibers, hooks; CUDA's words in C++
    faults, check, registry, cases, cli  what is wrong, twins, the list of kernels, the command
    nvrtc, cupy_text                     compiled for GPUs, by NVIDIA's compiler, without one; CuPy's own text
"""

from gradcheck.hostcuda.check import Report, check_kernel, check_many
from gradcheck.hostcuda.faults import KernelFault
from gradcheck.hostcuda.launch import execute, plan, run

__all__ = ["KernelFault", "Report", "check_kernel", "check_many", "execute", "plan", "run"]
