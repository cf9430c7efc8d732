"""The language of kernels: what is compiled gives what the same text gives in Python."""

import math

import numpy as np
import pytest

from rnnstudio.engine.compiler.runtime import kernels

pytestmark = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")

NAMES = {"math": math, "np": np, "third": 1 / 3}


def compiled(source, dtype="float64", names=NAMES):
    """Return the function ``f`` of a text, compiled; its arguments are arrays and whole numbers."""
    from rnnstudio.engine.native.language import DOUBLE, SINGLE, WHOLE, Pointer, functions_in
    from rnnstudio.engine.native.lowering import Unit
    from rnnstudio.engine.native.machine import Loaded, compile_module

    real = SINGLE if dtype == "float32" else DOUBLE
    kinds = {"numbers": Pointer(real), "out": Pointer(real), "table": Pointer(WHOLE, columns=3)}
    kinds["whole"] = Pointer(WHOLE)
    function = functions_in(source, names)["f"]
    parameters = [kinds.get(argument.arg, WHOLE) for argument in function.node.args.args]
    unit = Unit(real, ())
    unit.export("f", function, parameters)
    call = Loaded(compile_module(str(unit.module))).function("f", len(parameters))

    def run(*arguments):
        call(*(a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments))

    return run


def interpreted(source, names=NAMES):
    """Return the same function as Python has it."""
    space = dict(names)
    exec(source, space)
    return space["f"]


WHOLE_NUMBERS = {
    "loops": "for k in range(n):\n    for j in range(k, n, 2):\n        out[j] += k",
    "a loop that goes back": "last = 0\nfor k in range(n - 1, -1, -1):\n    out[k] = last\n    last += k * 3",
    "continue": "for k in range(n):\n    if k % 3 == 1:\n        continue\n    out[k] = k // 2",
    "while": "k = 0\nwhile k * k < n:\n    out[k] = n - k\n    k += 1",
    "while with continue": "k = 0\nwhile k < n:\n    k += 1\n    if k % 2 == 0:\n        continue\n"
    "    out[k - 1] = k",
    "branches": "for k in range(n):\n    if k < 2:\n        out[k] = 1\n    elif k < 5:\n        out[k] = 2\n"
    "    else:\n        out[k] = 3",
    "return": "if n > 3:\n    out[0] = 1\n    return\nout[1] = 1",
    "least and most": "for k in range(n):\n    out[k] = min(k, 4, n - k) + max(k, 3)",
    "conditions": "for k in range(n):\n    out[k] = 1 if 2 <= k < 6 and not k == 4 or k == 0 else 0 - k",
    "several at once": "a, b = n, 2\nfor k in range(n):\n    out[k] = a - b",
}


@pytest.mark.parametrize("name", WHOLE_NUMBERS)
def test_whole_numbers(name):
    body = WHOLE_NUMBERS[name].replace("\n", "\n    ").replace("out[", "whole[")
    source = f"def f(whole, n):\n    {body}\n"
    run, expected = compiled(source), interpreted(source)
    for n in range(9):
        mine, theirs = np.zeros(10, np.int64), np.zeros(10, np.int64)
        run(mine, n)
        expected(theirs, n)
        np.testing.assert_array_equal(mine, theirs)


def test_tables_are_read_by_row_and_column():
    table = np.arange(12, dtype=np.int64).reshape(4, 3)
    source = "def f(table, whole, n):\n    for k in range(n):\n        whole[k] = table[k, 2] * table[k, 0]\n"
    whole = np.zeros(4, np.int64)
    compiled(source)(table, whole, 4)
    np.testing.assert_array_equal(whole, table[:, 2] * table[:, 0])


EXPRESSIONS = [
    "x + y * third - x / y",
    "-x * 2",
    "x ** 3 + y ** -2 + x ** 0 + y ** 1",
    "abs(x) ** 0.5 + abs(y) ** third",
    "(x if x > y else y) - (x if x != x else 1.0)",
    "1.0 if x == x else 2.0",
    "math.sqrt(abs(x)) + math.log(abs(y)) + math.log1p(abs(x)) + math.exp(-abs(y))",
    "np.floor(x) + math.copysign(y, x)",
    "twice(x) + twice(twice(y))",
]
VALUES = [0.0, -0.0, 0.3, -1.7, 5.0, 1e-30, -1e3, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_point_numbers(expression, dtype):
    numbers = np.array([[x, y] for x in VALUES for y in VALUES], dtype)
    source = f"""
def twice(x):
    return x + x

def f(numbers, out, n):
    for k in range(n):
        x = numbers[2 * k]
        y = numbers[2 * k + 1]
        out[k] = {expression}
"""
    out = np.zeros(len(numbers), dtype)
    compiled(source, dtype)(numbers, out, len(numbers))
    mathematics = {name: getattr(np, name) for name in ("sqrt", "log", "log1p", "exp", "copysign")}
    space = {"math": type("math", (), mathematics), "np": np, "third": np.dtype(dtype).type(1 / 3)}
    x, y = numbers.T
    text = expression.replace(" if ", " IF ").replace("(x IF x > y else y)", "np.where(x > y, x, y)")
    text = text.replace("(x IF x != x else 1.0)", "np.where(x != x, x, 1.0)")
    text = text.replace("1.0 IF x == x else 2.0", "np.where(x == x, 1.0, 2.0)")
    with np.errstate(all="ignore"):
        theirs = eval(text, {**space, "twice": lambda x: x + x, "x": x, "y": y})
    np.testing.assert_allclose(out, theirs, rtol=1e-6 if dtype == "float32" else 1e-15)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("with n:\n        pass", "a kernel cannot have this in line 2 of f"),
        ("for k in [1, 2]:\n        pass", "only a range can be looped over"),
        ("out[0] = missing", "a name that nothing defines"),
        ("print(n)", "a name that nothing defines"),
        ("out[0] = n & 1", "BitAnd"),
        ("n = 1.5", "where i64 is due"),
        ("out.x = 1", "only names and numbers behind a pointer can be set"),
    ],
)
def test_what_is_outside_the_language_is_refused(body, words):
    with pytest.raises(TypeError, match=words):
        compiled(f"def f(out, n):\n    {body}\n")


def test_a_function_that_promises_apart_pointers_is_compiled_once_for_all_callers():
    from rnnstudio.engine.compiler.compile import compile_cell
    from rnnstudio.engine.native.machine import optimized

    text = str(optimized(compile_cell("h = tanh(W @ x + U @ h_prev + b)").library("float64").lowered()))
    stages = [line for line in text.splitlines() if line.startswith("define internal")]
    assert len([line for line in stages if "noalias" in line]) == len(stages) > 3
