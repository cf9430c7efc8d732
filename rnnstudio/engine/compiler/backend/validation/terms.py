"""Terms: how a number in memory is computed, instead of its value.

A term is an operation on terms, such as ``tanh(W·x + b)`` of one unit, step and sequence. Equal operations on
equal terms are one object, so two numbers are computed in the same way exactly if their terms are the same
object. Operations are known only by name, except that the sum of a matrix product, or over rows, may be
computed in any order, and that products with 0 add nothing to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Term:
    """One term of a `Terms`; operators and comparisons create new terms."""

    __slots__ = ("items", "number", "terms")

    def __init__(self, terms: Terms, number: int, items: tuple[int, ...] | None) -> None:
        self.terms, self.number = terms, number
        #: what is summed, by number, if the term is a sum in any order
        self.items = items

    def __add__(self, other: Term) -> Term:
        return self.terms.make(("+", self.number, other.number))

    def __sub__(self, other: Term) -> Term:
        return self.terms.make(("-", self.number, other.number))

    def __mul__(self, other: Term) -> Term:
        return self.terms.make(("*", self.number, other.number))

    def __truediv__(self, other: Term) -> Term:
        return self.terms.make(("/", self.number, other.number))

    def __pow__(self, exponent: int) -> Term:
        return self.terms.apply("**", self, self.terms.leaf("exponent", exponent))

    def __neg__(self) -> Term:
        return self.terms.make(("negative", self.number))

    def __lt__(self, other: Term) -> Term:
        return self.terms.make(("<", self.number, other.number))

    def __le__(self, other: Term) -> Term:
        return self.terms.make(("<=", self.number, other.number))

    def __gt__(self, other: Term) -> Term:
        return self.terms.make((">", self.number, other.number))

    def __ge__(self, other: Term) -> Term:
        return self.terms.make((">=", self.number, other.number))

    def __eq__(self, other: object) -> Any:
        return (
            self.terms.make(("==", self.number, other.number)) if isinstance(other, Term) else NotImplemented
        )

    def __ne__(self, other: object) -> Any:
        return (
            self.terms.make(("!=", self.number, other.number)) if isinstance(other, Term) else NotImplemented
        )

    def __hash__(self) -> int:
        return self.number

    def __bool__(self) -> bool:
        raise TypeError("a term is neither true nor false")


class Terms:
    """Creates terms, each once."""

    def __init__(self) -> None:
        self.all: list[Term] = []
        self._known: dict[tuple[Any, ...], Term] = {}
        self.zero = self.constant(0.0)
        #: the contents of memory that was never written
        self.unset = self.leaf("unset")

    def make(self, key: tuple[Any, ...], items: tuple[int, ...] | None = None) -> Term:
        """Return the term of a key: an operation and the numbers of terms, or a unique name."""
        known = self._known.get(key)
        if known is None:
            self._known[key] = known = Term(self, len(self.all), items)
            self.all.append(known)
        return known

    def leaf(self, *name: Any) -> Term:
        """Return the term of an input, by a name of strings and integers."""
        return self.make(("leaf", *name))

    def constant(self, number: float) -> Term:
        """Return the term of a number."""
        return self.make(("constant", repr(float(number))))

    def apply(self, operation: str, *args: Term) -> Term:
        """Return the term of an operation on terms."""
        return self.make((operation, *[a.number for a in args]))

    def numbered(self, operation: str, args: tuple[int, ...]) -> int:
        """Return the number of the term of an operation on terms of these numbers."""
        return self.make((operation, *args)).number

    def choose(self, test: Any, chosen: Any, otherwise: Any) -> Any:
        """Return ``chosen if test else otherwise``; a term if the test is one."""
        if isinstance(test, Term):
            return self.apply("choose", test, chosen, otherwise)
        return chosen if test else otherwise

    def times(self, a: Term, b: Term) -> Term | None:
        """Return a product of two factors in any order, None if it is zero."""
        if a is self.zero or b is self.zero:
            return None
        first, second = sorted((a.number, b.number))
        return self.make(("times", first, second))

    def dot(self, left: Iterable[Term], right: Iterable[Term]) -> Term:
        """Return the sum of the products of two vectors, in any order."""
        return self.total(self.times(a, b) for a, b in zip(left, right, strict=True))

    def total(self, parts: Iterable[Term | None]) -> Term:
        """Return a sum in any order; None adds nothing."""
        items = tuple(sorted(part.number for part in parts if part is not None))
        return self._total(items)

    def increased(self, total: Term, by: Iterable[Term | None]) -> Term:
        """Return a sum with added parts."""
        before = (total.number,) if total.items is None else total.items
        return self._total(tuple(sorted((*before, *(part.number for part in by if part is not None)))))

    def _total(self, items: tuple[int, ...]) -> Term:
        if len(items) > 1:
            return self.make(("total", *items), items)
        return self.all[items[0]] if items else self.zero
