"""Matrix products: our own over packed weights for the steps, and BLAS for large ones.

Each step multiplies a few rows by the same weights. If the weights are packed once for all steps, and the
sums of a tile stay in registers, this is near the processor's peak from 16 rows of 32 numbers on. A library
that packs the weights again in each call reaches a tenth of the peak there, and half of it at 32 x 128.

`pack` and `multiply` are compiled once for each type. Kernels call them by address, so no kernel contains a
copy, which would take most of its compilation time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from rnnstudio.engine.native.language import WHOLE, Intrinsic, functions_in
from rnnstudio.engine.native.memory import line_of, move
from rnnstudio.engine.native.options import Real
from rnnstudio.engine.native.tiles import tile_of

DEPTH = 256  # rows of packed weights in one pass over a panel: 32 KB, the size of a first-level cache
BLOCK = 96  # rows of the left factor that stay in the second-level cache during a pass


# Compiled separately from generated source, and cached on disk, like kernels.
SOURCE = """\
# Matrix products over packed weights

from rnnstudio.engine.native.{dtype} import (
    block, deepest, line, move, pack_turned, pointer, strip, strip_turned, tile_width, zero,
)


def pack(matrix, stride, transposed, depth, columns, packed, part, parts):
    # Put one of so many parts of a (depth, columns) matrix, or of the transpose of a (columns, depth) one,
    # into panels of a tile's width; the last one is filled up with zeros.
    panels = (columns + tile_width - 1) // tile_width
    start, stop = panels * part // parts * tile_width, panels * (part + 1) // parts * tile_width
    for first in range(start, stop, tile_width):
        panel = move(pointer(packed), first * depth)
        count = min(tile_width, columns - first)
        if transposed != 0:
            for j in range(count):
                row = move(pointer(matrix), (first + j) * stride)
                for k in range(depth):
                    panel[k * tile_width + j] = row[k]
        elif count == tile_width:
            for k in range(depth):
                line(move(pointer(matrix), k * stride + first), move(panel, k * tile_width))
        else:
            for k in range(depth):
                row = move(pointer(matrix), k * stride + first)
                for j in range(count):
                    panel[k * tile_width + j] = row[j]
        if count < tile_width:
            for k in range(depth):
                for j in range(count, tile_width):
                    panel[k * tile_width + j] = zero


def multiply(a, a_stride, packed, c, c_stride, rows, depth, columns, add):
    # c = a @ matrix with a packed matrix, or c += where add is 1
    for top in range(0, rows, block):
        height = min(block, rows - top)
        for first in range(0, depth, deepest):
            deep = min(deepest, depth - first)
            adds = add if first == 0 else 1
            left = move(pointer(a), top * a_stride + first)
            for column in range(0, columns, tile_width):
                right = move(pointer(packed), column * depth + first * tile_width)
                out = move(pointer(c), top * c_stride + column)
                strip(left, a_stride, right, out, c_stride, height, deep, columns - column, adds)


