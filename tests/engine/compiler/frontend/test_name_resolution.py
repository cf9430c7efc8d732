"""Names in equations do not collide with names in the generated code."""

import ast

import numpy as np
import pytest

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.equations_kit import gradient_error, holds_no_more_than_ours


def names_of(source):
    """Return what generated code calls its functions, imports and parameters."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            yield node.name
            yield from (arg.arg for arg in node.args.args)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        for imported in getattr(node, "names", ()):
            yield imported.asname or imported.name


GENERATED = compile_cell("f = sigmoid(W @ x + b)\nc = f * c_prev + U @ h_prev\nh = tanh(c)")
OURS = sorted(
    {*names_of(GENERATED.source), *names_of(GENERATED.loop_source)}
    | {
        "np",
        "numpy",
        "numba",
        "rows",
        "units",
        "row",
        "k",
        "range",
        "min",
        "max",
        "sign",
        "len",
        "at",
        "size",
    }
    | {"nan", "inf", "print", "exec", "match", "case", "type", "float", "t", "t1", "d_h", "d_h_total", "out"}
)
OURS = [name for name in OURS if name not in {*FUNCTIONS, "x", "h"} and not name.endswith(("_prev", "_"))]
OURS = [name for name in OURS if name[:1].isalpha() and "__" not in name and len(name) <= 38]
ROLES = ("gate", "state", "matrix", "recurrent", "vector")
PLAIN = """\
{gate} = sigmoid({matrix} @ x + {vector})
{state} = {gate} * {state}_prev + {recurrent} @ h_prev
h = tanh({state}) * {gate}"""


def output(names):
    """Return what the plain cell gives with these names, its weights the same whatever they are called."""
    kernel = compile_cell(PLAIN.format(**names)).kernel(2, 3, np.float64)
    weights = np.zeros(kernel.size)
    kernel.bind(weights, np.zeros_like(weights))
    for k, role in enumerate(("matrix", "recurrent", "vector")):
        view = kernel.views(weights)[names[role]]
        view[:] = np.random.default_rng(k).normal(size=view.shape)
    kernel.allocate(PackedSequence(np.array([3])))
    kernel.forward(np.random.default_rng(9).normal(size=(3, 2)), None, 0, 3)
    return kernel.tape["h"]


@pytest.mark.parametrize("start", range(0, len(OURS), len(ROLES)), ids=lambda start: OURS[start])
def test_names_of_the_generated_code_are_free_to_use(start):
    """Each as a gate, a state, a matrix and a vector: a name has no meaning but the one it is given."""
    some = [*OURS[start : start + len(ROLES)], *(f"w{k}" for k in range(len(ROLES)))][: len(ROLES)]
    plain = output({role: f"w{k}" for k, role in enumerate(ROLES)})
    for turn in range(len(ROLES)):
        names = dict(zip(ROLES, some[turn:] + some[:turn], strict=True))
        np.testing.assert_allclose(output(names), plain, rtol=1e-12)
        assert gradient_error(PLAIN.format(**names)) < 1e-6
    holds_no_more_than_ours(PLAIN.format(**dict(zip(ROLES, some, strict=True))))
