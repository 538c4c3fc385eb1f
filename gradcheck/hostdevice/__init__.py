"""A CuPy for machines without a GPU: the whole project runs "on the GPU", on the CPU, and what crosses is counted.

    with installed(), counted() as counts:                  `import cupy` is now the stand-in
        network = mgnm.build("tiny", device="gpu")
        ...
    counts.uploads, counts.downloads, counts.kernels, counts.calls

    array        cupy.ndarray: NumPy arrays behind a wall, with CuPy's rules
    functions    the functions of the module, a table of names that is easy to extend
    kernels      ElementwiseKernel and RawKernel, whose text `gradcheck.hostcuda` runs and checks
    counters     copies between host and device, launches
    module       all of it as one module; installed()

It offers what the project uses, and refuses everything else by name; a test holds its names against the real CuPy's.
Where it differs, it is stricter: an index that is a NumPy array or a list, which CuPy copies to the device without a
word, is refused; RawKernel looks at the types of its arguments; every launch is checked as `gradcheck.hostcuda` does.
It says nothing of speed, nor of the rounding of a GPU's products and sums.
"""

from gradcheck.hostdevice.counters import Counts, counted
from gradcheck.hostdevice.module import cupy, installed

__all__ = ["Counts", "counted", "cupy", "installed"]
