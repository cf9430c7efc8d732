"""Converts equations to LaTeX as in textbooks, for the typesetter of formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnstudio.engine.compiler.frontend.ast_nodes import PREVIOUS, PRODUCTS, SUMS, Node, chain
from rnnstudio.engine.compiler.frontend.parser import parse

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
SHOWN = 24  # operands of a sum or product that are shown; dots replace the others, except the last
MOST_FRACTIONS = 2  # in a product; with more, slashes are used
DEEPEST_SHOWN = 6  # levels of brackets that are shown; dots replace deeper ones: each level doubles the time


@dataclass(frozen=True)
class Notation:
    r"""How a source prints its symbols.

    Attributes
    ----------
    symbols : the source's symbol for a name of the text, as another name: ``{"h": "a"}``
    timeless : assigned names that the source prints without their time step
    superscript : whether the step is a superscript in angle brackets, as in :math:`a^{\langle t \rangle}`
    times : LaTeX of the elementwise product
    """

    symbols: Mapping[str, str] = field(default_factory=dict)
    timeless: frozenset[str] = frozenset()
    superscript: bool = False
    times: str = r"\odot"


TEXTBOOK = Notation()


def to_latex(text: str, notation: Notation = TEXTBOOK) -> list[tuple[str, str]]:
    """Return (name, LaTeX of its equation) for every equation of a text, in order.

    Names that change with time have their step as an index: ``h_t``, ``h_{t-1}``. In a name, the names of
    Greek letters become letters, and ``tilde``, ``hat`` and ``bar`` become accents: ``c_tilde`` is a c with a
    tilde.

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
        self.depth = 0  # nesting depth of brackets and fractions at the current position

    def name(self, name: str) -> str:
        """Return a symbol with its stem, index and time step."""
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
        """Return LaTeX and its precedence."""
        if node.kind == "number":
            return _number(node.number)
        if node.kind == "name":
            symbol = self.name(node.name)
            return symbol, POWER if "^" in symbol else ATOM  # a superscript cannot have a superscript
        if node.kind == "product":
            return rf"{self.name(node.name)}\, {self.inside(node.args[0], POWER)}", PRODUCT
        if node.kind == "joined":
            parts = ", ".join(self.enclosed(a) for a in node.args)
            return rf"{self.name(node.name)} \left[{parts}\right]", PRODUCT
        if node.kind in (*SUMS, *PRODUCTS):
            return self.chain(node)
        if node.kind == "negative":
            return f"-{self.inside(node.args[0], PRODUCT)}", SUM
        if node.kind == "power":
            return f"{self.inside(node.args[0], ATOM)}^{{{_number(node.number)[0]}}}", POWER
        return self.function(node)

    def chain(self, node: Node) -> tuple[str, int]:
        """Return a sum or a product; only the beginning and the end of a long one."""
        before, others = chain(node)
        kinds = [kind for kind, _ in others]
        fractions = kinds.count("divide") <= MOST_FRACTIONS
        latex = (
            self.enclosed(before) if fractions and kinds[0] == "divide" else self.inside(before, _binds(node))
        )
        left_out = range(SHOWN - 1, len(others) - 1)
        for place, (kind, operand) in enumerate(others):
            if place in left_out:
                latex += r" \ldots" if place == left_out.start else ""
            elif kind == "divide" and fractions:
                latex = rf"\frac{{{latex}}}{{{self.enclosed(operand)}}}"
            elif kind == "divide":
                latex += f" / {self.inside(operand, POWER)}"
            elif kind == "multiply":
                # A number is a scale factor; anything else is multiplied element by element.
                dot = r"\," if "number" in (before.kind, operand.kind) else self.notation.times
                latex += f" {dot} {self.inside(operand, PRODUCT)}"
            elif kind == "add":
                latex += f" + {self.inside(operand, SUM)}"
            else:
                latex += f" - {self.inside(operand, PRODUCT)}"
            before = node  # the left side of the next operand is this chain, not a number
        return latex, _binds(node)

    def inside(self, node: Node, least: int) -> str:
        """Return LaTeX, in brackets if its precedence is too low."""
        if _binds(node) < least:
            return rf"\left({self.enclosed(node)}\right)"
        latex, binds = self.write(node)
        return latex if binds >= least else rf"\left({latex}\right)"

    def enclosed(self, node: Node) -> str:
        """Return LaTeX for the inside of brackets or a fraction: dots if it is too deep."""
        if self.depth == DEEPEST_SHOWN:
            return r"\ldots"
        self.depth += 1
        latex, _ = self.write(node)
        self.depth -= 1
        return latex

    def function(self, node: Node) -> tuple[str, int]:
        """Return a function call."""
        if node.kind == "where":
            condition, *values = node.args
            left, right, *names = (self.enclosed(a) for a in (*condition.args, *values))
            relation = f"{left} {RELATIONS[condition.kind]} {right}"
            return rf"\mathrm{{where}}\left({', '.join([relation, *names])}\right)", ATOM
        args = [self.enclosed(a) for a in node.args]
        if node.kind == "abs":
            return rf"\left|{args[0]}\right|", ATOM
        if node.kind == "sqrt":
            return rf"\sqrt{{{args[0]}}}", ATOM
        word = NAMED.get(node.kind, rf"\mathrm{{{node.kind}}}")
        return rf"{word}\left({', '.join(args)}\right)", ATOM


def _binds(node: Node) -> int:
    """Return the precedence of a sum or a product; for other nodes it depends on their LaTeX."""
    if node.kind in (*SUMS, "negative"):
        return SUM
    return PRODUCT if node.kind in PRODUCTS else ATOM


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
