"""Random cells by NumPy and by the loops of a compiled kernel as plain Python, against their equations.

A soak of 10,000 cells so, and of 3,000 compiled, others each time::

    python -m pytest -n 2 --hypothesis-profile=long tests/engine/compiler/test_random_cells*.py
"""

from random import Random

import pytest

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.ir import derivative_rules
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


@pytest.mark.usefixtures("plain_loops")
def test_a_wrong_gradient_is_reported_with_the_smallest_text_that_has_it(monkeypatch):
    text = "a = tanh(W @ x) * d\nh = softplus(U @ h_prev - a) * sigmoid(b) - 0.5 * a"
    monkeypatch.setitem(derivative_rules.GRADIENTS, "softplus", lambda d, _y, _args, _n: (d,))
    compile_cell.cache_clear()
    with pytest.raises(pytest.fail.Exception) as failure:
        assert_holds(text, 0, monkeypatch, SCENES[:1])
    compile_cell.cache_clear()
    assert "The smallest that differs:\nh = softplus(U)" in str(failure.value)
