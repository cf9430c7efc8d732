"""Batches: examples of a task, sorted by length and packed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.signals import MAIN_CLOCK, Content, Signal
from rnnstudio.design.streams import Facts, token_facts
from rnnstudio.engine.program.packed_sequence import Ints, PackedSequence
from rnnstudio.engine.tasks.columns import Indices, rows_of
from rnnstudio.engine.tokens import check_tokens

if TYPE_CHECKING:
    from rnnstudio.engine.tasks.base import TaskData

Array = NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """The packed streams that input nodes and heads read.

    The stream of a sequence has the rows of its clock's packing: ``(N,)`` int32 tokens or ``(N, F)``
    features. The stream of a vector has one row for each sequence in the order of its clock: ``(B,)`` or
    ``(B, F)``. A target of -1 does not count.
    """

    packings: Mapping[str, PackedSequence]
    streams: Mapping[str, Array]

    @property
    def packing(self) -> PackedSequence:
        """The packing of the main clock."""
        return self.packings[MAIN_CLOCK]


def pack(facts: Facts, columns: Mapping[str, Sequence[Array]], count: int) -> Batch:
    """Pack ``count`` examples, given by stream.

    A sequence is ``(L,)`` tokens or ``(L, F)`` features, a vector is a token or ``(F,)`` features.
    Streams of one clock must have equal lengths in each example. A clock without sequences has one step.
    Streams that are not in ``columns`` are omitted.

    Raises
    ------
    DataError
        If a token is not in the vocabulary of its stream.
    """
    lengths: dict[str, Ints] = {MAIN_CLOCK: np.ones(count, np.intp)}
    for stream in facts.streams:
        if stream.name in columns and stream.signal is Signal.SEQUENCE:
            lengths[stream.clock] = np.array([len(row) for row in columns[stream.name]], np.intp)
    for stream in facts.streams:
        lengths.setdefault(stream.clock, np.ones(count, np.intp))
    packings = {clock: PackedSequence.from_lengths(steps) for clock, steps in lengths.items()}
    streams = {}
    for stream in facts.streams:
        if stream.name not in columns:
            continue
        packing, rows = packings[stream.clock], columns[stream.name]
        tail = () if stream.content is Content.TOKENS else (stream.size,)
        ordered = [rows[i] for i in packing.order]
        if stream.signal is Signal.SEQUENCE:
            values = np.concatenate(ordered).reshape(-1, *tail)[packing.sequence_major_rows]
        else:
            values = np.array(ordered).reshape(count, *tail)
        # Single precision is kept: converting it costs more than packing it.
        real = np.float32 if values.dtype == np.float32 else np.float64
        dtype = np.int32 if stream.content is Content.TOKENS else real
        if stream.content is Content.TOKENS:
            check_tokens(stream, values)
        streams[stream.name] = values.astype(dtype, copy=False)
    return Batch(packings, streams)


def make_batch(data: TaskData, indices: Sequence[int] | Indices) -> Batch:
    """Return a batch of the given examples of a task."""
    numbers = np.asarray(indices).tolist()
    columns = {name: rows_of(column, numbers) for name, column in data.streams.items()}
    return pack(data.facts, columns, len(numbers))


def next_token_batch(sequences: Sequence[Array]) -> Batch:
    """Pack sequences of ``L + 1`` tokens into inputs and next-token targets of ``L`` steps."""
    columns = {"tokens": [s[:-1] for s in sequences], "next": [s[1:] for s in sequences]}
    return pack(token_facts(0, 0, 0), columns, len(sequences))


def batches(data: TaskData, size: int, order: Indices) -> Iterator[Batch]:
    """Yield batches of ``size`` examples in the given order; the last one may be smaller."""
    for start in range(0, len(order), size):
        yield make_batch(data, order[start : start + size])
