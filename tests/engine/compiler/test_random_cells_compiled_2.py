"""Random cells by compiled kernels and by NumPy, against their equations: the second half."""

import pytest

from rnnstudio.engine.compiler.runtime import kernels
from tests.engine.compiled_cells_kit import TESTS, assert_compiled_cells_hold


@pytest.mark.timeout(900)
@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
@pytest.mark.parametrize("number", range(TESTS // 2, TESTS))
def test_random_cells_compute_what_their_equations_say(number, monkeypatch):
    assert_compiled_cells_hold(number, monkeypatch)
