"""The independent RNN: every unit has one recurrent weight and reads only its own state."""

from collections.abc import Mapping

from rnnstudio.design.constraints import OneOf
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.cells.base import CellSpec, register_cell, uniform
from rnnstudio.engine.nodes.base import Initialiser


def equations(params: Params) -> str:
    """Return the equation of the chosen activation; equation 2 of the paper."""
    return f"h = {params['activation']}(W @ x + u * h_prev + b)"


def vectors(_params: Params) -> Mapping[str, Initialiser]:
    """Return the initial recurrent weights: some units forget immediately, others slowly."""
    return {"u": uniform(0.0, 1.0)}


IndependentCell = register_cell(
    CellSpec(
        kind="indrnn",
        title="IndRNN",
        description="Units that see only themselves in time, by a weight each; for long sequences.",
        reference="Li et al. 2018, Independently Recurrent Neural Network",
        equations=equations,
        gate_titles={"h": ("hidden state", "accent")},
        params=(
            ParamSpec(
                "activation",
                "Activation",
                OneOf(("relu", "tanh", "sigmoid"), ("ReLU", "tanh", "sigmoid")),
                "relu",
                "The function applied to the new state.",
            ),
        ),
        vectors=vectors,
        detail=lambda params: str(params["activation"]),
        hue="candidate",
    )
)
