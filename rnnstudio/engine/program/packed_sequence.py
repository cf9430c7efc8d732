"""Packed sequences: the layout of a batch of sequences of different lengths, without padding."""

import builtins
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Array = NDArray[Any]


class PackedSequence:
    """The layout of the rows of a batch, like the ``batch_sizes`` of PyTorch's ``PackedSequence``.

    Sequences are sorted by length, longest first, so the sequences that run at step ``t`` are the first
    ``active[t]`` ones. A packed array has the rows of step 0, then those of step 1, and so on: ``N`` rows in
    all. The rows of a range of steps are one contiguous slice.

    Parameters
    ----------
    lengths : (B,) int
        Steps of each sequence, at least 1, in descending order.
    order : (B,) int, optional
        The index in the batch of each sorted sequence, by default its own. It matters if a batch has
        sequences on several clocks, see `rows_from`.

    Attributes
    ----------
    batch, steps, rows : number of sequences, of time steps and of rows
    active : (T,) number of sequences that run at each step
    offsets : (T + 1,) first row of each step, and the number of rows
    last_rows : (B,) row of the last step of each sequence

    Raises
    ------
    ValueError
        If ``lengths`` is empty, not descending, or has an entry below 1.
    """

    def __init__(self, lengths: Ints, order: Ints | None = None) -> None:
        lengths = np.asarray(lengths, dtype=np.intp)
        if lengths.ndim != 1 or len(lengths) == 0 or lengths.min() < 1 or np.any(np.diff(lengths) > 0):
            raise ValueError("lengths must be at least 1, in descending order, of at least one sequence")
        self.lengths: Ints = lengths
        self.batch = len(lengths)
        self.order: Ints = np.arange(self.batch) if order is None else np.asarray(order, np.intp)
        self.steps = int(lengths[0])
        self.active: Ints = np.searchsorted(-lengths, -np.arange(self.steps), side="left").astype(np.intp)
        self.offsets: Ints = np.concatenate(([0], np.cumsum(self.active))).astype(np.intp)
        self.rows = int(self.offsets[-1])
        self.last_rows: Ints = self.offsets[lengths - 1] + np.arange(self.batch)

    @classmethod
    def from_lengths(cls, lengths: Ints) -> "PackedSequence":
        """Return the packing of sequences with lengths in any order."""
        lengths = np.asarray(lengths, np.intp)
        order = np.argsort(-lengths, kind="stable")
        return cls(lengths[order], order)

    def has_same_lengths(self, other: "PackedSequence") -> bool:
        """Return whether another packing has the same lengths."""
        return self.lengths.tobytes() == other.lengths.tobytes()

    def slice(self, t0: int, t1: int) -> builtins.slice:
        """Return the rows of the steps ``t0 <= t < t1``."""
        return builtins.slice(int(self.offsets[t0]), int(self.offsets[t1]))

    def ending_sequences(self, t0: int, t1: int) -> builtins.slice:
        """Return the sequences whose last step is in ``t0 <= t < t1``."""
        after = int(self.active[t1]) if t1 < self.steps else 0
        return builtins.slice(after, int(self.active[t0]))

    @cached_property
    def sequence(self) -> Ints:
        """The sorted sequence of each row, ``(N,)``."""
        return np.arange(self.rows) - np.repeat(self.offsets[:-1], self.active)

    @cached_property
    def step(self) -> Ints:
        """The time step of each row, ``(N,)``."""
        return np.repeat(np.arange(self.steps), self.active)

    @cached_property
    def sequence_major_rows(self) -> Ints:
        """The index of each row in the concatenation of the sorted sequences, ``(N,)``."""
        starts = np.cumsum(self.lengths) - self.lengths
        return starts[self.sequence] + self.step

    @cached_property
    def previous_rows(self) -> Ints:
        """The row of the previous step for each row from step 1 on, ``(N - B,)``."""
        later = np.arange(self.batch, self.rows)
        return later - np.repeat(self.active[:-1], self.active[1:])

    def runs(self, t0: int, t1: int) -> Iterator[tuple[int, int, int]]:
        """Yield ``(first step, end, sequences)`` for runs of steps with the same number of sequences.

        There are at most as many runs as sequences. The rows of each are a block ``(steps, sequences)``.
        """
        while t0 < t1:
            count = int(self.active[t0])
            end = min(int(self.lengths[count - 1]), t1)
            yield t0, end, count
            t0 = end

    def blocks(self, rows: Array, t0: int, t1: int) -> Iterator[Array]:
        """Yield a view ``(steps, sequences, F)`` of packed rows ``(N, F)`` for each run of the range."""
        for start, end, count in self.runs(t0, t1):
            yield rows[self.slice(start, end)].reshape(end - start, count, rows.shape[1])

    def broadcast(self, vectors: Array, rows: Array, t0: int, t1: int) -> None:
        """Copy the vector of each sequence, ``(B, F)``, to each of its steps in the range."""
        for block in self.blocks(rows, t0, t1):
            block[...] = vectors[: block.shape[1]]

    def sum_over_steps(self, rows: Array, vectors: Array, t0: int, t1: int) -> None:
        """Add the packed rows ``(N, F)`` of the range to the vector of each sequence, ``(B, F)``."""
        for block in self.blocks(rows, t0, t1):
            vectors[: block.shape[1]] += block.sum(axis=0)

    def rows_from(self, other: "PackedSequence") -> Ints:
        """Return the index of each sorted sequence among the sorted sequences of another clock."""
        index = np.empty(self.batch, np.intp)
        index[other.order] = np.arange(self.batch)
        return index[self.order]

    @cached_property
    def reversed_rows(self) -> Ints:
        """The permutation of rows that reverses every sequence, ``(N,)``.

        ``values[reversed_rows]`` swaps the first step of each sequence with its last, and so on. Applied
        twice it restores the rows.
        """
        rows: Ints = self.offsets[self.lengths[self.sequence] - 1 - self.step] + self.sequence
        return rows

    def pack(self, values: Array) -> Array:
        """Return the packed rows ``(N, ...)`` of a time-major array ``(T, B, ...)``."""
        return np.concatenate([values[t, :count] for t, count in enumerate(self.active)])

    def unpack(self, rows: Array) -> Array:
        """Return packed rows as ``(T, B, ...)``, with zeros after the end of each sequence."""
        values = np.zeros((self.steps, self.batch, *rows.shape[1:]), rows.dtype)
        for t, count in enumerate(self.active):
            values[t, :count] = rows[self.offsets[t] : self.offsets[t + 1]]
        return values
