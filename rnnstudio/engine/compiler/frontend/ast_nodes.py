"""The checked equations as a tree: the output of `parse` for the rest of the compiler."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.message import Message
from rnnstudio.engine.compiler.frontend.errors import EquationError

PREVIOUS = "_prev"


@dataclass(frozen=True)
class Node:
    """A checked expression; ``kind`` is ``number``, ``name`` or an operation.

    ``product`` is the matrix ``name`` times its argument, ``joined`` the matrix times its stacked arguments.
    """

    kind: str
    args: tuple[Node, ...] = ()
    name: str = ""
    number: float = 0.0
    line: int = 1
    column: int = 1

    def error(self, mistake: Message) -> EquationError:
        """Return an error at the position of this node."""
        return EquationError(mistake, self.line, self.column)


SUMS, PRODUCTS = ("add", "subtract"), ("multiply", "divide")


def chain(node: Node) -> tuple[Node, list[tuple[str, Node]]]:
    """Return the first operand of a sum or a product, and each further one with its operation.

    ``a - b + c`` is a chain of three. A chain may be as long as the text; other nesting is limited. So code
    that walks a tree loops over chains and recurses into their operands.
    """
    family = SUMS if node.kind in SUMS else PRODUCTS
    others = []
    while node.kind in family:
        first, second = node.args
        others.append((node.kind, second))
        node = first
    return node, others[::-1]


def part_names(matrix: str, count: int) -> tuple[str, ...]:
    """Return the weight names of the parts of a matrix left of brackets.

    ``W @ [h_prev, x]`` has the weights ``W_1`` (units, units) and ``W_2`` (units, features); side by side
    they are the ``W`` of the textbook.
    """
    return tuple(f"{matrix}_{k}" for k in range(1, count + 1))


@dataclass(frozen=True)
class Assignment:
    """``name = expression  # comment``."""

    name: str
    expression: Node
    comment: str = ""


@dataclass(frozen=True)
class Equations:
    """The equations of a cell.

    Attributes
    ----------
    text : the text as written
    assignments : in order
    states : carried states, ``h`` (the output) first
    gates : every other assigned name, in order
    input_matrices : matrices that multiply an expression as wide as the input
    recurrent_matrices : matrices that multiply an expression with one number for each unit. A matrix left of
        brackets counts as one matrix for each vector in them, see `part_names`
    vectors : vectors of weights, one number for each unit
    """

    text: str
    assignments: tuple[Assignment, ...]
    states: tuple[str, ...]
    gates: tuple[str, ...]
    input_matrices: tuple[str, ...]
    recurrent_matrices: tuple[str, ...]
    vectors: tuple[str, ...]
