"""Random equations, and how a failing text is made smaller.

Every text is of the grammar, and tame: its values stay within a few tens of zero; divisors, roots and
logarithms keep away from where they end. What is drawn often is what the compiler treats specially: states
that are a delayed gate, vectors used in several places and alone, products of products and of functions of
the input, one matrix in several products, gates that nothing reads.
"""

from __future__ import annotations

import ast
import copy
import secrets
from collections.abc import Callable, Iterator
from random import Random

import hypothesis

from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import parse

NAMES = ("a", "c", "f", "m", "n", "q", "s_t", "np", "row", "t1", "k")
VECTORS = ("b", "d", "p")
INPUT_MATRICES, MATRICES = ("W", "V", "W_2x"), ("U", "A", "R")
NUMBERS = ("0.5", "1", "2", "-1", "0", "1.5", "-0.3", "1e-3", "2 ** -1")
SIGNS = ("<", "<=", ">", ">=", "==", "!=")


class RandomCell:
    """Draws one text."""

    def __init__(self, random: Random) -> None:
        self.random = random
        count = random.choice((1, 2, 2, 3, 3, 4))
        names = random.sample(NAMES, count - 1)
        names.insert(random.choice((random.randrange(count), count - 1)), "h")
        self.names = names
        self.known: list[str] = []
        self.bounded: list[str] = []  # those of them that stay between -1 and 1
        self.vectors = random.sample(VECTORS, random.choice((1, 1, 2, 3)))
        self.brackets: dict[
            str, list[bool]
        ] = {}  # name of a matrix -> which of its operands are of the input
        self.text = "\n".join(self.line(name) for name in names)

    def line(self, name: str) -> str:
        """Draw an equation; later ones may read it."""
        draw, value = self.random.random(), self.vector
        if draw < 0.15:
            right = self.leaf()
        elif draw < 0.3:
            right = f"sigmoid({value(2)}) * {name}_prev {self.random.choice('+-')} {value(2)}"
        elif draw < 0.45:
            right = f"{value(1)} {self.random.choice('+-')} {value(1)}"
        elif draw < 0.6:
            right = value(2)
        else:
            right = f"{self.random.choice(('tanh', 'sigmoid'))}({value(self.random.choice((2, 3)))})"
            self.bounded.append(name)
        self.known.append(name)
        return f"{name} = {right}"

    def one_of(self, *choices: Callable[[], str]) -> str:
        return self.random.choice(choices)()

    def leaf(self) -> str:
        """Draw a previous state, an earlier name, or a vector."""
        draw = self.random.random()
        if draw < 0.45:
            return f"{self.random.choice(self.names)}_prev"
        if draw < 0.65 and self.known:
            return self.random.choice(self.known)
        return self.random.choice(self.vectors)

    def vector(self, depth: int) -> str:
        """Draw an expression with one element per unit."""
        if depth <= 0:
            return self.leaf() if self.random.random() < 0.75 else f"({self.product(0)})"
        draw, less = self.random.random(), depth - 1
        if draw < 0.35:
            return f"({self.product(less)})"
        if draw < 0.57:
            return f"({self.vector(less)} {self.random.choice('+-')} {self.vector(less)})"
        if draw < 0.65:
            factors = [self.vector(less), self.factor(less)]
            return " * ".join(self.random.sample(factors, 2)).join("()")
        if draw < 0.72:
            number = self.random.choice(NUMBERS)
            return f"({number} {self.random.choice('+-*')} {self.vector(less)})"
        if draw < 0.77:
            return self.of_vectors()
        return self.function(less)

    def factor(self, depth: int) -> str:
        """Draw a factor that may multiply a state at every step."""
        if self.random.random() < 0.6:
            return self.random.choice((*self.vectors, *self.bounded))
        return f"{self.random.choice(('tanh', 'sigmoid'))}({self.vector(depth)})"

    def of_vectors(self) -> str:
        """Draw an expression that is the same at every step."""
        b = self.random.choice(self.vectors)
        d = self.random.choice([*(name for name in self.vectors if name != b), "0.7"])
        matrix = self.random.choice(MATRICES)
        whole = (
            f"tanh({b})",
            f"({b} - {d})",
            f"({b} * {d})",
            f"({matrix} @ {b})",
            f"({matrix} @ ({b} - {d}))",
        )
        return self.random.choice((*whole, f"(-{b})", f"where({b} < 0.1, {d}, {b})", f"{b} ** 2"))

    def function(self, depth: int) -> str:
        """Draw a function, a power or a quotient."""
        value = lambda: self.vector(depth)  # noqa: E731  drawn anew at each place
        sign, number = self.random.choice(SIGNS), self.random.choice(NUMBERS)
        safe = self.random.choice
        return self.one_of(
            lambda: f"{safe(('tanh', 'sigmoid', 'softplus', 'relu', 'abs'))}({value()})",
            lambda: f"{safe(('tanh', 'sigmoid', 'relu'))}({value()})",
            lambda: f"(-{value()})",
            lambda: f"exp({safe(('tanh', 'sigmoid'))}({value()}))",
            lambda: f"log({safe((f'1.5 + tanh({value()})', f'sigmoid({value()})'))})",
            lambda: f"sqrt(1 + ({value()}) ** 2)",
            lambda: f"{safe(('minimum', 'maximum'))}({value()}, {safe((value(), '0.25'))})",
            lambda: f"where({value()} {sign} {safe((value(), '0.2'))}, {safe((value(), number))}, {value()})",
            lambda: f"where({value()} {sign} {number}, {value()}, {number})",
            lambda: f"tanh({value()}) ** {safe(('2', '3', '4', '0', '1'))}",
            lambda: f"({value()}) ** {safe(('0', '1'))}",
            lambda: f"{safe(self.vectors)} ** {safe(('2', '3', '0'))}",
            lambda: f"(1.5 + tanh({value()})) ** {safe(('0.5', '-1', '-2', '1.5', '-0.5', '2.5'))}",
            lambda: f"({value()} / (1.5 + sigmoid({value()})))",
            lambda: f"({safe(('1', '-2'))} / (2 + tanh({value()})))",
        )

    def product(self, depth: int) -> str:
        """Draw a matrix times the input, a function of it, a vector, or several in brackets."""
        draw = self.random.random()
        if draw < 0.3:
            return f"{self.random.choice(INPUT_MATRICES)} @ {self.of_input()}"
        if draw < 0.4:
            return self.joined(depth)
        operand = self.vector(depth)
        return f"{self.random.choice(MATRICES)} @ {operand}"

    def joined(self, depth: int) -> str:
        """Draw a product of brackets; a matrix used again has operands of the same widths."""
        name = self.random.choice(("J", "K"))
        if name not in self.brackets:
            self.brackets[name] = [self.random.random() < 0.4 for _ in range(self.random.choice((2, 2, 3)))]
        parts = [self.of_input() if of_input else self.vector(depth) for of_input in self.brackets[name]]
        return f"{name} @ [{', '.join(parts)}]"

    def of_input(self) -> str:
        """Draw ``x`` or a function of it."""
        draw = self.random.random()
        if draw < 0.55:
            return "x"
        return self.random.choice(
            (
                "tanh(x)",
                "(x * x)",
                "(x - 0.5)",
                "tanh(2 * x)",
                "(x * sigmoid(x))",
                "(1 - x ** 2)",
                "where(x > 0.1, x, 0.3)",
                "sqrt(1 + x * x)",
                "maximum(x, tanh(x - 1))",
                "(-x)",
            )
        )


