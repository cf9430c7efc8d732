"""Telemetry at the pace of the window: numbers wait, traces are taken only when they can leave."""

from __future__ import annotations

import math

import numpy as np

from rnnstudio.worker.payloads import Array

FRAME_INTERVAL = 1 / 20  # seconds from one frame to the next, at least
TRACE_INTERVAL = 1 / 5  # seconds from one set of traces to the next, unless told otherwise
TRACE_SHARE = 0.03  # of training time that traces may cost
LONGEST_INTERVAL = 5.0  # seconds between traces, however much they cost
MOST_PENDING = 20_000  # steps that wait; past it every second one is dropped
SMOOTHING = 2.0  # seconds over which the speed is averaged


class Pending:
    """The steps that wait for the next frame, and when that may leave.

    At most one frame is under way: until the window acknowledges it, steps collect here. Times are
    ``time.monotonic()`` seconds.
    """

    def __init__(self, trace_interval: float = TRACE_INTERVAL) -> None:
        self.trace_interval = trace_interval  # seconds from one set of traces to the next, at least
        self._rows: list[tuple[int, float, float, float]] = []
        self._stride, self._seen = 1, 0
        self._number = 0
        self._under_way: int | None = None
        self._next_frame = -math.inf
        self._next_traces = -math.inf
        self.stale = False  # the traces on screen are no longer those of the weights

    def add(self, step: int, loss: float, grad_norm: float, clipped_norm: float) -> None:
        """Keep a step for the next frame."""
        self.stale = True
        self._seen += 1
        if self._seen % self._stride:
            return
        self._rows.append((step, loss, grad_norm, clipped_norm))
        if len(self._rows) > MOST_PENDING:
            del self._rows[-2::-2]  # the newest always stays
            self._stride *= 2

    def acknowledge(self, number: int) -> None:
        """Note that the window has shown frame ``number``."""
        if number == self._under_way:
            self._under_way = None

    def wait(self, now: float, traces: bool) -> float | None:
        """Return the seconds until a frame may leave, or ``None`` while there is no reason to wait.

        ``traces`` tells whether anyone watches traces.
        """
        if self._under_way is not None:
            return None
        if self._rows:
            return max(0.0, self._next_frame - now)
        if traces and self.stale:
            return max(0.0, self._next_frame - now, self._next_traces - now)
        return None

    def unsent(self, traces: bool) -> bool:
        """Return whether the window has not seen all that it wants to; ``traces`` as for `wait`."""
        return bool(self._rows) or (traces and self.stale)

    def can_record(self, now: float) -> bool:
        """Return whether traces are out of date and may be taken now."""
        return self.stale and now >= self._next_traces

    def record_cost(self, now: float, seconds: float) -> None:
        """Note that traces were taken, and what they cost."""
        self.stale = False
        self._next_traces = now + max(self.trace_interval, min(seconds / TRACE_SHARE, LONGEST_INTERVAL))

    def hurry(self) -> None:
        """Let traces be taken at the usual pace whatever they cost: nothing else is running."""
        self._next_traces = min(self._next_traces, self._next_frame + self.trace_interval)

    def take(self, now: float) -> tuple[int, Array, Array, Array, Array]:
        """Empty the waiting steps into a frame; return its number and columns."""
        steps = np.array([row[0] for row in self._rows], np.int64)
        values = np.array([row[1:] for row in self._rows], np.float64).reshape(-1, 3)
        self._rows.clear()
        self._stride = 1
        self._number += 1
        self._under_way = self._number
        self._next_frame = now + FRAME_INTERVAL
        loss, grad_norm, clipped_norm = (Array.of(column) for column in values.T)
        return self._number, Array.of(steps), loss, grad_norm, clipped_norm


class Speed:
    """Training steps a second, averaged over the last seconds; pauses do not count."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._last: float | None = None

    def pause(self) -> None:
        """Forget when the last step ended."""
        self._last = None

    def begin(self, now: float) -> None:
        """Note that a step begins, if none came directly before it."""
        if self._last is None:
            self._last = now

    def step(self, now: float) -> None:
        """Note that a step has ended."""
        if self._last is not None:
            passed = max(now - self._last, 1e-9)
            share = 1.0 - math.exp(-passed / SMOOTHING) if self._seconds else 1.0
            self._seconds += share * (passed - self._seconds)
        self._last = now

    @property
    def steps_per_second(self) -> float:
        """Steps a second; 0 before the first step."""
        return 1.0 / self._seconds if self._seconds else 0.0

    def seconds_left(self, steps: int) -> float:
        """Return the seconds that ``steps`` more steps will take."""
        return steps * self._seconds
