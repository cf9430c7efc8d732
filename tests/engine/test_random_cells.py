"""Random cells by NumPy and by the loops of a compiled kernel as plain Python, against their equations.

A soak of 10,000 cells so, and of 3,000 compiled, others each time::

    python -m pytest -n 2 --dist loadfile --hypothesis-profile=long tests/engine/test_random_cells*.py
"""

from random import Random

import pytest

from tests.engine.cell_scenes import SCENES, assert_holds
from tests.engine.plain_loops_kit import plain_loops  # noqa: F401  a fixture
from tests.engine.random_cells import random_cell, seeds

TESTS, CELLS = 50, 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(TESTS))
@pytest.mark.usefixtures("plain_loops")
def test_random_cells_compute_what_their_equations_say(number, monkeypatch):
    for seed in seeds(number, CELLS):
        assert_holds(random_cell(seed), seed, monkeypatch, Random(seed).sample(SCENES, 3))
