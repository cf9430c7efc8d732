"""The update gate RNN: a simple RNN that may keep its state."""

from collections.abc import Mapping

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.cells.base import CellSpec, constant, register_cell
from rnnstudio.engine.nodes.base import Initialiser

EQUATIONS = """\
g = sigmoid(W_g @ x + U_g @ h_prev + b_g)
c = tanh(W_c @ x + U_c @ h_prev + b_c)
h = g * h_prev + (1 - g) * c"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


def vectors(params: Params) -> Mapping[str, Initialiser]:
    """Return the initial values of the update gate's vectors."""
    return {"b_g": constant(float(params["gate_bias"] or 0.0))}


UpdateGateCell = register_cell(
    CellSpec(
        kind="ugrnn",
        title="UGRNN",
        description="A simple RNN with one gate between the old state and the new; easy to train when deep.",
        reference="Collins et al. 2017, Capacity and Trainability in Recurrent Neural Networks",
        equations=equations,
        gate_titles={
            "g": ("update gate", "input"),
            "c": ("candidate", "candidate"),
            "h": ("hidden state", "accent"),
        },
        params=(
            ParamSpec(
                "gate_bias",
                "Gate bias",
                Real(-100.0, 100.0),
                1.0,
                "Where the update gate's bias starts; above 0 the cell starts by remembering.",
            ),
        ),
        vectors=vectors,
        hue="input",
    )
)
