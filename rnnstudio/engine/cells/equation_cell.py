"""The equation cell: its equations are a parameter, written by the user."""

from __future__ import annotations

from functools import lru_cache

from rnnstudio.design.constraints import Mistake, Text
from rnnstudio.design.model import Params
from rnnstudio.design.spec import GateTitles, ParamSpec
from rnnstudio.engine.cells.base import CellSpec, register_cell
from rnnstudio.engine.compiler.frontend.ast_nodes import Assignment, Equations
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.hints import hints
from rnnstudio.engine.compiler.frontend.parser import parse

EXAMPLE = """\
# Words after # name a gate or state.
f = sigmoid(W_f @ [h_prev, x] + b_f)  # forget gate
n = tanh(W_n @ [f * h_prev, x] + b_n)  # candidate
h = (1 - f) * h_prev + f * n"""

# A gate is recognized by the words of its comment, otherwise by its letter.
_WORDS = {
    "forget": "forget",
    "input": "input",
    "update": "input",
    "write": "input",
    "output": "output",
    "read": "output",
    "reset": "reset",
    "relevance": "reset",
    "candidate": "candidate",
}
_LETTERS = {
    "f": "forget",
    "i": "input",
    "z": "input",
    "u": "input",
    "o": "output",
    "r": "reset",
    "g": "candidate",
    "n": "candidate",
}
_GATES = ("input", "forget", "output", "reset")


def mistake(text: str) -> Mistake | None:
    """Return the first error in a text of equations, or None."""
    try:
        parse(text)  # every valid text can be compiled
    except EquationError as error:
        return Mistake(error.mistake, error.line, error.column)
    return None


def equations(params: Params) -> str:
    """Return the equations as they were written."""
    return str(params["equations"])


@lru_cache(maxsize=256)
def _understood(text: str) -> Equations | None:
    try:
        return parse(text)
    except EquationError:
        return None


def gate_titles(params: Params) -> GateTitles:
    """Return a title and a hue for every assigned name; none if the text is invalid."""
    understood = _understood(equations(params))
    if understood is None:
        return {}
    titles: dict[str, tuple[str, str]] = {}
    for assignment in understood.assignments:
        state = assignment.name in understood.states
        used = {hue for _, hue in titles.values()}
        hue = "accent" if state else _hue(assignment, used)
        titles[assignment.name] = (assignment.comment[:60] or _title(assignment, state, hue), hue)
    return titles


def _hue(assignment: Assignment, used: set[str]) -> str:
    words = assignment.comment.lower().split()
    told = next((_WORDS[word] for word in words if word in _WORDS), None)
    if told is not None:
        return told
    outer = assignment.expression.kind
    letter = assignment.name.removeprefix("Gamma_").partition("_")[0]
    known = _LETTERS.get(letter)
    if known is not None and not (outer == "sigmoid" and known == "candidate"):
        return known
    if outer == "sigmoid":
        return next((hue for hue in _GATES if hue not in used), _GATES[0])
    return "candidate" if outer == "tanh" else "quiet"


def _title(assignment: Assignment, state: bool, hue: str) -> str:
    if state:
        return "hidden state" if assignment.name == "h" else "state"
    if assignment.expression.kind == "sigmoid":
        return "gate"
    return "candidate" if hue == "candidate" else "value"


def detail(params: Params) -> str:
    """Return the gates and states by name."""
    understood = _understood(equations(params))
    return "" if understood is None else " ".join((*understood.gates, *understood.states))


EquationCell = register_cell(
    CellSpec(
        kind="equation_cell",
        title="Equation cell",
        description="A cell of your own: write its equations; it trains and is watched like any other.",
        reference="The guide has the language of equations",
        equations=equations,
        gate_titles=gate_titles,
        params=(
            ParamSpec(
                "equations",
                "Equations",
                Text(
                    mistake,
                    ("", "h = ", "h = x", "h = __import__('os')", "g = W @ x", "h = W @ x\nh = b"),
                    hints,
                ),
                EXAMPLE,
                "One assignment a line; h is the output, x the input, h_prev the output one step before.",
            ),
        ),
        detail=detail,
    )
)