def random_cell(seed: int) -> str:
    """Return a text of equations; the same for the same seed."""
    return RandomCell(Random(seed)).text


def smallest(text: str, fails: Callable[[str], bool]) -> str:
    """Return a minimal text that still fails."""
    smaller: str | None = text
    while smaller is not None:
        text = smaller
        smaller = next((simple for simple in _simpler(text) if _can_be_read(simple) and fails(simple)), None)
    return text


def _can_be_read(text: str) -> bool:
    try:
        parse(text)
    except EquationError:
        return False
    return True


def _simpler(text: str) -> Iterator[str]:
    """Yield texts without one equation, or with an expression in place of one that holds it."""
    tree = ast.parse(text)
    for k in range(len(tree.body) if len(tree.body) > 1 else 0):
        yield ast.unparse(ast.Module([*tree.body[:k], *tree.body[k + 1 :]], []))
    inner = [
        node for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call | ast.List)
    ]
    for number, node in enumerate(inner):
        for child in range(sum(isinstance(c, ast.expr) for c in ast.iter_child_nodes(node))):
            changed = copy.deepcopy(tree)
            same = [
                n for n in ast.walk(changed) if isinstance(n, ast.BinOp | ast.UnaryOp | ast.Call | ast.List)
            ]
            target = same[number]
            children = [c for c in ast.iter_child_nodes(target) if isinstance(c, ast.expr)]
            yield ast.unparse(ast.fix_missing_locations(_Put(target, children[child]).visit(changed)))


class _Put(ast.NodeTransformer):
    """Replaces one expression by another."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def seeds(number: int, count: int) -> list[int]:
    """Return the seeds of the test of a number, which tries so many cells.

    They are the same every time. With ``--hypothesis-profile=long`` they are ten times as many, and others
    each time.
    """
    more = hypothesis.settings.default.max_examples // 100
    if more <= 1:
        return list(range(number * count, (number + 1) * count))
    start = secrets.randbelow(1 << 40)
    return list(range(start, start + more * count))
