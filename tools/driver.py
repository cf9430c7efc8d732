"""Drives the real window and its training process, for screenshots and benchmarks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from rnnstudio.design.model import Design
from rnnstudio.ui.app.studio import application, build
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.window.main_window import FIRST_SIZE
from rnnstudio.worker import messages as m


class Driver:
    """A window with temporary settings.

    Attributes
    ----------
    frames, steps : int
        Telemetry frames and training steps that have arrived at the window.
    """

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="rnnstudio-")
        os.environ["XDG_DATA_HOME"] = self._home.name  # ignore recovery copies of the user
        self.application = application()
        self.studio = build(settings=Settings(Path(self._home.name) / "settings.ini"))
        self.window = self.studio.window
        self.window.resize(FIRST_SIZE)
        self.window.may_close = always
        self.shown: QWidget | None = None  # what is drawn instead of the window
        self.frames = self.steps = 0
        self.studio.session.frame.connect(self._count)

    def _count(self, frame: m.Frame) -> None:
        self.frames += 1
        self.steps += len(frame.step.numpy())

    def wait(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Run the event loop until ``ready()``; `TimeoutError` naming ``what`` if it takes too long."""
        loop, poll, end = QEventLoop(), QTimer(), QTimer()
        poll.timeout.connect(lambda: loop.quit() if ready() else None)
        end.timeout.connect(loop.quit)
        end.setSingleShot(True)
        poll.start(10)
        end.start(round(1000 * seconds))
        if not ready():
            loop.exec()
        if not ready():
            raise TimeoutError(f"{what} did not happen within {seconds:g} s.")

    def spin(self, seconds: float) -> None:
        """Run the event loop for a while."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def idle(self) -> None:
        """Wait until the training process is ready and idle."""
        self.wait(lambda: self.studio.session.state == "idle", 30, "An idle training process")

    def open(self, design: Design) -> None:
        """Replace the design on the canvas."""
        self.studio.document.undo_stack.setIndex(0)  # so that no dialog asks about unsaved changes
        self.studio.weights.clear()
        self.studio.files.open_template(design)
        self.application.processEvents()
        document = self.studio.document
        self.wait(lambda: not document.is_reading_data, 60, "The reading of the data")
        self.application.processEvents()

    def train(self) -> None:
        """Press Train and wait for the first steps to be shown."""
        self.steps = self.frames = 0
        self.studio.actions["train.run"].trigger()
        self.wait(lambda: self.steps > 0, 60, "The first training step")

    def stop(self) -> None:
        """End the run and wait until it is over."""
        if self.studio.session.is_running:
            self.studio.actions["train.stop"].trigger()
            self.wait(lambda: not self.studio.session.is_running, 30, "The end of the run")

    def close(self) -> None:
        """Close the window and its training process."""
        self.window.close()
        self._home.cleanup()


def always() -> bool:
    """Allow the window to close without a question."""
    return True


def drag_to(widget: QWidget, *points: QPoint) -> None:
    """Move the pointer over a widget with the left button held."""
    for at in points:
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(widget.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QCoreApplication.sendEvent(widget, event)
