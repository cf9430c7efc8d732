"""All that a generated kernel of a floating-point type uses, by name."""

from __future__ import annotations

from typing import Any

from rnnstudio.engine.native.functions import functions_of
from rnnstudio.engine.native.memory import arguments_apart, call, line_of, move, pointer_of
from rnnstudio.engine.native.options import Real
from rnnstudio.engine.native.products import BLOCK, DEPTH, blas_of, strip_of, turned_of
from rnnstudio.engine.native.rows import (
    add_rows,
    clear_rows_of,
    copy_rows,
    increase_rows,
    squares_of,
    sum_rows,
)


def loop(function: Any) -> Any:
    """Mark the loop of a stage, for readers."""
    return function


def kit_of(real: Real) -> dict[str, Any]:
    """Return the contents of `float32` or `float64`."""
    blas = blas_of(real)
    pack_turned, strip_turned = turned_of(real)

    def product(
        a: Any, a_stride: Any, packed: Any, matrix: Any, stride: Any, c: Any, c_stride: Any,
        rows: Any, depth: Any, columns: Any, add: Any, multiply: Any, factors: Any,
    ) -> None:  # fmt: skip
        """``c (+)= a @ matrix``: over packed weights by ``multiply``'s address, or by BLAS if it is 0."""
        if multiply != 0:
            call(multiply, (a, a_stride, packed, c, c_stride, rows, depth, columns, add))
        else:
            blas(a, a_stride, matrix, stride, c, c_stride, rows, depth, columns, factors, add)

    return {
        **functions_of(real),
        "block": BLOCK,
        "deepest": DEPTH,
        "strip": strip_of(real),
        "pack_turned": pack_turned,
        "strip_turned": strip_turned,
        "zero": real.zero,
        "one": real.zero + 1,
        "loop": loop,
        "pointer": pointer_of(real),
        "move": move,
        "line": line_of(real, real.width),
        "arguments_apart": arguments_apart,
        "call": call,
        "product": product,
        "add_rows": add_rows,
        "clear_rows": clear_rows_of(real),
        "copy_rows": copy_rows,
        "increase_rows": increase_rows,
        "squares": squares_of(real),
        "sum_rows": sum_rows,
        "tile_width": real.width,
    }
