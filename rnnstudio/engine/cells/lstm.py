"""Long short-term memory: gates control how the cell state is written, kept and read."""

from collections.abc import Mapping

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.cells.base import CellSpec, constant, register_cell
from rnnstudio.engine.nodes.base import Initialiser

EQUATIONS = """\
i = sigmoid(W_i @ x + U_i @ h_prev + b_i)
f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
o = sigmoid(W_o @ x + U_o @ h_prev + b_o)
g = tanh(W_g @ x + U_g @ h_prev + b_g)
c = f * c_prev + i * g
h = o * tanh(c)"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


def vectors(params: Params) -> Mapping[str, Initialiser]:
    """Return the initial bias of the forget gate, which opens it. Jozefowicz et al. 2015, section 2.2."""
    return {"b_f": constant(float(params["forget_bias"] or 0.0))}


TITLES = {
    "i": ("input gate", "input"),
    "f": ("forget gate", "forget"),
    "o": ("output gate", "output"),
    "g": ("candidate", "candidate"),
    "c": ("cell state", "accent"),
    "h": ("hidden state", "accent"),
}
FORGET_BIAS = ParamSpec(
    "forget_bias",
    "Forget bias",
    Real(-100.0, 100.0),
    1.0,
    "Where the forget gate's bias starts; above 0 the cell starts by remembering.",
)

LstmCell = register_cell(
    CellSpec(
        kind="lstm",
        title="LSTM",
        description="A hidden state and a cell state; gates decide what to write, keep and read.",
        reference="Hochreiter & Schmidhuber 1997, Long Short-Term Memory; forget gate: Gers et al. 2000",
        equations=equations,
        gate_titles=TITLES,
        params=(FORGET_BIAS,),
        vectors=vectors,
        hue="forget",
    )
)
