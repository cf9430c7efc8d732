"""The simple recurrent network: one state, one activation."""

from rnnstudio.design.constraints import OneOf
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.cells.base import CellSpec, register_cell


def equations(params: Params) -> str:
    """Return the equation of the chosen activation."""
    return f"h = {params['activation']}(W @ x + U @ h_prev + b)"


RnnCell = register_cell(
    CellSpec(
        kind="rnn",
        title="Simple RNN",
        description="One hidden state, renewed at each step from the input and itself.",
        reference="Elman 1990, Finding Structure in Time",
        equations=equations,
        gate_titles={"h": ("hidden state", "accent")},
        params=(
            ParamSpec(
                "activation",
                "Activation",
                OneOf(("tanh", "relu", "sigmoid"), ("tanh", "ReLU", "sigmoid")),
                "tanh",
                "The function applied to the new state.",
            ),
        ),
        detail=lambda params: str(params["activation"]),
        hue="candidate",
    )
)
