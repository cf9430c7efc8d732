"""The gradient law for vectors of weights: subtracted, used in several phases, in products, and alone."""

import pytest

from rnnstudio.engine.compiler.runtime import kernels
from tests.engine.compiler.ir.test_autodiff import LIMIT, worst_error
from tests.engine.compiler.runtime.test_kernels import numba_only

SUBTRACTED = {
    "from a state, and added to the input": "g = h_prev - b\nh = tanh(W @ x + b) + g",
    "from a sum of both phases": "c = tanh(W @ x + b) + c_prev - b\nh = c",
    "in a product that is subtracted": "h = tanh(W @ x + b - U @ (b + h_prev))",
    "scaled, from a state and from the input": "h = b * (W @ x) - b * h_prev - sigmoid(b) - b",
}
OTHERS = {
    "alone": "h = b",
    "alone, negated": "h = -b",
    "from a state": "h = h_prev - b",
    "a state from it": "h = b - h_prev",
    "negated under a name": "g = -b\nh = h_prev + g + tanh(W @ x + g)",
    "squared": "h = sigmoid(b) * h_prev - b * b + W @ x",
    "in a choice": "h = where(b > 0, b, h_prev) - b + W @ x",
    "in the smaller and the larger": "h = minimum(b, h_prev) - maximum(b, W @ x)",
    "in products of several phases": "h = U @ (b - h_prev) - V @ b - b + W @ x",
    "in a negated product of a negation": "h = exp(-b) - U @ (-b) - W @ x",
    "from two states": "c = -c_prev - b\nh = -c - b + tanh(W @ x - b)",
    "from the input as a whole": "q = -(W @ x + b)\nh = q - h_prev - q_prev",
    "of two vectors": "a = W @ x - b - d\nh = a * d - (h_prev - b) - d",
}
LENGTHS = {"one row": (1,), "one sequence": (3,), "equal": (4, 4), "ragged": (4, 2, 1)}


@pytest.mark.parametrize("text", [*SUBTRACTED.values(), *OTHERS.values()], ids=[*SUBTRACTED, *OTHERS])
def test_gradients_of_a_shared_vector_hold_the_law(text):
    for lengths in LENGTHS.values():
        assert worst_error(text, lengths, by_step=False) < LIMIT
    assert worst_error(text, LENGTHS["ragged"], by_step=True) < LIMIT


@numba_only
@pytest.mark.parametrize("text", SUBTRACTED.values(), ids=SUBTRACTED)
def test_compiled_gradients_of_a_subtracted_vector_hold_the_law(text, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    for lengths in LENGTHS.values():
        assert worst_error(text, lengths, by_step=False) < LIMIT
