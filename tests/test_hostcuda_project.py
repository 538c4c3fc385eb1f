"""Every CUDA kernel of the project, run on the CPU against its twin."""

import pytest

from gradcheck.hostcuda import cases  # noqa: F401  (importing it fills the registry)
from gradcheck.hostcuda.registry import CASES
from mgnm.kernels import registered


def test_every_kernel_has_a_twin_and_a_case():
    kernels = registered()
    assert [name for name, kernel in kernels.items() if kernel.twin is None] == []
    assert {name: case.kernel for name, case in CASES.items()} == kernels
    assert [name for name, case in CASES.items() if case.count < 20] == []


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_kernel_equals_its_twin(name):
    CASES[name].run()
