"""Limits the rate of telemetry: steps are collected, and traces are recorded only when they can be sent."""

from __future__ import annotations

import math

import numpy as np

from rnnstudio.worker.payloads import Array

FRAME_INTERVAL = 1 / 20  # seconds between frames, at least
TRACE_INTERVAL = 1 / 5  # seconds between traces by default
TRACE_SHARE = 0.03  # of the training time that traces may take
MAX_TRACE_INTERVAL = 5.0  # seconds between traces, at most
MAX_PENDING = 20_000  # steps; with more, every second one is dropped
SMOOTHING = 2.0  # seconds over which the speed is averaged


class PendingSteps:
    """The steps of the next frame, and the time at which it can be sent.

    At most one frame is unacknowledged; until the window acknowledges it, steps are collected here. Times
    are seconds of ``time.monotonic()``.
    """

    def __init__(self, trace_interval: float = TRACE_INTERVAL) -> None:
        self.trace_interval = trace_interval  # seconds between traces, at least
        self._rows: list[tuple[int, float, float, float]] = []
        self._stride, self._seen = 1, 0
        self._number = 0
        self._unacknowledged: int | None = None
        self._next_frame = -math.inf
        self._next_traces = -math.inf
        self.stale = False  # whether the weights have changed since the last traces

    def add(self, step: int, loss: float, grad_norm: float, clipped_norm: float) -> None:
        """Add a step to the next frame."""
        self.stale = True
        self._seen += 1
        if self._seen % self._stride:
            return
        self._rows.append((step, loss, grad_norm, clipped_norm))
        if len(self._rows) > MAX_PENDING:
            del self._rows[-2::-2]  # the newest is always kept
            self._stride *= 2

    def acknowledge(self, number: int) -> None:
        """Record that the window has shown frame ``number``."""
        if number == self._unacknowledged:
            self._unacknowledged = None

    def seconds_until_frame(self, now: float, traces: bool) -> float | None:
        """Return the seconds until a frame can be sent; None if there is nothing to send.

        ``traces`` tells whether any channel is subscribed to.
        """
        if self._unacknowledged is not None:
            return None
        if self._rows:
            return max(0.0, self._next_frame - now)
        if traces and self.stale:
            return max(0.0, self._next_frame - now, self._next_traces - now)
        return None

    def has_unsent(self, traces: bool) -> bool:
        """Return whether there are steps or traces to send; ``traces`` is as in `seconds_until_frame`."""
        return bool(self._rows) or (traces and self.stale)

    def can_record(self, now: float) -> bool:
        """Return whether traces are stale and can be recorded now."""
        return self.stale and now >= self._next_traces

    def record_cost(self, now: float, seconds: float) -> None:
        """Record that traces were recorded, and how long that took."""
        self.stale = False
        self._next_traces = now + max(self.trace_interval, min(seconds / TRACE_SHARE, MAX_TRACE_INTERVAL))

    def reset_trace_interval(self) -> None:
        """Ignore the cost of the last traces, because training is paused."""
        self._next_traces = min(self._next_traces, self._next_frame + self.trace_interval)

    def take(self, now: float) -> tuple[int, Array, Array, Array, Array]:
        """Remove the pending steps; return the number of their frame and its columns."""
        steps = np.array([row[0] for row in self._rows], np.int64)
        values = np.array([row[1:] for row in self._rows], np.float64).reshape(-1, 3)
        self._rows.clear()
        self._stride = 1
        self._number += 1
        self._unacknowledged = self._number
        self._next_frame = now + FRAME_INTERVAL
        loss, grad_norm, clipped_norm = (Array.of(column) for column in values.T)
        return self._number, Array.of(steps), loss, grad_norm, clipped_norm


class Speed:
    """Training steps per second, averaged over the last seconds without pauses."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._last: float | None = None

    def pause(self) -> None:
        """Exclude the time until the next step."""
        self._last = None

    def begin(self, now: float) -> None:
        """Record the beginning of a step that does not directly follow another."""
        if self._last is None:
            self._last = now

    def step(self, now: float) -> None:
        """Record the end of a step."""
        if self._last is not None:
            passed = max(now - self._last, 1e-9)
            share = 1.0 - math.exp(-passed / SMOOTHING) if self._seconds else 1.0
            self._seconds += share * (passed - self._seconds)
        self._last = now

    @property
    def steps_per_second(self) -> float:
        """Steps per second; 0 before the first step."""
        return 1.0 / self._seconds if self._seconds else 0.0

    def seconds_left(self, steps: int) -> float:
        """Estimate the seconds that ``steps`` more steps take."""
        return steps * self._seconds
