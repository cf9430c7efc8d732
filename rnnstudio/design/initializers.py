"""How a weight starts, as a design says it: ``orthogonal``, ``constant 0.5``.

A node's parameter ``start.U_f`` holds the start of its weight ``U_f``; a weight without one starts by
its kind's own rule. What the words draw is in ``engine.initialisers``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Value

PREFIX = "start."
LARGEST = 1e6


@dataclass(frozen=True)
class InitializerKind:
    """A word that a start may be.

    Attributes
    ----------
    number : what a number behind the word means ("standard deviation"); empty where none may stand there
    default : that number where it is left out; None where it must be given, or is worked out
    least : the least the number may be
    needs_number : whether the number must be given
    matrix_only : whether it is for matrices only
    """

    title: str
    help: str
    number: str = ""
    default: float | None = None
    minimum: float = -LARGEST
    needs_number: bool = False
    matrix_only: bool = False


INITIALIZERS: Mapping[str, InitializerKind] = {
    "glorot_uniform": InitializerKind(
        "Glorot, uniform", "Within ±√(6 / (inputs + units)); Glorot & Bengio 2010.", matrix_only=True
    ),
    "glorot_normal": InitializerKind(
        "Glorot, normal", "Of deviation √(2 / (inputs + units)); Glorot & Bengio 2010.", matrix_only=True
    ),
    "orthogonal": InitializerKind(
        "orthogonal",
        "Orthonormal rows or columns, times a gain; Saxe et al. 2013.",
        "gain",
        1.0,
        0.0,
        matrix_only=True,
    ),
    "identity": InitializerKind(
        "identity",
        "Ones on the diagonal, times a scale; Le et al. 2015 (IRNN).",
        "scale",
        1.0,
        matrix_only=True,
    ),
    "uniform": InitializerKind(
        "uniform",
        "Within ± a limit; without one ±1/√units, as PyTorch's recurrent layers.",
        "limit",
        minimum=0.0,
    ),
    "normal": InitializerKind("normal", "Around zero, of a standard deviation.", "deviation", 1.0, 0.0),
    "zeros": InitializerKind("zeros", "All zero."),
    "constant": InitializerKind("constant", "All the same number.", "value", needs_number=True),
}


class Initializer(NamedTuple):
    """A start that was read: its word, and the number if one was given."""

    word: str
    number: float | None


def parse_initializer(text: str) -> Initializer | None:
    """Read a start; None where it is none."""
    word, *rest = text.split(" ")
    kind = INITIALIZERS.get(word)
    if kind is None or len(rest) > 1 or (rest and not kind.number):
        return None
    if not rest:
        return None if kind.needs_number else Initializer(word, kind.default)
    try:
        number = float(rest[0])
    except ValueError:
        return None
    return Initializer(word, number) if kind.minimum <= number <= LARGEST else None


def format_initializer(word: str, number: float | None) -> str:
    """Return the text of a start, which `parse_initializer` reads."""
    return word if number is None else f"{word} {number:.12g}"


@dataclass(frozen=True)
class InitializerConstraint:
    """A constraint (see ``spec``): how a matrix, or a vector, may start.

    ``optional``: it may be empty, for the kind's own rule.
    """

    matrix: bool
    optional: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words that such a weight may start by."""
        return tuple(word for word, kind in INITIALIZERS.items() if self.matrix or not kind.matrix_only)

    def problem(self, value: Value) -> Message | None:
        """See `Constraint`."""
        if self.optional and value == "":
            return None
        rule = parse_initializer(value) if isinstance(value, str) else None
        if rule is not None and rule.word in self.words:
            return None
        words = ", ".join(f"{w} NUMBER" if INITIALIZERS[w].needs_number else w for w in self.words)
        allowed = message("one of {options}") if self.matrix else message("one of {options} (of a vector)")
        return allowed.with_args(options=words)

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        values: tuple[Value, ...] = (
            "",
            "no such start",
            "constant",
            "constant nan",
            "constant inf",
            "constant 1 2",
            "zeros 1",
            "normal -1",
            "uniform 1e400",
            " zeros",
            0,
            True,
            None,
            math.nan,
        )
        return values if self.matrix else (*values, "orthogonal", "identity", "glorot_uniform")
