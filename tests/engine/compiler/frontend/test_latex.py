"""Typeset equations."""

import pytest
import ziamath

from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.cells import gru, lstm
from rnnstudio.engine.cells.cs230_notation import NOTATION
from rnnstudio.engine.compiler.frontend.latex import to_latex
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS


def test_the_lstm_reads_as_in_the_textbook():
    formulas = dict(to_latex(lstm.EQUATIONS))
    assert formulas["f"] == r"f_{t} = \sigma\left(W_{f}\, x_{t} + U_{f}\, h_{t-1} + b_{f}\right)"
    assert formulas["c"] == r"c_{t} = f_{t} \odot c_{t-1} + i_{t} \odot g_{t}"
    assert formulas["h"] == r"h_{t} = o_{t} \odot \tanh\left(c_{t}\right)"


def test_brackets_are_where_they_must_and_nowhere_else():
    formulas = dict(to_latex("a = b - (c - d)\nh = (a + b) * c / (2 * a) - (-b) ** 2"))
    assert formulas["a"] == r"a_{t} = b - \left(c - d\right)"
    assert formulas["h"] == r"h_{t} = \frac{\left(a_{t} + b\right) \odot c}{2 \, a_{t}} - \left(-b\right)^{2}"


def test_greek_names_and_long_names_are_set_as_such():
    (_, formula), *_ = to_latex("gate = sigmoid(W_in @ x + beta)\nh = gate")
    assert formula == r"\mathrm{gate}_{t} = \sigma\left(W_{\mathrm{in}}\, x_{t} + \beta\right)"


def formulas(kind):
    spec = catalogue().nodes.get(kind)
    return dict(spec.formulas(spec.complete({})))


def test_accents_are_over_their_letter():
    assert dict(to_latex("c_tilde = W @ x\nh = c_tilde"))["c_tilde"] == r"\tilde{c}_{t} = W\, x_{t}"
    assert dict(to_latex("h = c_new_hat * b"))["h"] == r"h_{t} = \hat{c}_{\mathrm{new}} \odot b"


def test_brackets_show_the_textbooks_one_matrix():
    assert dict(to_latex("h = W @ [h_prev, x]"))["h"] == r"h_{t} = W \left[h_{t-1}, x_{t}\right]"


def test_the_gru_of_the_sheet_reads_as_the_sheet_prints_it():
    shown = formulas("cs230_gru")
    assert shown["c_tilde"] == (
        r"\tilde{c}^{\langle t \rangle} = \tanh\left(W_{c} \left[\Gamma_{r} \star a^{\langle t-1 \rangle}, "
        r"x^{\langle t \rangle}\right] + b_{c}\right)"
    )
    assert shown["c"] == (
        r"c^{\langle t \rangle} = \Gamma_{u} \star \tilde{c}^{\langle t \rangle} + "
        r"\left(1 - \Gamma_{u}\right) \star c^{\langle t-1 \rangle}"
    )
    assert shown["h"] == r"a^{\langle t \rangle} = c^{\langle t \rangle}"


def test_the_lstm_of_the_sheet_reads_as_the_sheet_prints_it():
    shown = formulas("cs230_lstm")
    assert shown["Gamma_f"] == (
        r"\Gamma_{f} = \sigma\left(W_{f}\, x^{\langle t \rangle} + "
        r"U_{f}\, a^{\langle t-1 \rangle} + b_{f}\right)"
    )
    assert shown["c"] == (
        r"c^{\langle t \rangle} = \Gamma_{u} \star \tilde{c}^{\langle t \rangle} + "
        r"\Gamma_{f} \star c^{\langle t-1 \rangle}"
    )
    assert shown["h"] == r"a^{\langle t \rangle} = \Gamma_{o} \star c^{\langle t \rangle}"


def test_a_power_of_what_carries_its_step_above_is_bracketed():
    formula = dict(to_latex("h = b * h_prev ** 2", NOTATION))["h"]
    assert formula.endswith(r"\left(a^{\langle t-1 \rangle}\right)^{2}")
    assert ziamath.Latex(formula).svg()


@pytest.mark.parametrize("kind", [spec.kind for spec in catalogue().nodes if spec.equations is not None])
def test_the_typesetter_reads_the_formulas_of_every_cell(kind):
    for formula in formulas(kind).values():
        assert ziamath.Latex(formula).svg()


EVERYTHING = "h = " + " + ".join(
    f"{f}({', '.join(['h_prev < b', 'c', '1e-9'] if f == 'where' else ['W @ x', 'd'][:n])})"
    for f, n in FUNCTIONS.items()
)


@pytest.mark.parametrize("text", [lstm.EQUATIONS, gru.AFTER, gru.BEFORE, EVERYTHING])
def test_the_typesetter_reads_every_formula(text):
    for _, formula in to_latex(text):
        assert ziamath.Latex(formula).svg()
