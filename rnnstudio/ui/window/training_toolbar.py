"""The training toolbar: document, undo, training buttons, progress and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import ActionButton, ElidedLabel, label, line, set_role
from rnnstudio.ui.widgets.text_format import format_loss, format_metric
from rnnstudio.ui.window.menus import Actions

PROGRESS_PARTS = 1000


def format_time(seconds: float) -> str:
    """Return a time as ``1:12`` or ``2:05:07``."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class TrainingToolbar(QWidget):
    """The toolbar. Its buttons trigger actions."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training-bar")
        set_role(self, "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions = actions
        self._unit = ""

        self.name = ElidedLabel()
        self.name.setObjectName("document-name")
        self.name.setFont(fonts.strong())
        self.name.setMaximumWidth(240)
        self.edited = label(self.tr("edited"), "quiet")
        self.edited.setObjectName("document-edited")
        self.edited.setToolTip(self.tr("The design has changes that are not saved"))
        self.run = ActionButton(actions["train.run"], icon_name="train", token="on_accent")
        self.run.setObjectName("train-button")
        set_role(self.run, "primary")
        self.step = ActionButton(actions["train.step"], icon_name="step")
        self.step.setObjectName("step-button")
        self.stop = ActionButton(actions["train.stop"], icon_name="stop")
        self.stop.setObjectName("stop-button")
        self.epoch = label("", "quiet")
        self.epoch.setObjectName("epoch")
        self.progress = QProgressBar()
        self.progress.setRange(0, PROGRESS_PARTS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.setMinimumWidth(72)
        self.progress.setMaximumWidth(176)
        self.progress.setAccessibleName(self.tr("Progress of training"))
        self.left = label("", "quiet")
        self.left.setObjectName("time-left")
        self.figures = RunMetrics()

        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 12, 7)
        row.setSpacing(8)
        row.addWidget(self.name)
        row.addWidget(self.edited)
        row.addSpacing(2)
        row.addWidget(line(vertical=True))
        row.addWidget(ActionButton(actions["edit.undo"], icon_name="undo", text=False))
        row.addWidget(ActionButton(actions["edit.redo"], icon_name="redo", text=False))
        row.addWidget(line(vertical=True))
        row.addSpacing(2)
        for button in (self.run, self.step, self.stop):
            row.addWidget(button)
        row.addSpacing(2)
        self._progress_line = line(vertical=True)
        row.addWidget(self._progress_line)
        row.addSpacing(2)
        row.addWidget(self.epoch)
        row.addWidget(self.progress, 1)
        row.addWidget(self.left)
        row.addStretch(2)
        row.addWidget(self.figures)
        self.clear()

    def set_document(self, name: str, *, edited: bool) -> None:
        """Show the document's name and whether it has unsaved changes."""
        self.name.setText(name)
        self.name.updateGeometry()
        self.edited.setVisible(edited)

    def set_running(self, state: str) -> None:
        """Show the state of the session on the button that trains."""
        if state == "training":
            self._actions.set_words(
                "train.run", self.tr("&Pause"), self.tr("Pause between two training steps")
            )
            self.run.set_icon("pause", "on_accent")
        elif state == "paused":
            self._actions.set_words("train.run", self.tr("&Resume"), self.tr("Go on with training"))
            self.run.set_icon("train", "on_accent")
        else:
            self._actions.set_words(
                "train.run", self.tr("&Train"), self.tr("Train the network from its seed")
            )
            self.run.set_icon("train", "on_accent")

    def clear(self) -> None:
        """Clear the display of a run."""
        for part in (self._progress_line, self.epoch, self.progress, self.left):
            part.hide()
        self.figures.clear()

    def set_progress(self, epoch: int, epochs: int, share: float, seconds_left: float | None) -> None:
        """Show the progress of a run: ``share`` from 0 to 1; no remaining time if it is unknown."""
        self.epoch.setText(self.tr("epoch {0} of {1}").format(epoch, epochs))
        self.progress.setValue(round(min(max(share, 0.0), 1.0) * PROGRESS_PARTS))
        known = seconds_left is not None and 0.0 < seconds_left < 1e7
        self.left.setText(self.tr("{0} left").format(format_time(seconds_left or 0.0)) if known else "")
        for part in (self._progress_line, self.epoch, self.progress, self.left):
            part.show()


_NOTHING: Mapping[str, float | None] = MappingProxyType({})


class RunMetrics(QWidget):
    """Loss, validation loss, bits and metrics of the heads."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("figures")
        self._loss, self._validation = label(font=fonts.strong()), label(font=fonts.strong())
        self._bits, self._words = label("", "quiet"), [label(self.tr("loss"), "quiet")]
        self._words.append(label(self.tr("validation"), "quiet"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self._words[0], self._loss, self._words[1], self._validation, self._bits):
            row.addWidget(part)
        self.clear()

    def clear(self) -> None:
        """Clear the metrics."""
        self._show(self._words[0], self._loss, "")
        self._show(self._words[1], self._validation, "")
        self._bits.hide()

    def set_loss(self, loss: float) -> None:
        """Show the training loss, in nats."""
        self._show(self._words[0], self._loss, format_loss(loss))

    def set_validation(
        self,
        loss: float | None,
        bits: float | None,
        unit: str,
        metrics: Mapping[str, float | None] = _NOTHING,
    ) -> None:
        """Show the validation loss, in bits per ``unit`` too where it is in nats, and the metrics there.

        What is None is not shown.
        """
        self._show(self._words[1], self._validation, "" if loss is None else format_loss(loss))
        known = [(name, value) for name, value in metrics.items() if value is not None]
        parts = [format_metric(name, value) for name, value in known[:2]]
        if bits is not None:
            parts.insert(0, self.tr("{0} bits / {1}").format(f"{bits:.2f}", unit))
        self._bits.setText("".join(f"· {part} " for part in parts).rstrip())
        self._bits.setVisible(bool(parts))

    def text(self) -> str:
        """Return the metrics as one line."""
        parts = (self._words[0], self._loss, self._words[1], self._validation, self._bits)
        return " ".join(part.text() for part in parts if not part.isHidden())

    @staticmethod
    def _show(word: QLabel, value: QLabel, text: str) -> None:
        value.setText(text)
        value.setVisible(bool(text))
        word.setVisible(bool(text))
