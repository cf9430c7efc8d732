"""The notation for cells in the recurrent networks sheet of Stanford's CS 230."""

from rnnstudio.engine.compiler.frontend.latex import Notation

REFERENCE = "Amidi & Amidi, CS 230 Deep Learning: Recurrent Neural Networks cheatsheet"
NOTATION = Notation(
    symbols={"h": "a"},  # the sheet calls the output an activation
    timeless=frozenset({"Gamma_u", "Gamma_r", "Gamma_f", "Gamma_o"}),
    superscript=True,
    times=r"\star",
)
TITLES = {
    "Gamma_u": ("update gate", "input"),
    "Gamma_r": ("relevance gate", "reset"),
    "Gamma_f": ("forget gate", "forget"),
    "Gamma_o": ("output gate", "output"),
    "c_tilde": ("candidate", "candidate"),
    "c": ("memory cell", "accent"),
    "h": ("activation a", "accent"),
}
