"""Startup steps that the first frame does not need. They run after it, or when needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal


class DeferredStartup(QObject):
    """Runs steps one per turn of the event loop, or all at once when they are needed.

    Signals
    -------
    done() : the last step has been taken
    """

    done = Signal()

    def __init__(self, steps: Iterable[Callable[[], None]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = deque(steps)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._take)

    def start(self, delay: int) -> None:
        """Run the first step after ``delay`` milliseconds, and then the others."""
        if self._steps:
            self._timer.start(delay)

    def finish(self) -> None:
        """Run all remaining steps now."""
        while self._steps:
            self._take()

    def stop(self) -> None:
        """Cancel the remaining steps."""
        self._steps.clear()
        self._timer.stop()

    def _take(self) -> None:
        if not self._steps:
            return
        self._steps.popleft()()
        if self._steps:
            self._timer.start(0)
        else:
            self._timer.stop()
            self.done.emit()
