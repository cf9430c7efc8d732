"""The equations as values: every subexpression once, in single static assignment form.

A value is an integer, its operation stands in `Graph.ops`. Equal operations on equal arguments are
the same value. Each value has a place: the phase and the stage in which it can be computed.

========  =========================================================================
phase     computed
========  =========================================================================
CONSTANT  never: numbers, and vectors of weights
INPUT     over all rows at once, elementwise on ``x`` (as wide as the features)
HOISTED   over all rows at once: what depends on the input and on weights alone
STEP      a time step at a time: what depends on a carried state
========  =========================================================================

Within a phase a matrix product of something computed in stage k opens stage k + 1.
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
class Place:
    """A phase and a stage in it; stage -1 is what is there before the first one."""

    phase: Phase
    stage: int


CONSTANT = Place(Phase.CONSTANT, -1)

COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")


@dataclass(frozen=True)
class Op:
    """One operation.

    ``kind`` is an elementwise operation of ``rules`` or one of the leaves: ``number`` (its value in
    ``number``), ``vector``, ``input``, ``previous`` (a state one step before), ``product`` (the
    matrix ``name`` times ``args[0]``), and in the backward pass ``d_state`` (gradient of a state
    that arrives from the next step) and ``d_operand`` (gradient of the operand of product group
    ``name``).
    """

    kind: str
    args: tuple[int, ...] = ()
    name: str = ""
    number: float = 0.0

    @property
    def leaf(self) -> bool:
        """Whether no elementwise statement computes it."""
        return self.kind in LEAVES


LEAVES = frozenset({"number", "vector", "input", "previous", "product", "d_state", "d_operand"})


class Graph:
    """Values and their places, made one after the other."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.places: list[Place] = []
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, op: Op, place: Place) -> int:
        """Return the value of an operation at a place, the known one where there is one."""
        key = (op.kind, op.args, op.name, repr(op.number), place if op.args else None)
        if key not in self._known:
            self._known[key] = len(self.ops)
            self.ops.append(op)
            self.places.append(place)
        return self._known[key]

    def fresh_copy(self, value: int, place: Place) -> int:
        """Return a new value equal to ``value``, never shared with another use."""
        return self.anew(Op("copy", (value,)), place)

    def anew(self, op: Op, place: Place) -> int:
        """Return a new value of an operation, never shared with another use."""
        self.ops.append(op)
        self.places.append(place)
        return len(self.ops) - 1

    def number(self, number: float) -> int:
        """Return a number."""
        return self.add(Op("number", number=number), CONSTANT)

    def is_number(self, value: int, number: float | None = None) -> bool:
        """Whether a value is a number (that one, if given)."""
        op = self.ops[value]
        return op.kind == "number" and (number is None or op.number == number)

    def elementwise(self, kind: str, *args: int, number: float = 0.0) -> int:
        """Return an elementwise operation of the forward pass at the earliest place it can stand."""
        return self.add(Op(kind, args, number=number), self.earliest(args))

    def earliest(self, args: tuple[int, ...]) -> Place:
        """Return the earliest place at which all the arguments are known."""
        place = max(self.places[a] for a in args)
        if place.phase is Phase.CONSTANT:
            return Place(Phase.HOISTED, 0)
        return Place(place.phase, max(place.stage, 0))

    def product(self, matrix: str, operand: int) -> int:
        """Return the product of a matrix and a value."""
        if self.places[operand].phase is Phase.CONSTANT:  # U @ b: one row for every time step
            operand = self.elementwise("copy", operand)
        place = self.places[operand]
        if place.phase is Phase.INPUT:
            return self.add(Op("product", (operand,), matrix), Place(Phase.HOISTED, 0))
        return self.add(Op("product", (operand,), matrix), Place(place.phase, place.stage + 1))

    def total(self, terms: list[tuple[int, int]]) -> int:
        """Return a sum of (sign, value) terms, those first that are known first.

        ``W @ x + U @ h_prev + b`` becomes ``(W @ x + b) + U @ h_prev``, whose first sum is computed
        for all time steps at once.
        """
        ordered = sorted(terms, key=lambda term: self.places[term[1]])
        first = next((k for k, (sign, _) in enumerate(ordered) if sign > 0), None)
        if first is None:
            value = self.elementwise("negative", ordered.pop(0)[1])
        else:
            value = ordered.pop(first)[1]
        for sign, term in ordered:
            value = self.elementwise("add" if sign > 0 else "subtract", value, term)
        return value
