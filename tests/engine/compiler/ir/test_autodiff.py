"""The gradient law for equations: every cell and many unusual ones against central differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnstudio.engine.cells import gru, lstm
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.ir import derivative_rules
from rnnstudio.engine.program.packed_sequence import PackedSequence

LIMIT = 1e-6
FEATURES, UNITS = 3, 4

PEEPHOLE = """\
i = sigmoid(W_i @ x + U_i @ h_prev + p_i * c_prev + b_i)
f = sigmoid(W_f @ x + U_f @ h_prev + p_f * c_prev + b_f)
g = tanh(W_g @ x + U_g @ h_prev + b_g)
c = f * c_prev + i * g
o = sigmoid(W_o @ x + U_o @ h_prev + p_o * c + b_o)
h = o * tanh(c)"""
ALL_FUNCTIONS = """\
a = W @ x + b
q = exp(-a * a) + log(1 + a ** 2) + abs(a) + sqrt(a * a + 1) + softplus(a) + logsigmoid(a) + relu(a - 0.3)
r = minimum(q, h_prev * 2) + maximum(a, U @ h_prev) - where(h_prev < a, q, 3) + where(a > 0.1, 1, a) ** 3
h = tanh(r / (1 + q * q)) + 0.1 * h_prev ** 3 - 2 ** -1 / (2 + a ** 2) - c ** 2"""

CELLS = {
    "rnn tanh": "h = tanh(W @ x + U @ h_prev + b)",
    "rnn relu": "h = relu(W @ x + U @ h_prev + b)",
    "rnn sigmoid": "h = sigmoid(W @ x + U @ h_prev + b)",
    "gru reset after": gru.AFTER,
    "gru reset before": gru.BEFORE,
    "lstm": lstm.EQUATIONS,
    "peephole lstm": PEEPHOLE,
    "all functions": ALL_FUNCTIONS,
    "no state": "h = tanh(W @ x + b)",
    "linear": "h = W @ x + U @ h_prev",
    "no input": "h = tanh(U @ h_prev + b)",
    "one matrix on two states": "c = tanh(W @ x + U @ h_prev + V @ c_prev)\nh = U @ c + V @ h_prev - W @ x",
    "two matrices of one gradient": "a = W @ x\nh = A @ h_prev + B @ h_prev + a * 0.5 + V @ a",
    "functions of the input": "h = tanh(W @ (x * x + 2 * tanh(x)) + V @ x + U @ h_prev)",
    "stages before the steps": "a = tanh(W @ x + b)\nq = softplus(V @ a - a * d)\n"
    "h = sigmoid(q + a * (U @ h_prev)) - a",
    "an unused gate": "q = tanh(V @ x + U @ h_prev + e)\nh = tanh(W @ x + b)",
    "second names": "c = 0.5 * c_prev + W @ x + b\nk = 1\nm = b\nh = c",
    "a matrix times a vector of weights": "h = tanh(W @ x + U @ (b * 2) + V @ (b * h_prev) + V @ b + h_prev)",
    "states handed on": "c = c_prev + h_prev\nh = W @ x + c - d",
    "products in products": "h = A @ tanh(B @ (C @ h_prev)) + W @ x + A @ (B @ (W @ x))",
    "two stages a step": "s = tanh(W @ x + U @ h_prev)\nt = tanh(V @ s + U @ s + b)\nh = t + s_prev * t_prev",
    "a sum before a product and beside it": "a = W @ x\nh = U @ (a + h_prev) * a",
    "a vector before a product and beside it": "h = U @ (V @ (b + h_prev) + b) * d + U @ (d + h_prev)",
    "a hoisted product before a product": "h = tanh(U @ (V @ b + h_prev)) + 0.1 * (U @ h_prev)",
    "all steps hear of an operand of one": "f = tanh(W @ x)\nh = tanh(U @ (f_prev - W @ x))",
    "brackets": "h = tanh(W @ [h_prev, x] + b)",
    "brackets of three": "c = tanh(V @ [h_prev * c_prev, tanh(x), x] - A @ [c_prev, h_prev])\n"
    "h = A @ [c, W @ x] - (2 - V @ [c, x, 2 * x])",
    "brackets in brackets": "h = W @ [tanh(W @ [h_prev, x]), x]",
    "brackets of the input": "h = tanh(W @ [x, x * x] + U @ [W @ [x, x], b, h_prev])",
    "names of ours": "np = tanh(W @ x + U @ np_prev)\nrow = np * k\nh = row + t1 * h_prev",
}


def worst_error(text, lengths, by_step, seed=0, step=1e-6):
    """Return the largest relative error over x, the initial states and every weight."""
    rng = np.random.default_rng(seed)
    cell = compile_cell(text)
    kernel = cell.kernel(FEATURES, UNITS, np.float64)
    packing = PackedSequence(np.array(lengths))
    weights, gradients = rng.normal(scale=0.7, size=kernel.size), np.zeros(kernel.size)
    kernel.bind(weights, gradients)
    kernel.allocate(packing)
    x = rng.normal(size=(packing.rows, FEATURES))
    initial = [rng.normal(size=(packing.batch, UNITS)) for _ in cell.states]
    on_steps = rng.normal(size=(packing.rows, UNITS))
    on_final = [rng.normal(size=(packing.batch, UNITS)) for _ in cell.states]
    ranges = [(t, t + 1) for t in range(packing.steps)] if by_step else [(0, packing.steps)]

    def loss():
        for t0, t1 in ranges:
            kernel.forward(x, initial, t0, t1)
        final = sum(np.vdot(a, b) for a, b in zip(on_final, kernel.final, strict=True))
        return np.vdot(on_steps, kernel.tape["h"]) + final

    loss()
    d_x = np.zeros_like(x)
    for t0, t1 in reversed(ranges):
        kernel.backward(on_steps, on_final, d_x, t0, t1)
    kernel.gather(x)
    named = kernel.views(weights)
    checked = {"x": (x, d_x)}
    checked |= {name: (named[name], d.copy()) for name, d in kernel.views(gradients).items()}
    for k, state in enumerate(cell.states):
        checked[f"initial {state}"] = (initial[k], kernel.d_initial[k].copy())
    return max(_error(values, d, loss, step) for values, d in checked.values())


def _error(values, analytic, loss, step):
    numeric = np.zeros_like(values)
    for index in np.ndindex(values.shape):
        kept = values[index]
        values[index] = kept + step
        above = loss()
        values[index] = kept - step
        below = loss()
        values[index] = kept
        numeric[index] = (above - below) / (2 * step)
    size = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return np.linalg.norm(analytic - numeric) / size if size > 1e-7 else 0.0


@pytest.mark.parametrize("by_step", [False, True], ids=["whole", "step by step"])
@pytest.mark.parametrize("lengths", [(4, 4), (4, 2, 1)], ids=["fixed", "ragged"])
@pytest.mark.parametrize("name", CELLS)
def test_gradients_hold_the_law(name, lengths, by_step):
    assert worst_error(CELLS[name], lengths, by_step) < LIMIT


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", ["gru reset after", "gru reset before", "lstm"])
def test_gradients_hold_the_law_with_other_numbers(name, seed):
    assert worst_error(CELLS[name], (3, 3, 2), by_step=False, seed=seed) < LIMIT


@pytest.fixture
def uncached():
    """Compile afresh before and after a rule is changed."""
    compile_cell.cache_clear()
    yield
    compile_cell.cache_clear()


@pytest.mark.parametrize("operation", ["sigmoid", "tanh", "multiply", "add", "subtract"])
def test_a_planted_sign_flip_is_caught(operation, monkeypatch, uncached):
    right = derivative_rules.GRADIENTS[operation]

    def flipped(d, y, args, number):
        gradients = list(right(d, y, args, number))
        gradients[-1] = -gradients[-1]
        return tuple(gradients)

    monkeypatch.setitem(derivative_rules.GRADIENTS, operation, flipped)
    assert worst_error(gru.AFTER, (3, 2), by_step=False) > 1e-3


ELEMENTWISE = sorted(
    set(derivative_rules.GRADIENTS)
    - {"copy", "less", "less_equal", "greater", "greater_equal"}
    - {"equal", "not_equal"}
)


@pytest.mark.parametrize("operation", ELEMENTWISE)
def test_a_sign_flip_in_any_rule_is_caught(operation, monkeypatch, uncached):
    right = derivative_rules.GRADIENTS[operation]

    def flipped(d, y, args, number):
        return tuple(None if g is None else -g for g in right(d, y, args, number))

    monkeypatch.setitem(derivative_rules.GRADIENTS, operation, flipped)
    # Negation stands alone only where a product or a sum cannot absorb it.
    text = (
        "h = -(W @ x + U @ h_prev)" if operation == "negative" else ALL_FUNCTIONS + " + sigmoid(V @ h_prev)"
    )
    assert worst_error(text, (3, 2), by_step=False) > 1e-4


SMOOTH = ["(W @ x)", "(V @ tanh(x))", "(U @ h_prev)", "(V_a @ a)", "(U @ (a * c_prev))"]
SMOOTH += ["h_prev", "c_prev", "a", "b", "d", "0.5"]


def _larger(inner):
    two = st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
    one = st.tuples(st.sampled_from(["tanh", "sigmoid", "softplus", "-"]), inner)
    return st.one_of(two, one.map(lambda p: f"{p[0]}({p[1]})"))


EXPRESSIONS = st.recursive(st.sampled_from(SMOOTH), _larger, max_leaves=6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS, st.booleans())
def test_gradients_of_made_up_cells_hold_the_law(gate, cell, output, by_step):
    text = f"a = tanh(W @ x) * d\nq = {gate}\nc = tanh({cell})\nh = tanh({output}) + c * q"
    assert worst_error(text, (3, 1), by_step) < 5 * LIMIT
