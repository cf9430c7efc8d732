"""Memory of terms, pointers into it, and loops that promise that their pointers do not overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any


class Memory(list[Any]):
    """Contiguous numbers; ``row`` is the distance between rows whose slots are adjacent."""

    def __init__(self, cells: Iterable[Any], row: int | None = None) -> None:
        super().__init__(cells)
        self.row = row


class Pointer:
    """A position in memory, with the range of numbers that it may reach."""

    __slots__ = ("end", "first", "memory", "offset")

    def __init__(self, memory: Memory, offset: int = 0, first: int = 0, end: int | None = None) -> None:
        self.memory, self.offset, self.first = memory, offset, first
        self.end = len(memory) if end is None else end

    def __getitem__(self, index: int) -> Any:
        return self.memory[self._at(index)]

    def __setitem__(self, index: int, value: Any) -> None:
        self.memory[self._at(index)] = value

    def _at(self, index: int) -> int:
        at = self.offset + index
        if not self.first <= at < self.end:
            raise IndexError("a pointer leaves its array")
        return at

    def moved(self, count: int) -> Pointer:
        """Return a pointer moved by a number of numbers."""
        return Pointer(self.memory, self.offset + count, self.first, self.end)

    def row(self, number: int, stride: int, width: int) -> list[Any]:
        """Return the numbers of a row."""
        return [self[number * stride + k] for k in range(width)]


def checked_loop(function: Callable[..., None]) -> Callable[..., None]:
    """Return a loop that checks its promise that no two of its pointers reach the same number."""

    def loop(rows: int, units: int, *given: Any) -> None:
        offsets: dict[int, list[Pointer]] = {}
        for pointer in given:
            if isinstance(pointer, Pointer):
                offsets.setdefault(id(pointer.memory), []).append(pointer)
        for pointers in offsets.values():
            if len(pointers) > 1:
                _check_apart(pointers, rows, units)
        function(rows, units, *given)

    return loop


def _check_apart(pointers: list[Pointer], rows: int, units: int) -> None:
    row = pointers[0].memory.row
    at = sorted(pointer.offset for pointer in pointers)
    least = units if row is not None else rows * units
    close = any(second - first < least for first, second in pairwise(at))
    if close or (row is not None and at[-1] + units > at[0] // row * row + row):
        raise ValueError("two arguments of a loop overlap")
