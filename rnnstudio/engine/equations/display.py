"""The equations as a book prints them, in LaTeX that a typesetter of formulas can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnstudio.engine.equations.parse import parse
from rnnstudio.engine.equations.tree import PREVIOUS, Node

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega"
).split()
ACCENTS = {"tilde": r"\tilde", "hat": r"\hat", "bar": r"\bar"}
NAMED = {
    "tanh": r"\tanh",
    "exp": r"\exp",
    "log": r"\ln",
    "minimum": r"\min",
    "maximum": r"\max",
    "sigmoid": r"\sigma",
    "logsigmoid": r"\ln \sigma",
}
RELATIONS = {
    "less": "<",
    "less_equal": r"\leq",
    "greater": ">",
    "greater_equal": r"\geq",
    "equal": "=",
    "not_equal": r"\neq",
}
SUM, PRODUCT, POWER, ATOM = range(4)


@dataclass(frozen=True)
class Notation:
    r"""How a source prints its symbols.

    Attributes
    ----------
    symbols : what the source calls a name of the text, as another name: ``{"h": "a"}``
    timeless : assigned names that the source prints without their time step
    superscript : whether the step stands above in angle brackets, as in :math:`a^{\langle t \rangle}`
    times : LaTeX of the product element by element
    """

    symbols: Mapping[str, str] = field(default_factory=dict)
    timeless: frozenset[str] = frozenset()
    superscript: bool = False
    times: str = r"\odot"


TEXTBOOK = Notation()


def to_latex(text: str, notation: Notation = TEXTBOOK) -> list[tuple[str, str]]:
    """Return (name, LaTeX of its equation) for every equation of a text, in order.

    Names that change with time carry their step: ``h_t``, ``h_{t-1}``. The index says more where it is
    a Greek letter's name or ``tilde``, ``hat``, ``bar``: ``c_tilde`` is a c with a tilde.

    Raises
    ------
    EquationError
        If the text is not in the language of equations.
    """
    equations = parse(text)
    timed = {a.name for a in equations.assignments} | {"x"}
    printer = _Printer(timed - notation.timeless, notation)
    formulas = {a.name: printer.write(a.expression)[0] for a in equations.assignments}
    return [(name, f"{printer.name(name)} = {formula}") for name, formula in formulas.items()]


class _Printer:
    def __init__(self, timed: set[str], notation: Notation) -> None:
        self.timed, self.notation = timed, notation

    def name(self, name: str) -> str:
        """Return a symbol: its stem, its index and its time step."""
        step = ""
        if name in self.timed:
            step = "t"
        elif name.endswith(PREVIOUS):
            name, step = name[: -len(PREVIOUS)], "t-1"
        name = self.notation.symbols.get(name, name)
        stem, _, index = name.partition("_")
        parts = [part for part in index.split("_") if part]
        if stem in GREEK:
            stem = "\\" + stem
        elif len(stem) > 1:
            stem = rf"\mathrm{{{stem}}}"
        for accent in (part for part in parts if part in ACCENTS):
            stem = f"{ACCENTS[accent]}{{{stem}}}"
        below = [_index(part) for part in parts if part not in ACCENTS]
        above = ""
        if step and self.notation.superscript:
            above = rf"^{{\langle {step} \rangle}}"
        elif step:
            below.append(step)
        return (f"{stem}_{{{', '.join(below)}}}" if below else stem) + above

    def write(self, node: Node) -> tuple[str, int]:
        """Return LaTeX and how tightly it binds."""
        if node.kind == "number":
            return _number(node.number)
        if node.kind == "name":
            symbol = self.name(node.name)
            return symbol, POWER if "^" in symbol else ATOM  # nothing may stand above what stands above
        if node.kind == "product":
            return rf"{self.name(node.name)}\, {self.inside(node.args[0], POWER)}", PRODUCT
        if node.kind == "joined":
            parts = ", ".join(self.write(a)[0] for a in node.args)
            return rf"{self.name(node.name)} \left[{parts}\right]", PRODUCT
        if node.kind in ("add", "subtract"):
            sign = "+" if node.kind == "add" else "-"
            right = self.inside(node.args[1], SUM if sign == "+" else PRODUCT)
            return f"{self.inside(node.args[0], SUM)} {sign} {right}", SUM
        if node.kind == "multiply":
            # A number scales; anything else is multiplied element by element.
            dot = r"\," if "number" in {a.kind for a in node.args} else self.notation.times
            return f" {dot} ".join(self.inside(a, PRODUCT) for a in node.args), PRODUCT
        if node.kind == "negative":
            return f"-{self.inside(node.args[0], PRODUCT)}", SUM
        if node.kind == "divide":
            return rf"\frac{{{self.write(node.args[0])[0]}}}{{{self.write(node.args[1])[0]}}}", PRODUCT
        if node.kind == "power":
            return f"{self.inside(node.args[0], ATOM)}^{{{_number(node.number)[0]}}}", POWER
        return self.function(node)

    def inside(self, node: Node, least: int) -> str:
        """Return LaTeX in brackets if it binds less tightly than it must."""
        latex, binds = self.write(node)
        return latex if binds >= least else rf"\left({latex}\right)"

    def function(self, node: Node) -> tuple[str, int]:
        """Return a function of its arguments."""
        args = [self.write(a)[0] for a in node.args if node.kind != "where"]
        if node.kind == "where":
            condition, chosen, otherwise = node.args
            left, right = (self.write(a)[0] for a in condition.args)
            relation = f"{left} {RELATIONS[condition.kind]} {right}"
            names = [relation, self.write(chosen)[0], self.write(otherwise)[0]]
            return rf"\mathrm{{where}}\left({', '.join(names)}\right)", ATOM
        if node.kind == "abs":
            return rf"\left|{args[0]}\right|", ATOM
        if node.kind == "sqrt":
            return rf"\sqrt{{{args[0]}}}", ATOM
        word = NAMED.get(node.kind, rf"\mathrm{{{node.kind}}}")
        return rf"{word}\left({', '.join(args)}\right)", ATOM


def _index(part: str) -> str:
    if part in GREEK:
        return "\\" + part
    return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"


def _number(number: float) -> tuple[str, int]:
    text = f"{number:.12g}"
    if "e" in text:
        digits, exponent = text.split("e")
        return rf"{digits} \cdot 10^{{{int(exponent)}}}", PRODUCT
    return text, SUM if number < 0 else ATOM
