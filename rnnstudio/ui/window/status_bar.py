"""The status bar: training state, network size, problems and last save."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QPointF, QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStatusBar, QWidget

from rnnstudio.design.problems import Report
from rnnstudio.ui.theme.theme import color, themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import label, set_role
from rnnstudio.ui.widgets.screen_reader import announce
from rnnstudio.ui.widgets.text_format import tooltip, truncated

_TOKENS = {
    "starting": "warning",
    "idle": "faint",
    "training": "success",
    "paused": "warning",
    "failed": "danger",
}

_SENTENCE_TIME = 6_000  # ms
_LONGEST = 300  # characters of a sentence, which stands on one line


class Dot(QWidget):
    """A coloured dot. The text beside it says the same."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(QSize(10, 16))
        self._token = "faint"
        themes.changed.connect(self.update)

    def set_token(self, token: str) -> None:
        """Show a colour of the theme."""
        self._token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color(self._token))
        painter.setBrush(color(self._token))
        painter.drawEllipse(QPointF(4.5, self.height() / 2), 3.0, 3.0)


class StatusBar(QStatusBar):
    """The bar at the bottom of the window.

    Signals
    -------
    problems_requested() : the person wants to see the first problem
    """

    problems_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self._saved_at: float | None = None
        self._state, self._speed = "starting", 0.0
        self._waits = self._dtype = self._kernel = self._told = ""
        self.dot = Dot()
        self.engine = label("", "quiet")
        self.engine.setObjectName("engine-state")
        self.weights = label("", "quiet")
        self.precision = label("", "quiet")
        self.problems = QPushButton()
        self.problems.setObjectName("problems")
        set_role(self.problems, "plain")
        self.problems.setContentsMargins(0, 0, 0, 0)
        self.problems.hide()
        self.problems.clicked.connect(self.problems_requested)
        self.saved = label("", "quiet")
        self.saved.setObjectName("saved")
        self.setContentsMargins(8, 0, 0, 0)
        self.addWidget(self.dot)
        for part in (self.engine, self.weights, self.precision):
            part.setContentsMargins(0, 0, 12, 0)
            self.addWidget(part)
        self.addPermanentWidget(self.problems)
        self.saved.setContentsMargins(6, 0, 12, 0)
        self.addPermanentWidget(self.saved)
        self._clock = QTimer(self)
        self._clock.setInterval(10_000)
        self._clock.timeout.connect(self._say_saved)
        self._say_engine()

    def report(self, sentence: str) -> None:
        """Show a sentence for a few seconds."""
        sentence = truncated(" ".join(truncated(sentence).split()), _LONGEST)
        self.showMessage(sentence, _SENTENCE_TIME)
        announce(self, sentence)

    def set_state(self, state: str) -> None:
        """Show the state of training."""
        new, self._state, self._waits = state != self._state, state, ""
        if state != "training":
            self._speed = 0.0
        self._say_engine()
        if new:
            announce(self, self.engine.text())

    def set_speed(self, steps_per_second: float) -> None:
        """Show the training speed."""
        self._speed = steps_per_second
        self._say_engine()

    def set_waiting(self, sentence: str) -> None:
        """Show what training waits for, until it continues."""
        waits = sentence.rstrip(".")
        if waits != self._waits:
            self._waits = waits
            self._say_engine()

    def set_kernel(self, kernel: str) -> None:
        """Show the kernel of the cells: "numba" (compiled) or "numpy"."""
        words = {"numba": self.tr("compiled"), "numpy": self.tr("NumPy")}
        self._kernel = words.get(kernel, kernel)
        tips = {
            "numba": self.tr("The cells run compiled to machine code"),
            "numpy": self.tr(
                "The cells run in NumPy; with llvmlite and SciPy installed they would be faster"
            ),
        }
        self.precision.setToolTip(tips.get(kernel, ""))
        self._say_precision()

    def set_network(self, report: Report, nodes: int, dtype: str) -> None:
        """Show the size of the network and its number of problems; nothing for an empty one."""
        weights = self.tr("{0} weights").format(f"{sum(report.weights.values()):,}")
        self.weights.setText(weights if nodes else "")  # not hidden: the bar itself hides it under a message
        self._dtype = dtype
        self._say_precision()
        errors = sum(problem.severity == "error" for problem in report.problems)
        notes = sum(problem.severity == "warning" for problem in report.problems)
        reading = any(problem.code == "reading-data" for problem in report.problems)
        told = self.tr("reading the data…") if reading else _problems(errors, notes)
        self.problems.setText(f"{_nodes(nodes)} · {told}")
        if told != self._told and nodes:
            announce(self, told)
        self._told = told
        self.problems.setVisible(nodes > 0)
        self.problems.setEnabled(bool(report.problems))
        self.problems.setToolTip(
            tooltip(translated(report.problems[0])) if report.problems else self.tr("The network can train.")
        )

    def set_saved(self, at: float | None, path: str = "") -> None:
        """Show when the design was saved (``time.time``), or that it was not."""
        self._saved_at = at
        self.saved.setToolTip(tooltip(path))
        if at is None:
            self._clock.stop()
        else:
            self._clock.start()
        self._say_saved()

    def _say_precision(self) -> None:
        self.precision.setText(" · ".join(part for part in (self._dtype, self._kernel) if part))

    def _say_engine(self) -> None:
        words = {
            "starting": self.tr("engine starting"),
            "idle": self.tr("engine ready"),
            "training": self.tr("training"),
            "paused": self.tr("paused"),
            "failed": self.tr("engine stopped"),
        }[self._state]
        if self._waits:
            words = self._waits
        elif self._speed > 0.0:
            speed = f"{self._speed:.0f}" if self._speed >= 10 else f"{self._speed:.1f}"
            words += " · " + self.tr("{0} steps/s").format(speed)
        self.engine.setText(words)
        self.dot.set_token(_TOKENS[self._state])

    def _say_saved(self) -> None:
        if self._saved_at is None:
            self.saved.setText(self.tr("not saved yet"))
            return
        minutes = int((time.time() - self._saved_at) / 60)
        if minutes < 1:
            self.saved.setText(self.tr("saved just now"))
        elif minutes < 60:
            self.saved.setText(self.tr("saved {0} min ago").format(minutes))
        else:
            at = time.strftime("%H:%M", time.localtime(self._saved_at))
            self.saved.setText(self.tr("saved at {0}").format(at))


def _nodes(count: int) -> str:
    if count == 1:
        return QCoreApplication.translate("Status", "1 node")
    return QCoreApplication.translate("Status", "{0} nodes").format(count)


def _problems(errors: int, notes: int) -> str:
    if errors == 1:
        return QCoreApplication.translate("Status", "1 problem")
    if errors:
        return QCoreApplication.translate("Status", "{0} problems").format(errors)
    if notes:
        return QCoreApplication.translate("Status", "can train, {0} remarks").format(notes)
    return QCoreApplication.translate("Status", "no problems")
