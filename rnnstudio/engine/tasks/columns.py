"""Columns of data: one array for all examples, of which each example is a view made when it is asked for.

An array for each example would take some hundred bytes beside its values, which for short sequences is many
times the data itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ints = NDArray[np.intp]
Indices = NDArray[np.integer[Any]]
ARRAY_BYTES = 112  # that an array takes beside its values


class Column(Sequence[Array]):
    """A sequence of read-only arrays, one an example."""

    values: Array

    @abstractmethod
    def row(self, index: int) -> Array:
        """Return the values of one example, ``0 <= index < len(self)``."""

    @abstractmethod
    def lengths(self, indices: Indices) -> Ints:
        """Return how many steps each of some examples has."""

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
    """The rows of an array ``(count, ...)``; with ``lengths`` each keeps its first so many steps."""

    def __init__(self, values: Array, lengths: Ints | None = None) -> None:
        self.values = values.view()
        self.values.flags.writeable = False
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self.values)

    def row(self, index: int) -> Array:
        """See `Column`."""
        row: Array = self.values[index]
        return row if self._lengths is None else row[: self._lengths[index]]

    def lengths(self, indices: Indices) -> Ints:
        """See `Column`."""
        if self._lengths is not None:
            return self._lengths[indices]
        return np.full(len(indices), self.values.shape[1], np.intp)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return all rows as one array ``(count, ...)``, where all are equally long."""
        if self._lengths is not None:
            raise ValueError("Rows of several lengths make no array.")
        return np.array(self.values, dtype, copy=copy)


class Pieces(Column):
    """Consecutive pieces of a long line of tokens, int32 ``(L,)`` each, however compactly they are stored.

    Parameters
    ----------
    tokens : whole numbers ``(n,)``
    starts : where each piece begins, ascending; the last one ends with the tokens
    """

    def __init__(self, tokens: Array, starts: range | Ints) -> None:
        self.values, self.starts = tokens, starts

    def __len__(self) -> int:
        return len(self.starts)

    def row(self, index: int) -> Array:
        """See `Column`."""
        stop = self.starts[index + 1] if index + 1 < len(self.starts) else None
        row = self.values[self.starts[index] : stop].astype(np.int32)
        row.flags.writeable = False
        return row

    def lengths(self, indices: Indices) -> Ints:
        """See `Column`."""
        after = np.where(indices + 1 < len(self), self._begins(indices + 1), len(self.values))
        return after - self._begins(indices)

    def _begins(self, indices: Indices) -> Ints:
        if isinstance(self.starts, range):
            return np.asarray(self.starts.start + self.starts.step * indices, np.intp)
        return self.starts[np.minimum(indices, len(self) - 1)]


def lengths_of(column: Sequence[Array], indices: Indices) -> Ints:
    """Return how many steps each of some examples of a column has."""
    if isinstance(column, Column):
        return column.lengths(np.asarray(indices, np.intp))
    return np.array([len(column[i]) for i in indices], np.intp)


def memory_of(columns: Iterable[Sequence[Array]]) -> int:
    """Return the bytes that columns take; an array that several of them share counts once."""
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
