"""The generated loops of a cell run as plain Python, with nothing compiled.

`CompiledKernel` runs unchanged: its buffers, its table of addresses, its ranges and shards, and the source
that would be compiled. Only what it imports is replaced, so that a cell takes hundredths of a second.
Memory that a kernel has not written holds NaN; arguments that a loop promises to be apart are compared.
"""

from __future__ import annotations

import builtins
import ctypes
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rnnstudio.engine.compiler import compile
from rnnstudio.engine.compiler.compile import CompiledCell
from rnnstudio.engine.compiler.runtime import buffers, compiled_kernel

SIZE = 8  # bytes of a number
THREADS = 3  # into which a batch is cut


class Pointer:
    """Numbers in memory, starting at an address."""

    __slots__ = ("address", "numbers")

    def __init__(self, address: int) -> None:
        self.address = address
        self.numbers = ctypes.cast(address, ctypes.POINTER(ctypes.c_double))

    def __getitem__(self, index: int) -> float:
        return self.numbers[index]

    def __setitem__(self, index: int, number: float) -> None:
        self.numbers[index] = number


def pointer(address: Any) -> Pointer:
    return Pointer(int(address))


def move(start: Pointer, count: Any) -> Pointer:
    return Pointer(start.address + SIZE * int(count))


def call(address: int, arguments: tuple[Any, ...]) -> None:
    PRODUCTS[address](*arguments)


# ----------------------------------------------------------------------------------- products


