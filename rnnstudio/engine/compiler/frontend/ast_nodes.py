"""The checked equations as a tree: what `parse` gives to the rest of the compiler."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.message import Message
from rnnstudio.engine.compiler.frontend.errors import EquationError

PREVIOUS = "_prev"


@dataclass(frozen=True)
class Node:
    """A checked expression; ``kind`` is ``number``, ``name`` or an operation.

    ``product`` is the matrix ``name`` times its argument, ``joined`` the matrix times its arguments one
    above the other.
    """

    kind: str
    args: tuple[Node, ...] = ()
    name: str = ""
    number: float = 0.0
    line: int = 1
    column: int = 1

    def error(self, mistake: Message) -> EquationError:
        """Return an error that points here."""
        return EquationError(mistake, self.line, self.column)


SUMS, PRODUCTS = ("add", "subtract"), ("multiply", "divide")


def chain(node: Node) -> tuple[Node, list[tuple[str, Node]]]:
    """Return the first operand of a sum or a product, and each further one with its operation.

    ``a - b + c`` is a chain of three. A chain may be as long as the text, other nesting is limited: what
    walks a tree loops over chains and recurses into their operands.
    """
    family = SUMS if node.kind in SUMS else PRODUCTS
    others = []
    while node.kind in family:
        first, second = node.args
        others.append((node.kind, second))
        node = first
    return node, others[::-1]


def part_names(matrix: str, count: int) -> tuple[str, ...]:
    """Return what the parts of a matrix left of brackets are called as weights.

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
    input_matrices : matrices that stand left of something as wide as the input
    recurrent_matrices : matrices that stand left of something with as many numbers as units; a matrix
        left of brackets counts as one matrix for each vector in them, see `part_names`
    vectors : vectors of weights, one number a unit
    """

    text: str
    assignments: tuple[Assignment, ...]
    states: tuple[str, ...]
    gates: tuple[str, ...]
    input_matrices: tuple[str, ...]
    recurrent_matrices: tuple[str, ...]
    vectors: tuple[str, ...]
