"""The preferences: one page. Every choice takes effect immediately."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.errors import StudioError
from rnnstudio.engine import pool
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.document.crash_recovery import CrashRecovery
from rnnstudio.ui.document.grid import SIZES, grid
from rnnstudio.ui.document.settings import LANGUAGES, RECOVERY_MINUTES, TRACE_RATES, Settings
from rnnstudio.ui.theme.reduced_motion import ReducedMotion
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.widgets.common import heading, label
from rnnstudio.ui.widgets.spin_boxes import IntegerSpinBox
from rnnstudio.ui.widgets.text_format import without_mnemonic
from rnnstudio.ui.window.scheme_actions import SchemeActions

WIDTH = 440
FIELD = 208


class PreferencesPage(QDialog):
    """The page: shows the current choices, and emits changes.

    Signals
    -------
    chosen(str, object) : the name of a choice, and its new value
    """

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle(self.tr("Preferences"))
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(8)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._section(self.tr("Appearance"))
        self.scheme = self._choices(
            "scheme",
            self.tr("&Colours"),
            [
                ("system", self.tr("As the system")),
                ("light", self.tr("Light")),
                ("dark", self.tr("Dark")),
            ],
            self.tr("Dark, light, or as the system is"),
        )
        self.motion = self._choices(
            "motion",
            self.tr("&Motion"),
            [
                ("system", self.tr("As the system")),
                ("full", self.tr("Full")),
                ("reduced", self.tr("Reduced")),
            ],
            self.tr("Let nodes and panels glide to their places, or be there at once"),
        )
        names = {"en": "English"}  # a language is written in itself, in every language
        self.language = self._choices(
            "language",
            self.tr("&Language"),
            [(code, names[code]) for code in LANGUAGES],
            self.tr("The language of the window"),
        )
        self._section(self.tr("Canvas"))
        self.grid = self._choices(
            "grid",
            self.tr("&Grid"),
            [(size, self.tr("{0} pixels").format(size)) for size in SIZES],
            self.tr("How far apart the places are at which nodes come to rest"),
        )
        self.snaps = QCheckBox(self.tr("&Snap to the grid and to neighbours"))
        self.snaps.setToolTip(
            self.tr("Snap dragged items to the grid and to nearby items; hold Alt to drag freely")
        )
        self.snaps.setObjectName("preferences-snaps")
        self.snaps.toggled.connect(self._snaps_toggled)
        self._form.addRow("", self.snaps)
        self.shortcuts = QPushButton(self.tr("Change…"))
        self.shortcuts.setObjectName("preferences-shortcuts")
        self.shortcuts.setAccessibleName(self.tr("Change shortcuts"))
        self.shortcuts.setFixedWidth(FIELD)
        self.shortcuts.setAutoDefault(False)
        KeyTip(self.shortcuts, "help.shortcuts", self.tr("List every shortcut, and change them"))
        self._row(self.tr("S&hortcuts"), self.shortcuts)
        self._section(self.tr("Files"))
        minutes = {
            0: self.tr("Off"),
            1: self.tr("Every minute"),
            5: self.tr("Every 5 minutes"),
        }
        self.recovery = self._choices(
            "recovery",
            self.tr("&Recovery copies"),
            [(every, minutes[every]) for every in RECOVERY_MINUTES],
            self.tr("Keep a copy of unsaved changes, which is offered after a crash"),
        )
        self._section(self.tr("Training"))
        self.threads = IntegerSpinBox()
        self.threads.setObjectName("preferences-threads")
        self.threads.setRange(1, most_threads())
        self.threads.setFixedWidth(FIELD)
        self.threads.setToolTip(self.tr("Threads that take part in a training step, from the next run on"))
        self.threads.setAccessibleName(self.tr("Threads"))
        self.threads.valueChanged.connect(self._threads_changed)
        self.threads.refused.connect(self._refuse)
        self._row(self.tr("&Threads"), self.threads)
        self.trace_rate = self._choices(
            "trace_rate",
            self.tr("&Plot updates per second"),
            [(rate, self.tr("At most {0}").format(rate)) for rate in TRACE_RATES],
            self.tr("How often the plots of gates, states and gradients are updated while training"),
        )
        note = label(
            self.tr("The same number of threads gives the same weights to the bit; another one may not."),
            "quiet",
        )
        note.setWordWrap(True)
        self.problem = label("", "danger")
        self.problem.setWordWrap(True)
        self.problem.hide()
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.close)
        button = close.button(QDialogButtonBox.StandardButton.Close)
        button.setText(self.tr("Close"))
        button.setToolTip(self.tr("Close the preferences (Esc)"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(self._form)
        column.addWidget(self.problem)
        column.addWidget(note)
        column.addStretch(1)
        column.addWidget(close)
        self.setMinimumWidth(WIDTH)

    def show_values(self, settings: Settings) -> None:
        """Show the current choices without emitting signals."""
        for box, value in (
            (self.scheme, settings.scheme),
            (self.motion, settings.motion),
            (self.language, settings.language),
            (self.grid, settings.grid),
            (self.recovery, settings.recovery),
            (self.trace_rate, settings.trace_rate),
        ):
            box.setCurrentIndex(box.findData(value))
        for field in (self.snaps, self.threads):
            field.blockSignals(True)
        self.snaps.setChecked(settings.snaps)
        self.threads.setValue(settings.threads if settings.threads is not None else threads_of_environment())
        for field in (self.snaps, self.threads):
            field.blockSignals(False)

    # ------------------------------------------------------------------------------- building

    def _section(self, words: str) -> None:
        made = heading(words)
        if self._form.rowCount():
            made.setContentsMargins(0, 10, 0, 0)
        self._form.addRow(made)

    def _row(self, words: str, field: QWidget) -> None:
        name = label(words)
        name.setBuddy(field)
        self._form.addRow(name, field)

    def _choices(self, name: str, words: str, values: list[tuple[object, str]], tip: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(f"preferences-{name}")
        box.setAccessibleName(without_mnemonic(words))
        box.setToolTip(tip)
        box.setFixedWidth(FIELD)
        for value, title in values:
            box.addItem(title, value)
        box.activated.connect(self._activated)
        self._row(words, box)
        return box

    # ------------------------------------------------------------------------------- reactions

    def _activated(self, index: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            self.chosen.emit(box.objectName().removeprefix("preferences-"), box.itemData(index))

    def _snaps_toggled(self, on: bool) -> None:
        self.chosen.emit("snaps", on)

    def _threads_changed(self, threads: int) -> None:
        self.problem.hide()
        self.chosen.emit("threads", threads)

    def _refuse(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.show()


class PreferencesController(QObject):
    """Saves and applies the choices.

    Signals
    -------
    shortcuts_requested() : the page of all shortcuts was asked for
    """

    shortcuts_requested = Signal()

    def __init__(
        self,
        window: QWidget,
        canvas: CanvasView,
        session: TrainingSession,
        recovery: CrashRecovery,
        view: SchemeActions,
        motion: ReducedMotion,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._canvas, self._session = window, canvas, session
        self._recovery, self._view, self._motion, self._settings = recovery, view, motion, settings
        self.page: PreferencesPage | None = None
        view.scheme_chosen.connect(self._refresh)
        self._apply()

    def show(self) -> None:
        """Show the page."""
        if self.page is None:
            self.page = PreferencesPage(self._window)
            self.page.chosen.connect(self._choose)
            self.page.shortcuts.clicked.connect(self.shortcuts_requested)
        self._refresh()
        self.page.show()
        self.page.raise_()
        self.page.activateWindow()
        self.page.scheme.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        if self.page is not None:
            self.page.show_values(self._settings)

    def _choose(self, name: str, value: object) -> None:
        settings = self._settings
        if name == "scheme":
            self._view.choose(str(value))
        else:
            setattr(settings, name, value)
            self._apply()
        settings.save()

    def _apply(self) -> None:
        settings = self._settings
        if grid.set(settings.grid, snaps=settings.snaps):
            self._canvas.resetCachedContent()
            self._canvas.viewport().update()
        self._motion.choose(settings.motion)
        self._recovery.set_interval(settings.recovery)
        self._session.configure(settings.threads, settings.trace_rate)


def most_threads() -> int:
    """Return the useful maximum of threads: the number of cores."""
    return max(1, min(os.cpu_count() or 1, pool.MOST))


def threads_of_environment() -> int:
    """Return the default number of training threads."""
    try:
        return pool.count()
    except StudioError:  # the run itself says what is wrong with the variable
        return 1
