"""Links that do more than hand an array on: a step of delay, a head's feedback, another order of rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.packed_sequence import Timeline

Array = NDArray[Any]


class Passing(ABC):
    """What stands between an output and an input.

    Attributes
    ----------
    values, d_values : what the input reads, and the gradient that it adds to, None for tokens
    """

    values: Array
    d_values: Array | None
    carried: list[Array] | None = None

    def __init__(self, source: RunningNode, port: str) -> None:
        self.source, self.port = source, port

    @abstractmethod
    def allocate(self, source: Timeline, target: Timeline) -> None:
        """Make the arrays for a batch; the two timelines are those of the link's ends."""

    @abstractmethod
    def forward(self, t0: int, t1: int) -> None:
        """Fill ``values`` in the steps ``t0 <= t < t1``."""

    @abstractmethod
    def backward(self, t0: int, t1: int) -> None:
        """Add ``d_values`` of the steps to the gradient of the source."""

    def keep(self, count: int) -> None:
        """Put into ``carried`` what the first ``count`` sequences of this batch begin the next with."""

    def clear(self) -> None:
        """Set the gradient to zero."""
        if self.d_values is not None:
            self.d_values[...] = 0


class Reorder(Passing):
    """A vector or state that crosses to another clock, whose rows have another order."""

    def allocate(self, source: Timeline, target: Timeline) -> None:
        """See `Passing`."""
        self.rows = target.rows_from(source)
        self.values = np.zeros_like(self.source.outputs[self.port])
        self.d_values = np.zeros_like(self.values)

    def forward(self, t0: int, t1: int) -> None:
        """``values[i] = source[rows[i]]``, all of them before the first step."""
        if t0 == 0:
            np.take(self.source.outputs[self.port], self.rows, axis=0, out=self.values)

    def backward(self, t0: int, t1: int) -> None:
        """``d_source[rows[i]] += d_values[i]``, when the first step has been gone back over."""
        if t0 == 0 and self.d_values is not None:
            self.source.d_outputs[self.port][self.rows] += self.d_values


class Delay(Passing):
    """Each value one step later: zero at the first step, or what was kept of the batch before."""

    def allocate(self, source: Timeline, target: Timeline) -> None:
        """See `Passing`."""
        self.timeline = target
        self.values = np.zeros_like(self.source.outputs[self.port])
        self.d_values = np.zeros_like(self.values) if self.port in self.source.d_outputs else None

    def forward(self, t0: int, t1: int) -> None:
        """``values[t] = source[t - 1]``."""
        if t0 == 0:
            first = self.values[: self.timeline.batch]
            first[...] = self.first() if self.carried is None else self.carried[0]
        now = self.timeline.slice(max(t0, 1), t1)
        if now.start < now.stop:
            self.values[now] = self.given(self._before(now))

    def backward(self, t0: int, t1: int) -> None:
        """``d_source[t - 1] += d_values[t]``."""
        now = self.timeline.slice(max(t0, 1), t1)
        if now.start < now.stop and self.d_values is not None:
            # The rows one step before are each used once.
            self.source.d_outputs[self.port][self._before(now)] += self.d_values[now]

    def _before(self, now: slice) -> Array:
        batch = self.timeline.batch
        return self.timeline.before[now.start - batch : now.stop - batch]

    def first(self) -> Array | int:
        """Return what stands before the first step."""
        return 0

    def given(self, rows: Array) -> Array:
        """Return what the source gave at some rows."""
        values: Array = self.source.outputs[self.port][rows]
        return values

    def keep(self, count: int) -> None:
        """See `Passing`."""
        self.carried = [self.given(self.timeline.last_rows[:count]).copy()]


class Feedback(Delay):
    """The autoregressive link: what a head was to predict at the step before, or did predict.

    Williams & Zipser 1989, "A Learning Algorithm for Continually Running Fully Recurrent Neural
    Networks" (teacher forcing); Bengio et al. 2015, "Scheduled Sampling for Sequence Prediction with
    Recurrent Neural Networks", where ``share`` lies between 0 and 1.

    Attributes
    ----------
    share : probability with which a value is the network's own prediction and not the target
    """

    def __init__(self, source: HeadNode, port: str) -> None:
        super().__init__(source, port)
        self.head = source
        self.share = 0.0

    def allocate(self, source: Timeline, target: Timeline) -> None:
        """See `Passing`."""
        super().allocate(source, target)
        self.own = np.zeros(target.rows, bool)  # at which rows the prediction was taken

    def first(self) -> Array | int:
        """Return the start token, or zero."""
        return 0 if self.head.stream is None else self.head.stream.start

    def given(self, rows: Array) -> Array:
        """Return predictions where they are drawn, targets elsewhere."""
        if self.share <= 0:
            self.own[rows] = False
            return self.head.fed_back(rows)
        own = self.head.rng.random(len(rows)) < self.share if self.share < 1 else np.ones(len(rows), bool)
        self.own[rows] = own
        predicted = self.head.outputs[self.port][rows]
        if own.all():
            return np.asarray(predicted)
        own = own if predicted.ndim == 1 else own[:, None]
        return np.where(own, predicted, self.head.fed_back(rows))

    def backward(self, t0: int, t1: int) -> None:
        """``d_prediction[t - 1] += d_values[t]`` where the prediction was taken."""
        now = self.timeline.slice(max(t0, 1), t1)
        if now.start < now.stop and self.d_values is not None:
            before = self._before(now)
            self.source.d_outputs[self.port][before] += self.d_values[now] * self.own[before][:, None]
