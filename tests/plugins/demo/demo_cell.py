"""A cell from outside."""

from rnnstudio.engine.cells.base import CellSpec, register_cell

register_cell(
    CellSpec(
        kind="demo_minimal",
        title="Minimal gated unit",
        description="One gate decides what to keep and what to look at.",
        reference="Zhou et al. 2016, Minimal Gated Unit for Recurrent Neural Networks",
        equations=lambda params: (
            "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)\n"
            "n = tanh(W_n @ x + U_n @ (f * h_prev) + b_n)\n"
            "h = (1 - f) * h_prev + f * n"
        ),
        gate_titles={"f": ("forget gate", "forget"), "n": ("candidate", "candidate")},
    )
)
