"""The coupled LSTM: it forgets exactly as much as it writes."""

from collections.abc import Mapping

from rnnstudio.design.model import Params
from rnnstudio.engine.cells.base import CellSpec, constant, register_cell
from rnnstudio.engine.cells.lstm import FORGET_BIAS, TITLES
from rnnstudio.engine.nodes.base import Initialiser

EQUATIONS = """\
i = sigmoid(W_i @ x + U_i @ h_prev + b_i)
f = 1 - i
o = sigmoid(W_o @ x + U_o @ h_prev + b_o)
g = tanh(W_g @ x + U_g @ h_prev + b_g)
c = f * c_prev + i * g
h = o * tanh(c)"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


def vectors(params: Params) -> Mapping[str, Initialiser]:
    """Return the initial bias of the input gate: closed as far as the forget gate is to be open."""
    return {"b_i": constant(-float(params["forget_bias"] or 0.0))}


CoupledLstmCell = register_cell(
    CellSpec(
        kind="lstm_coupled",
        title="Coupled LSTM",
        description="An LSTM with one gate for writing and forgetting: f = 1 − i. A quarter fewer weights.",
        reference="Greff et al. 2015, LSTM: A Search Space Odyssey (CIFG)",
        equations=equations,
        gate_titles=TITLES,
        params=(FORGET_BIAS,),
        vectors=vectors,
        hue="forget",
    )
)
