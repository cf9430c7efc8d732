"""Cells that no available library has, compared with the papers' equations in NumPy.

Each transcription is of the paper (its number of the equation stands beside it), not of our text: one
sequence, one time step after the other, matrices as the paper has them.
"""

import numpy as np
import pytest

from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.program.packed_sequence import PackedSequence

FEATURES, UNITS, STEPS = 3, 4, 6


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm_peephole(w, x, h, c):
    """Gers & Schmidhuber 2000, section 2: i and f see the cell before, o the cell after."""
    i = sigmoid(w["W_i"] @ x + w["U_i"] @ h + np.diag(w["p_i"]) @ c + w["b_i"])
    f = sigmoid(w["W_f"] @ x + w["U_f"] @ h + np.diag(w["p_f"]) @ c + w["b_f"])
    c = f * c + i * np.tanh(w["W_g"] @ x + w["U_g"] @ h + w["b_g"])
    o = sigmoid(w["W_o"] @ x + w["U_o"] @ h + np.diag(w["p_o"]) @ c + w["b_o"])
    return o * np.tanh(c), c


def lstm_coupled(w, x, h, c):
    """Greff et al. 2015, appendix: CIFG, f = 1 - i."""
    i = sigmoid(w["W_i"] @ x + w["U_i"] @ h + w["b_i"])
    o = sigmoid(w["W_o"] @ x + w["U_o"] @ h + w["b_o"])
    c = (1 - i) * c + i * np.tanh(w["W_g"] @ x + w["U_g"] @ h + w["b_g"])
    return o * np.tanh(c), c


def mgu(w, x, h):
    """Zhou et al. 2016, table 1: matrices of [h, x]."""
    f = sigmoid(np.hstack([w["U_f"], w["W_f"]]) @ np.concatenate([h, x]) + w["b_f"])
    candidate = np.tanh(np.hstack([w["U_h"], w["W_h"]]) @ np.concatenate([f * h, x]) + w["b_h"])
    return ((1 - f) * h + f * candidate,)


def ugrnn(w, x, h):
    """Collins et al. 2017, equations of the UGRNN."""
    c = np.tanh(w["U_c"] @ h + w["W_c"] @ x + w["b_c"])
    g = sigmoid(w["U_g"] @ h + w["W_g"] @ x + w["b_g"])
    return (g * h + (1 - g) * c,)


def indrnn(w, x, h):
    """Li et al. 2018, equation 2, with the ReLU."""
    return (np.maximum(w["W"] @ x + w["u"] * h + w["b"], 0),)


def _sheet_candidate(w, x, a):
    gate = {g: sigmoid(w[f"W_{g}"] @ x + w[f"U_{g}"] @ a + w[f"b_{g}"]) for g in "urfo" if f"W_{g}" in w}
    whole = np.hstack([w["W_c_1"], w["W_c_2"]])  # the sheet's W_c
    return gate, np.tanh(whole @ np.concatenate([gate["r"] * a, x]) + w["b_c"])


def cs230_gru(w, x, a, c):
    """The sheet's table of GRU and LSTM, left column."""
    gate, candidate = _sheet_candidate(w, x, a)
    c = gate["u"] * candidate + (1 - gate["u"]) * c
    return c, c


def cs230_lstm(w, x, a, c):
    """The sheet's table of GRU and LSTM, right column."""
    gate, candidate = _sheet_candidate(w, x, a)
    c = gate["u"] * candidate + gate["f"] * c
    return gate["o"] * c, c


PAPERS = [lstm_peephole, lstm_coupled, mgu, ugrnn, indrnn, cs230_gru, cs230_lstm]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.__name__)
def test_a_cell_gives_what_its_papers_equations_give(paper):
    rng = np.random.default_rng(3)
    spec = catalogue().nodes.get(paper.__name__)
    kernel = compile_cell(spec.equations(spec.complete({}))).kernel(FEATURES, UNITS, np.float64)
    weights = rng.normal(size=kernel.size)
    kernel.bind(weights, np.zeros_like(weights))
    kernel.allocate(PackedSequence(np.array([STEPS])))
    x = rng.normal(size=(STEPS, FEATURES))
    state = [rng.normal(size=UNITS) for _ in kernel.states]
    kernel.forward(x, [s[None] for s in state], 0, STEPS)
    named = kernel.views(weights)
    for t in range(STEPS):
        state = paper(named, x[t], *state)
        np.testing.assert_allclose(kernel.tape["h"][t], state[0], rtol=1e-12, atol=1e-14)
    for mine, theirs in zip(kernel.final, state, strict=True):
        np.testing.assert_allclose(mine[0], theirs, rtol=1e-12, atol=1e-14)


def test_the_weights_of_brackets_stand_side_by_side_in_the_textbooks_matrix():
    cell = compile_cell("h = tanh(W @ [h_prev, x] + b)")
    assert cell.parameter_shapes(FEATURES, UNITS) == {
        "W_1": (UNITS, UNITS),
        "W_2": (UNITS, FEATURES),
        "b": (UNITS,),
    }


def starts(kind, **params):
    """Return (name, how it starts) of each weight that does not start as its kind does."""
    from rnnstudio.engine.nodes.base import RUNNING

    running = RUNNING[kind]
    spec = catalogue().nodes.get(kind)
    found = running.spec.vectors(spec.complete(params))
    rng = np.random.default_rng(0)
    return {name: initialise(rng, (200,)) for name, initialise in found.items()}


def test_gates_that_keep_start_open():
    assert (starts("lstm_coupled", forget_bias=1.5)["b_i"] == -1.5).all()  # f = 1 - i
    assert (starts("lstm_peephole", forget_bias=1.5)["b_f"] == 1.5).all()
    assert (starts("cs230_lstm", forget_bias=1.5)["b_f"] == 1.5).all()
    assert (starts("ugrnn", gate_bias=0.5)["b_g"] == 0.5).all()


def test_the_recurrent_weights_of_the_independent_rnn_start_between_forgetting_and_remembering():
    u = starts("indrnn")["u"]
    assert u.min() >= 0 and u.max() <= 1
    assert 0.4 < u.mean() < 0.6
