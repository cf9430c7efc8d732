"""The graph of operations, in static single assignment form.

A value is an integer, the index of its operation in `Graph.ops`. Equal operations on equal arguments are
the same value. Each value has a program point: the phase and the stage in which it can be computed.

========  =========================================================================
phase     computed
========  =========================================================================
CONSTANT  never: numbers and vectors of weights
INPUT     over all rows at once, elementwise on ``x`` (as wide as the features)
HOISTED   over all rows at once: values that depend only on the input and weights
STEP      one time step at a time: values that depend on a carried state
========  =========================================================================

Within a phase the matrix product of a value of stage k begins stage k + 1.
"""

from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """When a value is computed; see the module's table."""

    CONSTANT = 0
    INPUT = 1
    HOISTED = 2
    STEP = 3


@dataclass(frozen=True, order=True)
class ProgramPoint:
    """A phase and a stage in it; stage -1 is before the first stage."""

    phase: Phase
    stage: int


CONSTANT = ProgramPoint(Phase.CONSTANT, -1)

COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")


@dataclass(frozen=True)
class Op:
    """One operation.

    ``kind`` is an elementwise operation of `derivative_rules` or one of the leaves: ``number`` (its value in
    ``number``), ``vector``, ``input``, ``previous`` (a state one step before), ``product`` (the
    matrix ``name`` times ``args[0]``), and in the backward pass ``d_state`` (gradient of a state
    from the next step) and ``d_operand`` (gradient of the operand of product group
    ``name``).
    """

    kind: str
    args: tuple[int, ...] = ()
    name: str = ""
    number: float = 0.0

    @property
    def is_leaf(self) -> bool:
        """Whether it is not computed by an elementwise statement."""
        return self.kind in LEAVES


LEAVES = frozenset({"number", "vector", "input", "previous", "product", "d_state", "d_operand"})


class Graph:
    """Values with their program points, in the order of creation."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.points: list[ProgramPoint] = []
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, op: Op, point: ProgramPoint) -> int:
        """Return the value of an operation at a program point; an existing one if there is one."""
        key = (op.kind, op.args, op.name, repr(op.number), point if op.args else None)
        if key not in self._known:
            self._known[key] = len(self.ops)
            self.ops.append(op)
            self.points.append(point)
        return self._known[key]

    def fresh_copy(self, value: int, point: ProgramPoint) -> int:
        """Return a new value equal to ``value``, never shared with another use."""
        return self.add_unshared(Op("copy", (value,)), point)

    def add_unshared(self, op: Op, point: ProgramPoint) -> int:
        """Return a new value of an operation, never shared with another use."""
        self.ops.append(op)
        self.points.append(point)
        return len(self.ops) - 1

    def number(self, number: float) -> int:
        """Return a number."""
        return self.add(Op("number", number=number), CONSTANT)

    def is_number(self, value: int, number: float | None = None) -> bool:
        """Return whether a value is a number, or the given number."""
        op = self.ops[value]
        return op.kind == "number" and (number is None or op.number == number)

    def elementwise(self, kind: str, *args: int, number: float = 0.0) -> int:
        """Return an elementwise operation of the forward pass at its earliest program point."""
        return self.add(Op(kind, args, number=number), self.earliest(args))

    def earliest(self, args: tuple[int, ...]) -> ProgramPoint:
        """Return the earliest program point at which all arguments are known."""
        point = max(self.points[a] for a in args)
        if point.phase is Phase.CONSTANT:
            return ProgramPoint(Phase.HOISTED, 0)
        return ProgramPoint(point.phase, max(point.stage, 0))

    def product(self, matrix: str, operand: int) -> int:
        """Return the product of a matrix and a value."""
        if self.points[operand].phase is Phase.CONSTANT:  # U @ b: one row for every time step
            operand = self.elementwise("copy", operand)
        point = self.points[operand]
        if point.phase is Phase.INPUT:
            return self.add(Op("product", (operand,), matrix), ProgramPoint(Phase.HOISTED, 0))
        return self.add(Op("product", (operand,), matrix), ProgramPoint(point.phase, point.stage + 1))

    def sum_terms(self, terms: list[tuple[int, int]]) -> int:
        """Return a sum of (sign, value) terms, adding terms that are known earlier first.

        ``W @ x + U @ h_prev + b`` becomes ``(W @ x + b) + U @ h_prev``, whose first sum is computed
        for all time steps at once.
        """
        ordered = sorted(terms, key=lambda term: self.points[term[1]])
        first = next((k for k, (sign, _) in enumerate(ordered) if sign > 0), None)
        if first is None:
            value = self.elementwise("negative", ordered.pop(0)[1])
        else:
            value = ordered.pop(first)[1]
        for sign, term in ordered:
            value = self.elementwise("add" if sign > 0 else "subtract", value, term)
        return value
