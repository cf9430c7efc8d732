"""Initializers of weights as texts in a design, such as ``orthogonal`` or ``constant 0.5``.

The parameter ``start.U_f`` of a node is the initializer of its weight ``U_f``; a weight without one uses
the default of its kind. ``engine.initializers`` draws the values.
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
    """A kind of initializer.

    Attributes
    ----------
    number : the meaning of the number after the word ("standard deviation"); empty if it takes none
    default : the default of the number; None if it is required or computed
    minimum : the smallest number allowed
    needs_number : whether the number is required
    matrix_only : whether it applies to matrices only
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
    """A parsed initializer: its word and its number, if any."""

    word: str
    number: float | None


def parse_initializer(text: str) -> Initializer | None:
    """Parse an initializer; return None if the text is not one."""
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
    """Return the text of an initializer, the inverse of `parse_initializer`."""
    return word if number is None else f"{word} {number:.12g}"


@dataclass(frozen=True)
class InitializerConstraint:
    """The initializer of a matrix or a vector, as a `Constraint`.

    With ``optional``, the text may be empty for the default of the kind.
    """

    matrix: bool
    optional: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The kinds of initializers that are allowed."""
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
