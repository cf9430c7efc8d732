"""The grammar of equations, and its errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnstudio.design.errors import StudioError
from rnnstudio.engine.cells import gru, lstm
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS, parse


def test_names_get_their_meaning_from_where_they_stand():
    equations = parse(lstm.EQUATIONS)
    assert equations.states == ("h", "c")
    assert equations.gates == ("i", "f", "o", "g")
    assert equations.input_matrices == ("W_i", "W_f", "W_o", "W_g")
    assert equations.recurrent_matrices == ("U_i", "U_f", "U_o", "U_g")
    assert equations.vectors == ("b_i", "b_f", "b_o", "b_g")


def test_the_output_is_a_state_even_where_nobody_reads_it_back():
    assert parse("h = tanh(W @ x)").states == ("h",)


def test_comments_empty_lines_and_brackets_over_lines_are_fine():
    assert parse("# a cell\n\nh = tanh(W @ x +\n         b)  # so\n").vectors == ("b",)


def test_the_textbook_shapes_follow_from_the_sizes():
    shapes = compile_cell(gru.AFTER).parameter_shapes(features=5, units=7)
    assert shapes["W_n"] == (7, 5)
    assert shapes["U_n"] == (7, 7)
    assert shapes["c_n"] == (7,)


WRONG = {
    "h = tanh(W @ x +": (1, None, "expected"),
    "h = tanh(W @ x)\ng == 3": (2, 1, "expected one assignment"),
    "h = W @ x\nh = b": (2, 1, "h was assigned in line 1"),
    "g = tanh(W @ x)": (1, 1, "h is never assigned"),
    "h = c + W @ x\nc = b": (1, 5, "c is used before it is assigned; expected c_prev"),
    "h = z_prev + W @ x": (1, 5, "expected an equation for z"),
    "x = W @ x": (1, 1, "x is the input"),
    "h_prev = W @ x": (1, 1, "assign h"),
    "tanh = W @ x": (1, 1, "tanh is a function"),
    "h = tanh": (1, 5, "expected tanh(…)"),
    "h = sin(W @ x)": (1, 5, "expected one of sigmoid, tanh"),
    "h = tanh(W @ x, b)": (1, 5, "expected 1 argument in tanh(…)"),
    "h = maximum(b)": (1, 5, "expected 2 arguments"),
    "h = tanh(W @ x) + x": (1, 5, "x is as wide as the input"),
    "h = x": (1, 5, "x may only stand right of @"),
    "h = h_prev @ x": (1, 5, "h_prev is no matrix"),
    "h = W @ [x]": (1, 9, "expected 2 to 8 vectors in brackets"),
    "h = W @ [" + ", ".join(["x"] * 9) + "]": (1, 9, "expected 2 to 8 vectors"),
    "h = W @ [h_prev, 2]": (1, 18, "another vector right of @"),
    "h = W @ [h_prev, [x, x]]": (1, 18, "brackets may only stand right of @"),
    "h = [h_prev, x]": (1, 5, "brackets may only stand right of @"),
    "h = W @ [h_prev, *x]": (1, 18, "has no meaning here"),
    "h = [W, V] @ [h_prev, x]": (1, 5, "brackets may only stand right of @"),
    "h = W @ [h_prev, x] + W @ x": (1, 23, "W multiplies brackets further up"),
    "h = W @ x + W @ [h_prev, x]": (1, 13, "W multiplies a vector further up"),
    "h = W @ [h_prev, x] + W @ [x, h_prev]": (1, 23, "brackets of other widths"),
    "h = W @ [h_prev, x] + W": (1, 23, "W is a matrix"),
    "h = W @ [h_prev, x] + W_1": (1, 23, "W_1 is what a part"),
    "h = W @ [h_prev, x] + W_2 @ x": (1, 23, "W_2 is what a part"),
    "h = W_2 @ x + W @ [h_prev, x]": (1, 15, "W_2 is what a part of W is called"),
    "h = W @ [h_prev, x]\nW_1 = h": (1, 5, "W_1 is what a part of W is called"),
    "h = W @ [W, x]": (1, 5, "both a matrix and a vector"),
    "h = (W + V) @ x": (1, 6, "the name of a matrix"),
    "h = A @ B @ x": (1, 5, "A @ (B @ x)"),
    "h = b * U @ h_prev": (1, 5, "b * (U @ h_prev)"),
    "h = W @ 2": (1, 9, "right of @"),
    "h = W @ x + U @ h_prev + W @ h_prev": (1, 26, "expected two matrices"),
    "h = W @ x + W": (1, 13, "W is a matrix"),
    "h = W @ W": (1, 5, "W"),
    "h = b + b @ x": (1, 9, "b is a vector"),
    "h = b ** c": (1, 10, "expected a number"),
    "h = b ** 1000": (1, 10, "at most 64"),
    "h = where(b, 1, 2)": (1, 11, "expected one comparison"),
    "h = where(a < b < c, 1, 2)": (1, 11, "expected one comparison"),
    "h = (a < b)": (1, 6, "a comparison may only stand first in where"),
    "h = b / 0 + 1 / 0": (1, 13, "cannot be computed"),
    "h = b * 1e300": (1, 9, "too large"),
    "h = b // 2": (1, 5, "has no meaning here"),
    "h = W @ x if b else c": (1, 5, "if/else has no meaning"),
    "h += b": (1, 1, "expected one assignment"),
    "h = g = b": (1, 1, "expected one assignment"),
    "h, g = b": (1, 1, "expected a name left of ="),
    "": (1, 1, "there is no equation"),
    "# nothing": (1, 1, "there is no equation"),
    "_a = W @ x": (1, 1, "is no name"),
    "h = b\N{MINUS SIGN}c": (1, 6, "write -"),
    "h = \N{GREEK SMALL LETTER SIGMA}(W @ x)": (1, 5, "write sigmoid"),
    "h = b\nc = \N{FULLWIDTH LATIN SMALL LETTER H}": (2, 5, "has no meaning here"),
    "h = b\x0c": (1, 6, "the character U+000C"),
    "h = b  # \x00": (1, 10, "the character U+0000"),
    "h = b # \ud800": (1, 9, "the character U+D800"),
}


def test_comments_may_hold_any_script_and_belong_to_their_equation():
    first, second = parse(
        "f = W @ x  # \N{GREEK SMALL LETTER SIGMA} ворота\nh = (f +\n     b)  # out\n"
    ).assignments
    assert first.comment == "\N{GREEK SMALL LETTER SIGMA} ворота"
    assert second.comment == "out"


def test_line_ends_of_windows_are_line_ends():
    assert parse("f = W @ x\r\nh = f\r\n").gates == ("f",)


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_reported_with_its_place_and_what_was_expected(text):
    line, column, words = WRONG[text]
    with pytest.raises(EquationError) as caught:
        parse(text)
    assert isinstance(caught.value, StudioError)
    assert words in caught.value.sentence
    assert caught.value.line == line
    assert column is None or caught.value.column == column


ATTACKS = [
    "h = x.__class__",
    "h = ().__class__.__bases__[0].__subclasses__()",
    "h = __import__('os').system('true')",
    "__h__ = W @ x",
    "h = W @ x + __builtins__",
    "h = _private + W @ x",
    "h = eval('1')",
    "h = tanh(W @ x).T",
    "h = [b for b in c]",
    "h = W @ [b for b in c]",
    "h = W @ [b, c][0]",
    "h = W @ []",
    "h = W @ (h_prev, x)",
    "h = {b: c for b in c}",
    "h = (b for b in c)",
    "h = lambda: 0",
    "h = (lambda b: b)(c)",
    "h = f'{b}'",
    "h = 'text' * 1000000",
    "h = (y := b)",
    "h = b if c else d",
    "h = tanh(*b)",
    "h = tanh(**b)",
    "h = tanh(x=b)",
    "h = b[0]",
    "h = b[0:1]",
    "h = 2 ** 10 ** 10 ** 10",
    "h = 10 ** 10000",
    "h = b ** (2 ** 60)",
    "h = (-8) ** 0.5",
    "h = 9" + "9" * 5000,
    "h = 1j",
    "h = None",
    "h = True",
    "h = ...",
    "h = yield b",
    "h = await b",
    "import os",
    "from os import *",
    "def h(): pass",
    "class h: pass",
    "del h",
    "global h",
    "h: int = 3",
    "while True: pass",
    "h = b; import os",
    "h = not b",
    "h = ~b",
    "h = b and c",
    "h = b in c",
    "h = b\x00",
    "h = \ud800",
    "h = '\\N{'",
    "h\t=\t\x0c(",
    "\\",
    "h = " + "(" * 3000 + "b" + ")" * 3000,
    "h = " + "-" * 9000 + "b",
    "h = " + "tanh(" * 500 + "b" + ")" * 500,
    "h = " + " + ".join(["b"] * 2000),
    "h = " + " ** ".join(["2"] * 2000),
    "h = " + "[" * 2000,
    "h = " + "W @ (" * 70 + "x" + ")" * 70,
    "h = b\n" * 10_000,
    "# \n" * 10_000 + "h = b",
    "h = " + "b" * 100_000,
    "\n".join(f"a{k} = b" for k in range(100)),
]


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: repr(text[:30]))
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(EquationError) as caught:
        parse(text)
    assert len(caught.value.sentence) < 400
    assert caught.value.line >= 1
    assert caught.value.column >= 1


def test_deep_nesting_is_refused_also_near_the_end_of_the_stack():
    def deeper(levels):
        if levels:
            return deeper(levels - 1)
        with pytest.raises(EquationError):
            parse("h = " + "tanh(" * 58 + "b" * 50 + ")" * 58)
        return parse("h = " + "tanh(" * 50 + "W @ x" + ")" * 50)

    assert deeper(300).states == ("h",)


PIECES = [
    "h",
    "x",
    "W",
    "U",
    "b",
    "c",
    "h_prev",
    "c_prev",
    "@",
    "+",
    "-",
    "*",
    "/",
    "**",
    "(",
    ")",
    ",",
    "=",
    "\n",
]
PIECES += [
    " ",
    "1",
    "0.5",
    "2",
    "<",
    ">=",
    "==",
    ".",
    "[",
    "]",
    ":",
    "lambda",
    "__",
    "'",
    '"',
    "#",
    "\\",
    *FUNCTIONS,
]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)))
def test_parse_returns_or_raises_its_own_error(text):
    try:
        parse(text)
    except EquationError as error:
        assert error.line >= 1
        assert error.column >= 1


ATOMS = ["(W @ x)", "(U @ h_prev)", "(V @ a)", "h_prev", "c_prev", "a", "b", "2", "0.5", "(A @ (a * h_prev))"]


def _larger(inner):
    two = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
    one = st.tuples(st.sampled_from([f for f, n in FUNCTIONS.items() if n == 1]), inner)
    either = st.tuples(st.sampled_from(["minimum", "maximum"]), inner, inner)
    return st.one_of(
        two,
        one.map(lambda p: f"{p[0]}({p[1]})"),
        either.map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"where({p[0]} < {p[1]}, {p[2]}, b)"),
        inner.map(lambda p: f"{p} ** 3" if p.startswith("(") else f"-({p})"),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=8),
    st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=8),
)
def test_whatever_parses_also_compiles(first, second):
    try:
        parse(text := f"a = W @ x\nc = {first}\nh = {second}")
    except EquationError:
        return
    cell = compile_cell(text)
    assert cell.source
    assert cell.loop_source
