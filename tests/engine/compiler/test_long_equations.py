"""Sums and products of many terms are not deep; advice about equations can be followed."""

import re

import numpy as np
import pytest

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.latex import DEEPEST_SHOWN, SHOWN, to_latex
from rnnstudio.engine.compiler.frontend.parser import DEEPEST, MOST_TERMS, parse
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

KERNELS = ["numpy", "numba"] if kernels.is_compiler_available() else ["numpy"]

# (joining, number of terms) -> the value for W = 1, b = 0.5 at x = 2, and the gradient of b
LONG = {
    "sum": ("h = W @ x + {}", " + ", lambda n: 2 + 0.5 * n, lambda n: n),
    "difference": ("h = W @ x - {}", " - ", lambda n: 2 - 0.5 * n, lambda n: -n),
    "product": ("h = W @ x * {}", " * ", lambda n: 2 * 0.5**n, lambda n: 2 * n * 0.5 ** (n - 1)),
    "quotient": ("h = W @ x / {}", " / ", lambda n: 2 * 2.0**n, lambda n: -4 * n * 2.0**n),
    "sum in a function": ("h = relu(W @ x + {})", " + ", lambda n: 2 + 0.5 * n, lambda n: n),
    "sum of products": ("h = W @ x + 2 * {}", " + 2 * ", lambda n: 2 + n, lambda n: 2 * n),
}


def run(text, monkeypatch, kernel):
    """Return ``h`` and the gradient of ``b`` after one step of one unit with W = 1, b = 0.5 at x = 2."""
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    running = compile_cell(text).kernel(1, 1, np.float64)
    weights, gradients = np.zeros(running.size), np.zeros(running.size)
    running.views(weights)["W"][:], running.views(weights)["b"][:] = 1.0, 0.5
    running.bind(weights, gradients)
    running.allocate(PackedSequence(np.array([1])))
    running.forward(np.array([[2.0]]), None, 0, 1)
    running.backward(np.array([[1.0]]), None, None, 0, 1)
    running.gather(np.array([[2.0]]))
    return float(running.tape["h"][0, 0]), float(running.views(gradients)["b"][0])


@pytest.mark.parametrize("count", [63, 300, 1000])
@pytest.mark.parametrize("name", LONG)
def test_a_chain_of_any_length_is_computed_and_differentiated(name, count, monkeypatch):
    text, joining, value, slope = LONG[name]
    if name in ("product", "quotient"):
        count = min(count, 500)  # within the range of numbers
    h, d_b = run(text.format(joining.join(["b"] * count)), monkeypatch, "numpy")
    assert h == pytest.approx(value(count), rel=1e-12)
    assert d_b == pytest.approx(slope(count), rel=1e-12)


@pytest.mark.skipif("numba" not in KERNELS, reason="LLVM is not installed")
@pytest.mark.parametrize("name", ["sum", "quotient"])
def test_the_compiled_kernel_takes_hundreds_of_terms(name, monkeypatch):
    text, joining, value, slope = LONG[name]
    h, d_b = run(text.format(joining.join(["b"] * 200)), monkeypatch, "numba")
    assert h == pytest.approx(value(200), rel=1e-12)
    assert d_b == pytest.approx(slope(200), rel=1e-12)


def test_a_chain_that_mixes_operations_keeps_their_order(monkeypatch):
    h, d_b = run("h = W @ x - b - b + b / 2 / b * 3 - (b - b - b)", monkeypatch, "numpy")
    assert h == pytest.approx(2 - 0.5 - 0.5 + 1.5 + 0.5)
    assert d_b == pytest.approx(-1 - 1 + 1)


@pytest.mark.parametrize("joining", [" + ", "*", "-", "/ "])
def test_more_terms_than_can_be_compiled_are_refused_by_their_number(joining):
    assert parse("h = " + joining.join(["b"] * MOST_TERMS)).vectors == ("b",)
    with pytest.raises(EquationError, match="at most 1,500 terms"):
        parse("h = " + joining.join(["b"] * (MOST_TERMS + 2)))


