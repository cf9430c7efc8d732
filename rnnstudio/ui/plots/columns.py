"""Columns of numbers that grow while a network trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Columns:
    """Named float64 columns of equal length, with amortized constant time per appended row.

    Parameters
    ----------
    names : the names of the columns
    capacity : the rows to allocate at first; doubled whenever they are full
    """

    def __init__(self, names: Sequence[str], capacity: int = 4096) -> None:
        self.names = tuple(names)
        self._index = {name: i for i, name in enumerate(names)}
        self._data = np.empty((len(names), capacity))
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def clear(self) -> None:
        """Remove all rows and keep the memory."""
        self._rows = 0

    def append(self, *columns: ArrayLike) -> None:
        """Append one array or number to each column, all of equal length.

        Values that are not finite are stored as NaN, which plots leave out.
        """
        arrays = [np.atleast_1d(np.asarray(column, np.float64)) for column in columns]
        count = len(arrays[0])
        if len(arrays) != len(self.names) or any(array.shape != (count,) for array in arrays):
            raise ValueError(f"expected {len(self.names)} columns of equal length")
        while self._rows + count > self._data.shape[1]:
            self._data = np.concatenate([self._data, np.empty_like(self._data)], axis=1)
        for row, array in zip(self._data, arrays, strict=True):
            part = row[self._rows : self._rows + count]
            part[:] = array
            part[~np.isfinite(part)] = np.nan
        self._rows += count

    def __getitem__(self, name: str) -> Floats:
        """Return a view of a column, ``(rows,)``, valid until the next append."""
        return self._data[self._index[name], : self._rows]

    def table(self) -> NDArray[Any]:
        """Return all columns, ``(rows, columns)``."""
        return self._data[:, : self._rows].T
