"""The GRU in the notation of the CS 230 sheet."""

from rnnstudio.design.model import Params
from rnnstudio.engine.cells.base import CellSpec, register_cell
from rnnstudio.engine.cells.cs230_notation import NOTATION, REFERENCE, TITLES

EQUATIONS = """\
Gamma_u = sigmoid(W_u @ x + U_u @ h_prev + b_u)
Gamma_r = sigmoid(W_r @ x + U_r @ h_prev + b_r)
c_tilde = tanh(W_c @ [Gamma_r * h_prev, x] + b_c)
c = Gamma_u * c_tilde + (1 - Gamma_u) * c_prev
h = c"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


Cs230GruCell = register_cell(
    CellSpec(
        kind="cs230_gru",
        title="GRU (CS 230)",
        description="The GRU with update and relevance gate, as the CS 230 sheet prints it.",
        reference=REFERENCE,
        equations=equations,
        gate_titles=TITLES,
        notation=NOTATION,
        hue="reset",
    )
)
