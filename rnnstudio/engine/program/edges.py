"""Edges: links that delay values, feed predictions back or reorder rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = NDArray[Any]


class Edge(ABC):
    """A link that transforms the values between an output and an input.

    Attributes
    ----------
    values, d_values : what the input reads, and the gradient it adds to; None for tokens
    """

    values: Array
    d_values: Array | None
    carried: list[Array] | None = None

    def __init__(self, source: RunningNode, port: str) -> None:
        self.source, self.port = source, port

    @abstractmethod
    def allocate(self, source: PackedSequence, target: PackedSequence) -> None:
        """Allocate the arrays for a batch, given the packings at both ends of the link."""

    @abstractmethod
    def forward(self, t0: int, t1: int) -> None:
        """Fill ``values`` in the steps ``t0 <= t < t1``."""

    @abstractmethod
    def backward(self, t0: int, t1: int) -> None:
        """Add ``d_values`` of the steps to the gradient of the source."""

    def carry_states(self, count: int) -> None:
        """Store in ``carried`` the values with which the first ``count`` sequences start the next batch."""

    def clear(self) -> None:
        """Set the gradient to zero."""
        if self.d_values is not None:
            self.d_values[...] = 0


class ReorderEdge(Edge):
    """Reorders the rows of a vector or state that crosses to another clock."""

    def allocate(self, source: PackedSequence, target: PackedSequence) -> None:
        """See `Edge`."""
        self.rows = target.rows_from(source)
        self.values = np.zeros_like(self.source.outputs[self.port])
        self.d_values = np.zeros_like(self.values)

    def forward(self, t0: int, t1: int) -> None:
        """``values[i] = source[rows[i]]``, for all rows before the first step."""
        if t0 == 0:
            np.take(self.source.outputs[self.port], self.rows, axis=0, out=self.values)

    def backward(self, t0: int, t1: int) -> None:
        """``d_source[rows[i]] += d_values[i]``, after the first step has been differentiated."""
        if t0 == 0 and self.d_values is not None:
            self.source.d_outputs[self.port][self.rows] += self.d_values


class DelayEdge(Edge):
    """Delays values by one step; the first step reads zero, or the state carried from the previous batch."""

    def allocate(self, source: PackedSequence, target: PackedSequence) -> None:
        """See `Edge`."""
        self.packing = target
        self.values = np.zeros_like(self.source.outputs[self.port])
        self.d_values = np.zeros_like(self.values) if self.port in self.source.d_outputs else None

    def forward(self, t0: int, t1: int) -> None:
        """``values[t] = source[t - 1]``."""
        if t0 == 0:
            first = self.values[: self.packing.batch]
            first[...] = self.initial_values() if self.carried is None else self.carried[0]
        now = self.packing.slice(max(t0, 1), t1)
        if now.start < now.stop:
            self.values[now] = self.source_values(self._previous(now))

    def backward(self, t0: int, t1: int) -> None:
        """``d_source[t - 1] += d_values[t]``."""
        now = self.packing.slice(max(t0, 1), t1)
        if now.start < now.stop and self.d_values is not None:
            # Each row of the previous step is used once.
            self.source.d_outputs[self.port][self._previous(now)] += self.d_values[now]

    def _previous(self, now: slice) -> Array:
        batch = self.packing.batch
        return self.packing.previous_rows[now.start - batch : now.stop - batch]

    def initial_values(self) -> Array | int:
        """Return the value at the first step."""
        return 0

    def source_values(self, rows: Array) -> Array:
        """Return the source's values at the given rows."""
        values: Array = self.source.outputs[self.port][rows]
        return values

    def carry_states(self, count: int) -> None:
        """See `Edge`."""
        self.carried = [self.source_values(self.packing.last_rows[:count]).copy()]


class FeedbackEdge(DelayEdge):
    """The autoregressive edge: a head's target at the previous step, or its own prediction.

    Williams & Zipser 1989, "A Learning Algorithm for Continually Running Fully Recurrent Neural
    Networks" (teacher forcing); Bengio et al. 2015, "Scheduled Sampling for Sequence Prediction with
    Recurrent Neural Networks" (probabilities between 0 and 1).

    Attributes
    ----------
    sampling_probability : probability of feeding back the network's own prediction instead of the target
    is_prediction : (N,) bool; at which rows the prediction was fed back
    """

    def __init__(self, source: HeadNode, port: str) -> None:
        super().__init__(source, port)
        self.head = source
        self.sampling_probability = 0.0

    def allocate(self, source: PackedSequence, target: PackedSequence) -> None:
        """See `Edge`."""
        super().allocate(source, target)
        self.is_prediction = np.zeros(target.rows, bool)

    def initial_values(self) -> Array | int:
        """Return the start token, or zero."""
        return self.head.start_token

    def source_values(self, rows: Array) -> Array:
        """Return predictions at randomly drawn rows, targets elsewhere."""
        if self.sampling_probability <= 0:
            self.is_prediction[rows] = False
            return self.head.feedback_values(rows)
        drawn = np.ones(len(rows), bool)
        if self.sampling_probability < 1:
            drawn = self.head.rng.random(len(rows)) < self.sampling_probability
        self.is_prediction[rows] = drawn
        predicted = self.head.outputs[self.port][rows]
        if drawn.all():
            return np.asarray(predicted)
        drawn = drawn if predicted.ndim == 1 else drawn[:, None]
        return np.where(drawn, predicted, self.head.feedback_values(rows))

    def backward(self, t0: int, t1: int) -> None:
        """``d_prediction[t - 1] += d_values[t]`` where the prediction was fed back."""
        now = self.packing.slice(max(t0, 1), t1)
        if now.start < now.stop and self.d_values is not None:
            previous = self._previous(now)
            self.source.d_outputs[self.port][previous] += (
                self.d_values[now] * self.is_prediction[previous][:, None]
            )