@pytest.mark.parametrize("opening", ["tanh(b + ", "(b + ", "-(", "b / (", "2 * (b - ", "A @ (", "(2 - b * "])
def test_nesting_is_counted_in_levels(opening):
    parse("h = b + " + opening * 20 + "b" + ")" * 20)
    with pytest.raises(EquationError, match=f"nested too deeply; at most {DEEPEST} levels"):
        parse("h = " + opening * (DEEPEST + 2) + "b" + ")" * (DEEPEST + 2))


def test_a_level_is_not_hidden_in_a_chain():
    inner = "b"
    for _ in range(DEEPEST):
        inner = f"tanh({' + '.join(['b'] * 10)} + {inner})" if len(inner) < 9_000 else inner
    with pytest.raises(EquationError, match="nested too deeply"):
        parse(f"h = {inner}")


def test_long_chains_and_deep_nesting_are_shown_with_dots():
    for joining in (" + ", " - ", " * ", " / "):
        ((_, latex),) = to_latex("h = " + joining.join(["b"] * 1000) + joining + "c")
        assert latex.count("b") == SHOWN
        assert latex.count(r"\ldots") == 1
        assert latex.endswith("c")
    for opening in ("tanh(", "b / (", "exp(b + ", "2 * (b - "):
        ((_, latex),) = to_latex("h = " + opening * 20 + "b" + ")" * 20)
        assert r"\ldots" in latex
        assert max(latex.count(r"\left("), latex.count(r"\frac")) <= DEEPEST_SHOWN + 1


# ------------------------------------------------------------------------------------------ advice

ASKED = [
    "h = tanh(W @ x + V @ x_prev)",
    "h = W @ x + x_prev",
    "h = V @ x_prev_prev",
    "d = tanh(W @ x)\nh = d + V @ x_prev",
    "h = W @ x + h_prev_prev",
    "h = W @ x + U @ h_prev_prev_prev",
    "c = W @ x\nh = c + c_prev_prev * b",
    "\n".join(f"{letter} = W @ x" for letter in "defghijklmnopqrstuvwyz") + "\nc = h_prev_prev + d",
]


@pytest.mark.parametrize("text", ASKED)
def test_what_is_advised_for_an_older_value_can_be_written_and_trains(text):
    with pytest.raises(EquationError) as caught:
        parse(text)
    wrong = re.match(r"(\w+)", str(caught.value.mistake))[1]
    lines = re.findall(r"“(.+?)”", str(caught.value.mistake))
    instead = re.search(r"and use (\w+)\.", str(caught.value.mistake))[1]
    assert wrong in text
    line = next(part for part in text.split("\n") if wrong in part)
    product = re.search(rf"\w+ @ {wrong}\b", line)  # d is a product already
    mended = line.replace(product[0] if product and "x_prev" in wrong else wrong, instead)
    advised = "\n".join([*lines, text.replace(line, mended)])
    cell = compile_cell(advised)
    assert instead.removesuffix("_prev") in cell.states


@pytest.mark.parametrize(("text", "advice"), [
    ("x_prev = b\nh = b", "choose another name"),
    ("h_prev_prev = b\nh = b", "choose another name"),
    ("c_prev = b\nh = b", "assign c"),
    ("h = z_prev_prev", "expected an equation for z."),
    ("h = tahn(W @ x)", "did you mean tanh?"),
    ("h = sigmiod(W @ x)", "did you mean sigmoid?"),
    ("h = max(b, W @ x)", "did you mean maximum?"),
    ("h = fft(W @ x)", "expected one of sigmoid"),
])  # fmt: skip
def test_advice_is_something_that_can_be_done(text, advice):
    with pytest.raises(EquationError) as caught:
        parse(text)
    assert advice in str(caught.value.mistake)
