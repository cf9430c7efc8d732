"""The equations as a book prints them, in LaTeX that a typesetter of formulas can read."""

from __future__ import annotations

from collections.abc import Mapping

from rnnstudio.engine.equations.parse import parse
from rnnstudio.engine.equations.tree import PREVIOUS, Node

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega"
).split()
NAMED = {
    "tanh": r"\tanh",
    "exp": r"\exp",
    "log": r"\ln",
    "minimum": r"\min",
    "maximum": r"\max",
    "sigmoid": r"\sigma",
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


def to_latex(text: str, gate_titles: Mapping[str, tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    """Return (name, LaTeX of its equation) for every equation of a text, in order.

    Names that change with time carry their step: ``h_t``, ``h_{t-1}``. ``gate_titles`` is not needed
    for the formula; the pairs carry the names under which titles and hues stand there.

    Raises
    ------
    EquationError
        If the text is not in the language of equations.
    """
    equations = parse(text)
    timed = {a.name for a in equations.assignments} | {"x"}
    printer = _Printer(timed, set(equations.input_matrices) | set(equations.recurrent_matrices))
    formulas = {a.name: printer.write(a.expression)[0] for a in equations.assignments}
    return [(name, f"{printer.name(name)} = {formula}") for name, formula in formulas.items()]


class _Printer:
    def __init__(self, timed: set[str], matrices: set[str]) -> None:
        self.timed, self.matrices = timed, matrices

    def name(self, name: str) -> str:
        """Return a symbol: its stem, its index and its time step."""
        step = ""
        if name in self.timed:
            step = "t"
        elif name.endswith(PREVIOUS):
            name, step = name[: -len(PREVIOUS)], "t-1"
        stem, _, index = name.partition("_")
        if stem in GREEK:
            stem = "\\" + stem
        elif len(stem) > 1:
            stem = rf"\mathrm{{{stem}}}"
        below = [_index(part) for part in index.split("_") if part] + ([step] if step else [])
        return f"{stem}_{{{', '.join(below)}}}" if below else stem

    def write(self, node: Node) -> tuple[str, int]:
        """Return LaTeX and how tightly it binds."""
        if node.kind == "number":
            return _number(node.number)
        if node.kind == "name":
            return self.name(node.name), ATOM
        if node.kind == "product":
            return rf"{self.name(node.name)}\, {self.inside(node.args[0], POWER)}", PRODUCT
        if node.kind in ("add", "subtract"):
            sign = "+" if node.kind == "add" else "-"
            right = self.inside(node.args[1], SUM if sign == "+" else PRODUCT)
            return f"{self.inside(node.args[0], SUM)} {sign} {right}", SUM
        if node.kind == "multiply":
            # A number scales; anything else is multiplied element by element.
            dot = r"\," if "number" in {a.kind for a in node.args} else r"\odot"
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