def pack(
    matrix: Pointer,
    stride: int,
    turned: int,
    depth: int,
    columns: int,
    packed: Pointer,
    part: int,
    parts: int,
) -> None:
    """Pack a matrix, or its transpose, into consecutive rows."""
    for j in range(columns * part // parts, columns * (part + 1) // parts):
        for k in range(depth):
            packed[k * columns + j] = matrix[j * stride + k if turned else k * stride + j]


def multiply(
    a: Pointer, a_stride: int, packed: Pointer, c: Pointer, c_stride: int, rows: int, depth: int,
    columns: int, add: int,
) -> None:  # fmt: skip
    product_of_rows(a, a_stride, packed, columns, c, c_stride, rows, depth, columns, add)


def multiply_turned(
    a: Pointer, a_stride: int, b: Pointer, b_stride: int, c: Pointer, c_stride: int, rows: int, depth: int,
    columns: int, _room: Pointer, part: int, parts: int,
) -> None:  # fmt: skip
    """``c += a.T @ b``, of the part's share of the rows of c."""
    for i in range(rows * part // parts, rows * (part + 1) // parts):
        for j in range(columns):
            for k in range(depth):
                c[i * c_stride + j] += a[k * a_stride + i] * b[k * b_stride + j]


def product(
    a: Pointer, a_stride: int, packed: Pointer, matrix: Pointer, stride: int, c: Pointer, c_stride: int,
    rows: int, depth: int, columns: int, add: int, packs: int, _factors: Pointer,
) -> None:  # fmt: skip
    given, width = (packed, columns) if packs else (matrix, stride)
    product_of_rows(a, a_stride, given, width, c, c_stride, rows, depth, columns, add)


def product_of_rows(
    a: Pointer, a_stride: int, b: Pointer, b_stride: int, c: Pointer, c_stride: int, rows: int, depth: int,
    columns: int, add: int,
) -> None:  # fmt: skip
    """``c = a @ b``, or ``c += ``; no row of c may be one of a."""
    for i in range(rows):
        for j in range(columns):
            total = c[i * c_stride + j] if add else 0.0
            for k in range(depth):
                total += a[i * a_stride + k] * b[k * b_stride + j]
            c[i * c_stride + j] = total


PRODUCTS = {1: pack, 2: multiply, 3: multiply_turned}
ADDRESSES = {function.__name__: address for address, function in PRODUCTS.items()}

# --------------------------------------------------------------------------------------- rows


def add_rows(
    rows: int, width: int, a: Pointer, a_stride: int, b: Pointer, b_stride: int, out: Pointer
) -> None:
    for row in range(rows):
        for k in range(width):
            out[row * width + k] = a[row * a_stride + k] + b[row * b_stride + k]


def increase_rows(rows: int, width: int, by: Pointer, by_stride: int, out: Pointer, out_stride: int) -> None:
    for row in range(rows):
        for k in range(width):
            out[row * out_stride + k] += by[row * by_stride + k]


def copy_rows(rows: int, width: int, source: Pointer, stride: int, out: Pointer, out_stride: int) -> None:
    for row in range(rows):
        for k in range(width):
            out[row * out_stride + k] = source[row * stride + k]


def clear_rows(rows: int, width: int, out: Pointer) -> None:
    for k in range(rows * width):
        out[k] = 0.0


def sum_rows(rows: int, width: int, source: Pointer, stride: int, out: Pointer) -> None:
    for row in range(rows):
        for k in range(width):
            out[k] += source[row * stride + k]


def squares(count: int, source: Pointer) -> float:
    return sum(source[k] ** 2 for k in range(count))


def sigmoid(x: float) -> float:
    return 0.5 * math.tanh(0.5 * x) + 0.5


def sign(x: float) -> float:
    return math.copysign(1.0, x) if x else 0.0


def loop(function: Any) -> Any:
    """Check the arguments of a loop before it runs: no two pointers may overlap."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]

    def checked(rows: int, units: int, *given: Any) -> None:
        pointers = [p.address for p in given if isinstance(p, Pointer)]
        strides = dict(zip(names[2:], given, strict=True))
        assert len(set(pointers)) == len(pointers), f"{function.__name__} is given one place twice"
        assert all(stride >= units for name, stride in strides.items() if name.endswith("_stride"))
        function(rows, units, *given)

    return checked


GIVEN: dict[str, Any] = {
    "add_rows": add_rows,
    "arguments_apart": lambda: None,
    "call": call,
    "clear_rows": clear_rows,
    "copy_rows": copy_rows,
    "exp": math.exp,
    "increase_rows": increase_rows,
    "log": math.log,
    "logsigmoid": lambda x: min(x, 0.0) - math.log1p(math.exp(-abs(x))),
    "loop": loop,
    "magnitude": abs,
    "maximum": max,
    "minimum": min,
    "move": move,
    "one": 1.0,
    "pointer": pointer,
    "power": math.pow,
    "product": product,
    "real": float,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": sigmoid,
    "sign": sign,
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
    "sqrt": math.sqrt,
    "squares": squares,
    "sum_rows": sum_rows,
    "tanh": math.tanh,
    "tile_width": 1,
    "zero": 0.0,
}


class PlainLibrary:
    """The functions of a source; replaces `Library`."""

    def __init__(self, source: str) -> None:
        start, stop = source.index("from rnnstudio"), source.index(")\n", source.index("from rnnstudio")) + 2
        self._names = dict(GIVEN)
        exec(builtins.compile(source[:start] + source[stop:], "<loops>", "exec"), self._names)

    def compile(self) -> None:
        """Do nothing."""

    def __getitem__(self, name: str) -> Callable[..., None]:
        function = self._names[name]

        def called(at: int, size: int, *given: int) -> None:
            tables = (whole_numbers(at), whole_numbers(size))
            if name in ("forward", "backward"):
                function(*tables, Steps(given[0]), *given[1:])
            else:
                function(*tables, *given)

        return called


def whole_numbers(address: int) -> Any:
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_int64))


class Steps:
    """The table of a packing, four integers per step."""

    def __init__(self, address: int) -> None:
        self.numbers = whole_numbers(address)

    def __getitem__(self, at: tuple[int, int]) -> int:
        return self.numbers[4 * at[0] + at[1]]


def unwritten(size: int, dtype: Any) -> Any:
    """Return memory that raises if it is read before it is written."""
    return np.full(size, np.nan if np.issubdtype(dtype, np.floating) else -1, dtype)


def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every kernel memory of NaN."""
    monkeypatch.setattr(buffers, "aligned", SimpleNamespace(zeros=unwritten))


def without_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every kernel as the compiler generates it, even if the validator would replace it."""
    monkeypatch.setattr(compile, "validated", lambda _equations, build, _fault: build(True))


@pytest.fixture
def plain_loops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run compiled kernels as plain Python.

    What is cut for threads and for the cache is cut here as well, small as it is.
    """
    poison(monkeypatch)
    without_validation(monkeypatch)
    known: dict[str, PlainLibrary] = {}

    def library(cell: CompiledCell, dtype: str) -> PlainLibrary:
        text = cell.equations.text
        if text not in known:
            known.clear()
            known[text] = PlainLibrary(cell.loop_code.source(dtype))
        return known[text]

    monkeypatch.setattr(CompiledCell, "library", library)
    monkeypatch.setattr(compiled_kernel, "product_library", lambda _: SimpleNamespace(address=ADDRESSES.get))
    monkeypatch.setattr(compiled_kernel, "LEAST_WORK", 0)
    monkeypatch.setattr(compiled_kernel, "LEAST_PACKED", 0)
    monkeypatch.setattr(compiled_kernel, "LEAST_ROWS", 1)
    monkeypatch.setattr(compiled_kernel, "BLOCK_BYTES", 1)
    one_after_the_other = SimpleNamespace(count=lambda: THREADS, run_all=lambda tasks: [do() for do in tasks])
    monkeypatch.setattr(compiled_kernel, "pool", one_after_the_other)
    yield
