"""Code sinking together with buffer reuse: operands of moved code are intact when they are read."""

import numpy as np
import pytest

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.compiler.runtime.test_kernels import numba_only, results

DELAYED = "h = m_prev\nm = W @ x + U @ h + V @ b"
READ_BEHIND_A_STATE = {
    "a delayed state": DELAYED,
    "a scaled state": "h = m_prev * 0.5\nm = tanh(W @ x + V @ (x * x) + b + U @ h)",
    "a deep input": "u = tanh(A @ x)\nh = tanh(z_prev)\nz = z_prev + sigmoid(V @ u + W @ x + U @ h)",
}


@pytest.mark.parametrize("kernel", ["numpy", pytest.param("numba", marks=numba_only)])
def test_a_delayed_state_is_computed_as_by_hand(kernel, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    running = compile_cell(DELAYED).kernel(1, 1, np.float64)
    running.bind(np.ones(running.size), np.zeros(running.size))
    running.allocate(PackedSequence(np.array([3])))
    running.forward(np.array([[1.0], [2.0], [3.0]]), None, 0, 3)
    # m1 = 1 + 0 + 1, m2 = 2 + m1 + 1: each h is the m before it.
    assert running.tape["h"].ravel().tolist() == [0, 2, 5]


@numba_only
@pytest.mark.parametrize("text", READ_BEHIND_A_STATE.values(), ids=READ_BEHIND_A_STATE)
def test_what_is_read_behind_the_writing_of_a_state_is_not_overwritten_by_it(text, monkeypatch):
    theirs = results(text, np.float64, "numpy", monkeypatch, (5, 3, 1), features=2, units=3)
    mine = results(text, np.float64, "numba", monkeypatch, (5, 3, 1), features=2, units=3)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-9, atol=1e-12, err_msg=name)
