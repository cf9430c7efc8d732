"""Equations as a book prints them."""

import pytest
import ziamath

from rnnstudio.engine.cells import gru, lstm
from rnnstudio.engine.equations.display import to_latex
from rnnstudio.engine.equations.parse import FUNCTIONS


def test_the_lstm_reads_as_in_the_textbook():
    formulas = dict(to_latex(lstm.EQUATIONS))
    assert formulas["f"] == r"f_{t} = \sigma\left(W_{f}\, x_{t} + U_{f}\, h_{t-1} + b_{f}\right)"
    assert formulas["c"] == r"c_{t} = f_{t} \odot c_{t-1} + i_{t} \odot g_{t}"
    assert formulas["h"] == r"h_{t} = o_{t} \odot \tanh\left(c_{t}\right)"


def test_brackets_stand_where_they_must_and_nowhere_else():
    formulas = dict(to_latex("a = b - (c - d)\nh = (a + b) * c / (2 * a) - (-b) ** 2"))
    assert formulas["a"] == r"a_{t} = b - \left(c - d\right)"
    assert formulas["h"] == r"h_{t} = \frac{\left(a_{t} + b\right) \odot c}{2 \, a_{t}} - \left(-b\right)^{2}"


def test_greek_names_and_long_names_are_set_as_such():
    (_, formula), *_ = to_latex("gate = sigmoid(W_in @ x + beta)\nh = gate")
    assert formula == r"\mathrm{gate}_{t} = \sigma\left(W_{\mathrm{in}}\, x_{t} + \beta\right)"


EVERYTHING = "h = " + " + ".join(
    f"{f}({', '.join(['h_prev < b', 'c', '1e-9'] if f == 'where' else ['W @ x', 'd'][:n])})"
    for f, n in FUNCTIONS.items()
)


@pytest.mark.parametrize("text", [lstm.EQUATIONS, gru.AFTER, gru.BEFORE, EVERYTHING])
def test_the_typesetter_reads_every_formula(text):
    for _, formula in to_latex(text):
        assert ziamath.Latex(formula).svg()
