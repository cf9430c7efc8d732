"""What the first picture of the window does without: made after it, or when it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal


class DeferredStartup(QObject):
    """Steps that are taken one a turn of the event loop, or all at once where somebody needs them.

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
        """Take the first step in ``delay`` milliseconds, and the others after it."""
        if self._steps:
            self._timer.start(delay)

    def finish(self) -> None:
        """Take every step that is left, now."""
        while self._steps:
            self._take()

    def stop(self) -> None:
        """Take none any more."""
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
