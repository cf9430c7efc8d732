"""Numbers that arrive a few at a time, kept in arrays that grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Columns:
    """Named float64 columns of one length; appending costs no copy but now and then.

    Parameters
    ----------
    names : the columns
    capacity : rows to make room for at first; the room doubles whenever it is full
    """

    def __init__(self, names: Sequence[str], capacity: int = 4096) -> None:
        self.names = tuple(names)
        self._place = {name: i for i, name in enumerate(names)}
        self._data = np.empty((len(names), capacity))
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def clear(self) -> None:
        """Forget all rows; the room stays."""
        self._rows = 0

    def append(self, *columns: ArrayLike) -> None:
        """Append one array (or number) to each column, all of one length.

        What is not finite is kept as NaN, which a plot leaves out.
        """
        arrays = [np.atleast_1d(np.asarray(column, np.float64)) for column in columns]
        count = len(arrays[0])
        if len(arrays) != len(self.names) or any(array.shape != (count,) for array in arrays):
            raise ValueError(f"{len(self.names)} columns of one length are needed")
        while self._rows + count > self._data.shape[1]:
            self._data = np.concatenate([self._data, np.empty_like(self._data)], axis=1)
        for row, array in zip(self._data, arrays, strict=True):
            part = row[self._rows : self._rows + count]
            part[:] = array
            part[~np.isfinite(part)] = np.nan
        self._rows += count

    def __getitem__(self, name: str) -> Floats:
        """Return a column as a view, ``(rows,)``; it is valid until the next append."""
        return self._data[self._place[name], : self._rows]

    def table(self) -> NDArray[Any]:
        """Return all columns, ``(rows, columns)``."""
        return self._data[:, : self._rows].T
