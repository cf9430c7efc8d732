"""The LSTM with peepholes: the gates also read the cell state."""

from rnnstudio.design.model import Params
from rnnstudio.engine.cells.base import CellSpec, register_cell
from rnnstudio.engine.cells.lstm import FORGET_BIAS, TITLES, vectors

# The input and forget gates read the previous cell state, the output gate the current one.
EQUATIONS = """\
i = sigmoid(W_i @ x + U_i @ h_prev + p_i * c_prev + b_i)
f = sigmoid(W_f @ x + U_f @ h_prev + p_f * c_prev + b_f)
g = tanh(W_g @ x + U_g @ h_prev + b_g)
c = f * c_prev + i * g
o = sigmoid(W_o @ x + U_o @ h_prev + p_o * c + b_o)
h = o * tanh(c)"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


PeepholeLstmCell = register_cell(
    CellSpec(
        kind="lstm_peephole",
        title="LSTM with peepholes",
        description="An LSTM whose gates see the cell state too, so that it can learn to time.",
        reference="Gers & Schmidhuber 2000, Recurrent Nets that Time and Count",
        equations=equations,
        gate_titles=TITLES,
        params=(FORGET_BIAS,),
        vectors=vectors,
        hue="forget",
    )
)
