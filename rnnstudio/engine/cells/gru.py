"""The gated recurrent unit: a reset gate for the candidate, an update gate between old and new."""

from rnnstudio.design.constraints import OneOf
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.cells.base import CellSpec, register_cell

# As in PyTorch and cuDNN: the reset gate is applied to the recurrent product.
AFTER = """\
r = sigmoid(W_r @ x + U_r @ h_prev + b_r)
z = sigmoid(W_z @ x + U_z @ h_prev + b_z)
n = tanh(W_n @ x + b_n + r * (U_n @ h_prev + c_n))
h = (1 - z) * n + z * h_prev"""

# As in the paper: the reset gate is applied to the state before the product.
BEFORE = """\
r = sigmoid(W_r @ x + U_r @ h_prev + b_r)
z = sigmoid(W_z @ x + U_z @ h_prev + b_z)
n = tanh(W_n @ x + U_n @ (r * h_prev) + b_n)
h = (1 - z) * n + z * h_prev"""


def equations(params: Params) -> str:
    """Return the equations with the reset gate at the chosen position."""
    return AFTER if params["reset"] == "after" else BEFORE


GruCell = register_cell(
    CellSpec(
        kind="gru",
        title="GRU",
        description="One hidden state; gates decide what of it to keep and what to look at.",
        reference="Cho et al. 2014, Learning Phrase Representations using RNN Encoder-Decoder",
        equations=equations,
        gate_titles={
            "r": ("reset gate", "reset"),
            "z": ("update gate", "input"),
            "n": ("candidate", "candidate"),
            "h": ("hidden state", "accent"),
        },
        params=(
            ParamSpec(
                "reset",
                "Reset gate",
                OneOf(("after", "before"), ("after the product", "before the product")),
                "after",
                "Whether the reset gate acts after the recurrent product (PyTorch) or before it (the paper).",
            ),
        ),
        detail=lambda params: "" if params["reset"] == "after" else "reset before",
        hue="reset",
    )
)
