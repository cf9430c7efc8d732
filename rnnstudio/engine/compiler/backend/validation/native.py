"""Replacements, on terms, for what the generated source of compiled loops imports.

They have the parameters of the functions in `rnnstudio.engine.native`.
"""

from __future__ import annotations

from typing import Any

from rnnstudio.engine.compiler.backend.validation.memory import Pointer, checked_loop
from rnnstudio.engine.compiler.backend.validation.terms import Term, Terms


class Native:
    """The importable names; any other name is a function about which nothing is known."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.real = terms.constant
        self.zero = terms.zero
        self.one = terms.constant(1.0)
        self.pointer = lambda address: address
        self.move = Pointer.moved
        self.call = lambda function, args: function(*args)
        self.arguments_apart = lambda: None
        self.loop = checked_loop

    def __getattr__(self, name: str) -> Any:
        terms = self._terms

        def unknown(*args: Term) -> Term:
            return terms.apply(name, *args)

        setattr(self, name, unknown)
        return unknown

    def product(
        self, a: Pointer, a_stride: int, packed: Pointer, matrix: Pointer, stride: int, c: Pointer,
        c_stride: int, rows: int, depth: int, columns: int, add: int, multiply: Any, _factors: Any,
    ) -> None:  # fmt: skip
        """``c (+)= a @ matrix``, over packed weights unless ``multiply`` is 0."""
        if multiply != 0:
            multiply(a, a_stride, packed, c, c_stride, rows, depth, columns, add)
            return
        whole = [[matrix[k * stride + j] for k in range(depth)] for j in range(columns)]
        self._multiply_by(whole, a, a_stride, c, c_stride, rows, depth, add)

    def multiply(
        self, a: Pointer, a_stride: int, packed: Pointer, c: Pointer, c_stride: int,
        rows: int, depth: int, columns: int, add: int,
    ) -> None:  # fmt: skip
        """``c (+)= a @ matrix`` over packed weights."""
        whole = packed[0]
        if len(whole) != columns or any(len(column) != depth for column in whole):
            raise ValueError("packed weights of another shape")
        self._multiply_by(whole, a, a_stride, c, c_stride, rows, depth, add)

    def _multiply_by(
        self, whole: list[list[Term]], a: Pointer, a_stride: int, c: Pointer, c_stride: int,
        rows: int, depth: int, add: int,
    ) -> None:  # fmt: skip
        places = [row * c_stride + j for row in range(rows) for j in range(len(whole))]
        before = [c[k] for k in places]
        for k in places:  # the order is unknown: reading this during the product gives any value
            c[k] = self._terms.unset
        results = []
        for row in range(rows):
            left = a.row(row, a_stride, depth)
            results += [
                [self._terms.times(x, w) for x, w in zip(left, column, strict=True)] for column in whole
            ]
        for k, old, parts in zip(places, before, results, strict=True):
            c[k] = self._terms.increased(old, parts) if add else self._terms.total(parts)

    def multiply_turned(
        self, a: Pointer, a_stride: int, b: Pointer, b_stride: int, c: Pointer, c_stride: int,
        rows: int, depth: int, columns: int, _room: Pointer, part: int, _parts: int,
    ) -> None:  # fmt: skip
        """``c += a.T @ b``."""
        if part > 0:  # the first part computes everything
            return
        for i in range(rows):
            for j in range(columns):
                products = [self._terms.times(a[r * a_stride + i], b[r * b_stride + j]) for r in range(depth)]
                c[i * c_stride + j] = self._terms.increased(c[i * c_stride + j], products)

    @staticmethod
    def pack(
        matrix: Pointer, stride: int, turned: int, depth: int, columns: int, packed: Pointer, part: int,
        _parts: int,
    ) -> None:  # fmt: skip
        """Keep the columns of a matrix, or of its transpose."""
        if part > 0:
            return
        if turned != 0:
            packed[0] = [matrix.row(j, stride, depth) for j in range(columns)]
            for k in range(packed.offset + 1, len(packed.memory)):  # it uses all of the memory
                packed.memory[k] = None
        else:
            packed[0] = [[matrix[k * stride + j] for k in range(depth)] for j in range(columns)]

    def clear_rows(self, rows: int, width: int, out: Pointer) -> None:
        """``out = 0``."""
        for k in range(rows * width):
            out[k] = self._terms.zero

    def increase_rows(
        self, rows: int, width: int, by: Pointer, by_stride: int, out: Pointer, out_stride: int
    ) -> None:
        """``out += by``."""
        for row in range(rows):
            for k in range(width):
                at = row * out_stride + k
                out[at] = self._terms.increased(out[at], [by[row * by_stride + k]])

    def sum_rows(self, rows: int, width: int, source: Pointer, stride: int, out: Pointer) -> None:
        """``out += sum over rows of source``."""
        for k in range(width):
            out[k] = self._terms.increased(out[k], [source[row * stride + k] for row in range(rows)])

    def squares(self, count: int, source: Pointer) -> Term:
        """Return the sum of the squares."""
        return self._terms.apply("squares", *(source[k] for k in range(count)))

    @staticmethod
    def add_rows(
        rows: int, width: int, a: Pointer, a_stride: int, b: Pointer, b_stride: int, out: Pointer
    ) -> None:
        """``out = a + b``."""
        for row in range(rows):
            for k in range(width):
                out[row * width + k] = a[row * a_stride + k] + b[row * b_stride + k]

    @staticmethod
    def copy_rows(rows: int, width: int, source: Pointer, stride: int, out: Pointer, out_stride: int) -> None:
        """``out = source``."""
        for row in range(rows):
            for k in range(width):
                out[row * out_stride + k] = source[row * stride + k]