def multiply_turned(a, a_stride, b, b_stride, c, c_stride, rows, depth, columns, room, part, parts):
    # One of so many parts of c += a.T @ b, of its columns where they are far more than its rows: what
    # every part packs is then the narrower factor. A few hundred rows of both at a time: room takes them
    # in the order in which tiles read.
    top, bottom, start, stop = 0, rows, 0, columns
    if columns < 2 * rows:
        top, bottom = rows * part // parts, rows * (part + 1) // parts
    else:
        panels = (columns + tile_width - 1) // tile_width
        start = panels * part // parts * tile_width
        stop = min(columns, panels * (part + 1) // parts * tile_width)
    if start == stop:
        return
    left = move(pointer(room), deepest * tile_width)
    for first in range(0, depth, deepest):
        deep = min(deepest, depth - first)
        pack_turned(move(pointer(a), first * a_stride + top), a_stride, left, bottom - top, deep)
        for column in range(start, stop, tile_width):
            count = min(tile_width, stop - column)
            for k in range(deep):
                row = move(pointer(b), (first + k) * b_stride + column)
                out = move(pointer(room), k * tile_width)
                if count == tile_width:
                    line(row, out)
                else:
                    for j in range(count):
                        out[j] = row[j]
                    for j in range(count, tile_width):
                        out[j] = zero
            out = move(pointer(c), top * c_stride + column)
            strip_turned(left, pointer(room), out, c_stride, bottom - top, deep, count)
"""


def turned_of(real: Real) -> tuple[Any, Any]:
    """Return ``pack_turned`` and ``strip_turned``: the left factor of a transpose, tile by tile."""
    packing = ["def pack_turned(a, a_stride, out, rows, depth):", "    row = 0"]
    strip = ["def strip_turned(a, b, c, c_stride, rows, depth, valid):", "    row = 0"]
    for height in real.rows:
        packing += [
            f"    while rows - row >= {height}:",
            "        for k in range(depth):",
            f"            line{height}(move(a, k * a_stride + row), move(out, row * depth + k * {height}))",
            f"        row += {height}",
        ]
        strip += [
            f"    while rows - row >= {height}:",
            f"        tile{height}(move(a, row * depth), {height}, b,"
            " move(c, row * c_stride), c_stride, depth, valid, 1)",
            f"        row += {height}",
        ]
    namespace: dict[str, Any] = {
        "move": move,
        **{f"tile{h}": tile_of(real, h, turned=True) for h in real.rows},
        **{f"line{h}": line_of(real, h) for h in real.rows},
    }
    space = functions_in("\n".join([*packing, *strip]), namespace)
    return space["pack_turned"], space["strip_turned"]


def strip_of(real: Real) -> Any:
    """Return the function that multiplies by one panel, row tile by row tile, tallest tiles first."""
    lines = ["def strip(a, a_stride, b, c, c_stride, rows, depth, valid, add):", "    row = 0"]
    for height in real.rows:
        lines += [
            f"    while rows - row >= {height}:",
            f"        tile{height}(move(a, row * a_stride), a_stride, b,"
            " move(c, row * c_stride), c_stride, depth, valid, add)",
            f"        row += {height}",
        ]
    namespace: dict[str, Any] = {"move": move, **{f"tile{h}": tile_of(real, h) for h in real.rows}}
    return functions_in("\n".join(lines), namespace)["strip"]


def blas_of(real: Real) -> Intrinsic:
    """Return ``blas``: ``c = a @ b``; ``c += `` if ``add`` is 1. It calls SciPy's BLAS.

    ``(a, a_stride, b, b_stride, c, c_stride, rows, depth, columns, factors, add)`` with pointers;
    ``factors`` points at the numbers 0 and 1.
    """
    letter, small = ir.IntType(8), ir.IntType(32)

    @Intrinsic
    def blas(
        body: Any, a: Any, a_stride: Any, b: Any, b_stride: Any, c: Any, c_stride: Any,
        rows: Any, depth: Any, columns: Any, factors: Any, add: Any,
    ) -> None:  # fmt: skip
        builder, numbers = body.builder, real.number.as_pointer()

        def held(value: Any) -> Any:
            place = body.alloca(value.type)
            builder.store(value, place)
            return place

        def size(value: Any) -> Any:
            return held(builder.trunc(body.typed(value, WHOLE), small))

        plain = held(letter(ord("n")))
        alpha, beta = move.emit(body, factors, 1), move.emit(body, factors, add)
        # Fortran order: its matrices are the transposes of these: c.T = b.T @ a.T
        given = [plain, plain, size(columns), size(rows), size(depth), alpha, b, size(b_stride)]
        given += [a, size(a_stride), beta, c, size(c_stride)]
        kinds = [*[letter.as_pointer()] * 2, *[small.as_pointer()] * 3, numbers, numbers, small.as_pointer()]
        kinds += [numbers, small.as_pointer(), numbers, numbers, small.as_pointer()]
        kind = ir.FunctionType(ir.VoidType(), kinds)
        builder.call(body.unit.external(f"rnnstudio_{real.letter}gemm", kind), given)

    return blas
