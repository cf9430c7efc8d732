"""Random cells with compiled kernels, in two test files so that both test processes have some."""

import numpy as np
import pytest

from rnnstudio.engine.compiler import compile
from tests.engine.cell_scenes import assert_holds
from tests.engine.plain_loops_kit import poison
from tests.engine.random_cells import random_cell, seeds

TESTS, CELLS = 60, 5
SINGLE_EVERY = 5  # one cell of so many in single precision


def assert_compiled_cells_hold(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the cells of one numbered test, compiled and in NumPy, with their equations."""
    poison(monkeypatch)
    monkeypatch.setattr(compile.LOGGER, "warning", refuse)
    for seed in seeds(number, CELLS):
        kind = {"dtype": np.float32, "relative": 1e-4} if seed % SINGLE_EVERY == 0 else {}
        assert_holds(random_cell(seed), seed, monkeypatch, **kind)


def refuse(message: str, *parts: str) -> None:
    """Fail whenever the validator reports a fault."""
    raise AssertionError(message % parts)
