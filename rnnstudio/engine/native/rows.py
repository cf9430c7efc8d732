"""Operations on rows besides the equations: add, copy, sum, and sum of squares."""

from __future__ import annotations

from typing import Any

from rnnstudio.engine.native.language import Function, function_of
from rnnstudio.engine.native.memory import arguments_apart
from rnnstudio.engine.native.options import Real


def add_rows(rows: Any, width: Any, a: Any, a_stride: Any, b: Any, b_stride: Any, out: Any) -> None:
    """``out = a + b``; the rows of ``out`` are contiguous."""
    arguments_apart()
    for row in range(rows):
        for k in range(width):
            out[row * width + k] = a[row * a_stride + k] + b[row * b_stride + k]


def increase_rows(rows: Any, width: Any, by: Any, by_stride: Any, out: Any, out_stride: Any) -> None:
    """``out += by``."""
    arguments_apart()
    for row in range(rows):
        for k in range(width):
            out[row * out_stride + k] += by[row * by_stride + k]


def copy_rows(rows: Any, width: Any, source: Any, source_stride: Any, out: Any, out_stride: Any) -> None:
    """``out = source``."""
    arguments_apart()
    for row in range(rows):
        for k in range(width):
            out[row * out_stride + k] = source[row * source_stride + k]


def sum_rows(rows: Any, width: Any, source: Any, source_stride: Any, out: Any) -> None:
    """``out += sum over rows of source``."""
    arguments_apart()
    for row in range(rows):
        for k in range(width):
            out[k] += source[row * source_stride + k]


def clear_rows_of(real: Real) -> Any:
    """Return ``clear_rows(rows, width, out)``."""
    zero = real.zero

    def clear_rows(rows: Any, width: Any, out: Any) -> None:
        for k in range(rows * width):
            out[k] = zero

    return clear_rows


def squares_of(real: Real) -> Function:
    """Return ``squares(count, source)``: the sum of the squares, in an order that suits the processor."""
    zero = real.zero

    def squares(count: Any, source: Any) -> Any:
        total = zero
        for k in range(count):
            total += source[k] * source[k]
        return total

    return function_of(squares, "reassoc")  # type: ignore[arg-type]  # a def is a FunctionType
