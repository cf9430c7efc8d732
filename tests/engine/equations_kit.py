"""Equations for tests, what their generated code may contain, and directional gradients."""

import ast

import numpy as np
import pytest

from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS, parse
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.compiler.ir.test_autodiff import CELLS as ODD

CELLS = [
    spec.equations(spec.complete({}))
    for spec in catalogue().nodes
    if spec.family == "cell" and spec.equations
]


def refused(text):
    """Assert that a text is refused with a sentence of bounded length and a place in the text."""
    with pytest.raises(EquationError) as caught:
        parse(text)
    error = caught.value
    lines = text.replace("\r\n", "\n").split("\n")
    assert 0 < len(error.sentence) < 400
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1


def vocabulary(source):
    """Return everything that generated code can reach: attributes, called names, imports, statements."""
    found = set()
    tree = ast.parse(source)
    mine = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(f".{node.attr} of {ast.unparse(node.value)}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in mine:
                continue
            found.add(f"{node.func.id}()")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.add(ast.unparse(node))
        elif isinstance(node, ast.stmt | ast.Lambda | ast.comprehension | ast.NamedExpr | ast.Constant):
            found.add(type(getattr(node, "value", None)).__name__ + " " + type(node).__name__)
    return found


EVERYTHING = "\n".join(
    f"a{k} = {f}({', '.join(['W @ x < -b', 'c', '0.5'] if f == 'where' else ['V @ x', 'h_prev'][:n])})"
    for k, (f, n) in enumerate(FUNCTIONS.items())
)
EVERYTHING += "\nc1 = a1 ** 3 / b - 2 * (A @ h_prev)\nh = c1 + c1_prev * a1 + 1"
for _sign in ("<=", ">", ">=", "==", "!="):
    EVERYTHING += f" + where(h_prev {_sign} b, 1, h_prev)"
SAMPLES = [*CELLS, *ODD.values(), EVERYTHING, "h = 0", "h = tanh(W @ x) + W @ tanh(x)"]
KNOWN = set().union(*(vocabulary(compile_cell(text).source) for text in SAMPLES))
KNOWN_LOOPS = set().union(*(vocabulary(compile_cell(text).loop_source) for text in SAMPLES))


def shadows_nothing(source):
    """Assert that no name in the equations hides a called function or another name."""
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        inside = [node for statement in function.body for node in ast.walk(statement)]
        given = [arg.arg for arg in function.args.args]
        assert len(given) == len(set(given))
        own = {*given, *(n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))}
        called = {n.func.id for n in inside if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        owners = {
            n.value.id for n in inside if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
        }
        assert not own & (called | owners)


def holds_no_more_than_ours(text):
    cell = compile_cell(text)
    assert vocabulary(cell.source) <= KNOWN
    assert vocabulary(cell.loop_source) <= KNOWN_LOOPS
    shadows_nothing(cell.source)
    shadows_nothing(cell.loop_source)


def gradient_error(text, seed=0):
    """Return the error of a cell's gradient against a difference in one random direction."""
    rng = np.random.default_rng(seed)
    cell = compile_cell(text)
    kernel = cell.kernel(2, 3, np.float64)
    weights, gradients = rng.normal(scale=0.6, size=kernel.size), np.zeros(kernel.size)
    kernel.bind(weights, gradients)
    packing = PackedSequence(np.array([3, 2]))
    kernel.allocate(packing)
    x = rng.normal(size=(packing.rows, 2))
    initial = [rng.normal(size=(packing.batch, 3)) for _ in cell.states]
    on_steps = rng.normal(size=(packing.rows, 3))
    on_final = [rng.normal(size=(packing.batch, 3)) for _ in cell.states]

    def loss():
        kernel.forward(x, initial, 0, packing.steps)
        final = sum(np.vdot(a, b) for a, b in zip(on_final, kernel.final, strict=True))
        return np.vdot(on_steps, kernel.tape["h"]) + final

    loss()
    d_x = np.zeros_like(x)
    kernel.backward(on_steps, on_final, d_x, 0, packing.steps)
    kernel.gather(x)
    moved = [weights, x, *initial]
    analytic = [gradients.copy(), d_x.copy(), *(d.copy() for d in kernel.d_initial)]
    directions = [rng.normal(size=a.shape) for a in moved]
    kept = [a.copy() for a in moved]
    best = np.inf
    for step in (1e-6, 1e-5, 1e-4):  # rounding spoils the first for large values, curvature the last
        values = []
        for sign in (1, -1):
            for array, before, direction in zip(moved, kept, directions, strict=True):
                array[:] = before + sign * step * direction
            values.append(loss())
        numeric = (values[0] - values[1]) / (2 * step)
        expected = sum(np.vdot(d, v) for d, v in zip(analytic, directions, strict=True))
        size = np.sqrt(sum(np.vdot(d, d) for d in analytic)) + abs(expected) + abs(numeric) + 1e-4
        best = min(best, abs(numeric - expected) / size)
    return best
