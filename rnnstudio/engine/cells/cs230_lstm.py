"""The LSTM in the notation of the CS 230 sheet."""

from collections.abc import Mapping

from rnnstudio.design.model import Params
from rnnstudio.engine.cells.base import CellSpec, constant, register_cell
from rnnstudio.engine.cells.cs230_notation import NOTATION, REFERENCE, TITLES
from rnnstudio.engine.cells.lstm import FORGET_BIAS
from rnnstudio.engine.nodes.base import Initialiser

# Four gates, a candidate that reads the relevant part of the activation, and no tanh at the output.
EQUATIONS = """\
Gamma_u = sigmoid(W_u @ x + U_u @ h_prev + b_u)
Gamma_r = sigmoid(W_r @ x + U_r @ h_prev + b_r)
Gamma_f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
Gamma_o = sigmoid(W_o @ x + U_o @ h_prev + b_o)
c_tilde = tanh(W_c @ [Gamma_r * h_prev, x] + b_c)
c = Gamma_u * c_tilde + Gamma_f * c_prev
h = Gamma_o * c"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


def vectors(params: Params) -> Mapping[str, Initialiser]:
    """Return the initial values of the forget gate's vectors."""
    return {"b_f": constant(float(params["forget_bias"] or 0.0))}


Cs230LstmCell = register_cell(
    CellSpec(
        kind="cs230_lstm",
        title="LSTM (CS 230)",
        description="The LSTM with update, relevance, forget and output gate, as the CS 230 sheet prints it.",
        reference=REFERENCE,
        equations=equations,
        gate_titles=TITLES,
        notation=NOTATION,
        params=(FORGET_BIAS,),
        vectors=vectors,
        hue="forget",
    )
)
