"""The minimal gated unit: one gate controls what is kept and what the candidate reads."""

from rnnstudio.design.model import Params
from rnnstudio.engine.cells.base import CellSpec, register_cell

# Equations 8 to 10 of the paper, with W [h, x] written as W and U.
EQUATIONS = """\
f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
h_tilde = tanh(W_h @ x + U_h @ (f * h_prev) + b_h)
h = (1 - f) * h_prev + f * h_tilde"""


def equations(_params: Params) -> str:
    """Return the equations, the same for all parameters."""
    return EQUATIONS


MinimalGatedUnitCell = register_cell(
    CellSpec(
        kind="mgu",
        title="Minimal gated unit",
        description="One gate, which resets and updates; a third fewer weights than a GRU.",
        reference="Zhou et al. 2016, Minimal Gated Unit for Recurrent Neural Networks",
        equations=equations,
        gate_titles={
            "f": ("forget gate", "forget"),
            "h_tilde": ("candidate", "candidate"),
            "h": ("hidden state", "accent"),
        },
        hue="forget",
    )
)
