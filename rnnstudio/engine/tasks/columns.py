"""Columns of data: one array for all examples. Each example is a view, created on request.

An array for each example would take about a hundred bytes besides its values. For short sequences this is
many times the size of the data.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ints = NDArray[np.intp]
Indices = NDArray[np.integer[Any]]
BLOCK = 2**16  # examples, or values, that are processed at a time
ARRAY_BYTES = 112  # overhead of an array besides its values


class Column(Sequence[Array]):
    """A sequence of read-only arrays, one for each example."""

    values: Array

    @abstractmethod
    def rows(self, indices: Sequence[int]) -> list[Array]:
        """Return the values of some examples, in their stored type."""

    @abstractmethod
    def row(self, index: int) -> Array:
        """Return the values of one example, ``0 <= index < len(self)``."""

    @abstractmethod
    def lengths(self, indices: Indices) -> Ints:
        """Return the number of steps of each of some examples."""

    @abstractmethod
    def part(self, start: int, stop: int) -> tuple[Ints, Array]:
        """Return the number of values of each of some consecutive examples, and these values concatenated."""

    @overload
    def __getitem__(self, index: int) -> Array: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Array]: ...
    def __getitem__(self, index: int | slice) -> Array | Sequence[Array]:
        if isinstance(index, slice):
            return tuple(self.row(i) for i in range(*index.indices(len(self))))
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"There are {count:,} examples, and no number {index:,}.")
        return self.row(index % count)


class Rows(Column):
    """The rows of an array ``(count, ...)``; ``lengths`` limits each to its first steps."""

    def __init__(self, values: Array, lengths: Ints | None = None) -> None:
        self.values = values.view()
        self.values.flags.writeable = False
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, indices: Sequence[int]) -> list[Array]:
        """See `Column`."""
        values, lengths = self.values, self._lengths
        if lengths is None:
            return [values[i] for i in indices]
        return [values[i, : lengths[i]] for i in indices]

    def row(self, index: int) -> Array:
        """See `Column`."""
        return self.rows([index])[0]

    def lengths(self, indices: Indices) -> Ints:
        """See `Column`."""
        if self._lengths is not None:
            return self._lengths[indices]
        return np.full(len(indices), self.values.shape[1], np.intp)

    def part(self, start: int, stop: int) -> tuple[Ints, Array]:
        """See `Column`."""
        rows = self.values[start:stop]
        if self._lengths is None:
            return np.full(len(rows), rows[0].size, np.intp), rows.reshape(-1)
        lengths = self._lengths[start:stop]
        there = np.arange(rows.shape[1]) < lengths[:, None]
        return lengths * rows[0, 0].size, rows[there].reshape(-1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return all rows as one array ``(count, ...)``, if they have equal lengths."""
        if self._lengths is not None:
            raise ValueError("Rows of several lengths make no array.")
        return np.array(self.values, dtype, copy=copy)


class Pieces(Column):
    """Consecutive pieces of a long sequence of tokens, int32 ``(L,)`` each, for any stored integer type.

    Parameters
    ----------
    tokens : integers ``(n,)``
    starts : start of each piece, ascending; the last piece ends at the end of the tokens
    """

    def __init__(self, tokens: Array, starts: range | Ints) -> None:
        self.values, self.starts = tokens, starts

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, indices: Sequence[int]) -> list[Array]:
        """See `Column`."""
        values, starts, last = self.values, self.starts, len(self.starts) - 1
        return [values[starts[i] : starts[i + 1] if i < last else None] for i in indices]

    def row(self, index: int) -> Array:
        """See `Column`."""
        row = self.rows([index])[0].astype(np.int32)
        row.flags.writeable = False
        return row

    def lengths(self, indices: Indices) -> Ints:
        """See `Column`."""
        after = np.where(indices + 1 < len(self), self._begins(indices + 1), len(self.values))
        return after - self._begins(indices)

    def part(self, start: int, stop: int) -> tuple[Ints, Array]:
        """See `Column`."""
        end = self.starts[stop] if stop < len(self) else None
        sizes = self.lengths(np.arange(start, stop))
        return sizes, self.values[self.starts[start] : end].astype(np.int32)

    def _begins(self, indices: Indices) -> Ints:
        if isinstance(self.starts, range):
            return np.asarray(self.starts.start + self.starts.step * indices, np.intp)
        return self.starts[np.minimum(indices, len(self) - 1)]


def lengths_of(column: Sequence[Array], indices: Indices) -> NDArray[np.int32]:
    """Return the number of steps of each of some examples of a column."""
    lengths = np.empty(len(indices), np.int32)
    for start in range(0, len(indices), BLOCK):
        part = np.asarray(indices[start : start + BLOCK], np.intp)
        known = column.lengths(part) if isinstance(column, Column) else [len(column[i]) for i in part]
        lengths[start : start + BLOCK] = known
    return lengths


def rows_of(column: Sequence[Array], indices: Sequence[int]) -> list[Array]:
    """Return some examples of a column, in their stored type."""
    return column.rows(indices) if isinstance(column, Column) else [column[i] for i in indices]


def blocks(column: Sequence[Array]) -> Iterator[tuple[Ints, Array]]:
    """Iterate over a column in blocks of examples; yield the sizes and the concatenated values."""
    if not len(column):
        return
    size = column.values.size // len(column) if isinstance(column, Column) else np.size(column[0])
    count = max(BLOCK // max(size, 1), 1)
    for start in range(0, len(column), count):
        stop = min(start + count, len(column))
        if isinstance(column, Column):
            yield column.part(start, stop)
        else:
            rows = [np.ravel(column[i]) for i in range(start, stop)]
            yield np.array([row.size for row in rows], np.intp), np.concatenate(rows)


def memory_of(columns: Iterable[Sequence[Array]]) -> int:
    """Return the bytes that columns take; an array shared by several columns counts once."""
    total, shared = 0, {}
    for column in columns:
        if isinstance(column, Column):
            owner = _owner(column.values)
            shared[id(owner)] = owner.nbytes
        else:
            total += sum(np.asarray(row).nbytes + ARRAY_BYTES for row in column)
    return total + sum(shared.values())


def _owner(array: Array) -> Array:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
