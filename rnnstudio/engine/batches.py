"""Batches: a few token sequences, sorted by length and packed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine.timeline import Timeline

Array = NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """The packed streams that input nodes and heads read.

    ``streams["tokens"]`` and ``streams["next"]`` are int32 rows ``(N,)``: each token, and the one
    that follows it.
    """

    timeline: Timeline
    streams: Mapping[str, Array]


def next_token_batch(sequences: Sequence[Array]) -> Batch:
    """Pack sequences of ``L + 1`` tokens into inputs and next-token targets of ``L`` steps."""
    longest_first = sorted(sequences, key=len, reverse=True)
    lengths = np.array([len(s) - 1 for s in longest_first], np.intp)
    timeline = Timeline(lengths)
    padded = np.zeros((timeline.steps + 1, timeline.batch), np.int32)
    for column, sequence in enumerate(longest_first):
        padded[: len(sequence), column] = sequence
    return Batch(timeline, {"tokens": timeline.pack(padded[:-1]), "next": timeline.pack(padded[1:])})


def batches(sequences: Sequence[Array], size: int, order: Array) -> Iterator[Batch]:
    """Yield batches of ``size`` sequences, the last one smaller, taken in the given order."""
    for start in range(0, len(order), size):
        yield next_token_batch([sequences[i] for i in order[start : start + size]])
