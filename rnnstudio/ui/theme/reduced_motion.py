"""Whether moves are animated: as the desktop asks, always, or never."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusPendingCallWatcher

CHOICES = ("system", "full", "reduced")
_PORTAL = "org.freedesktop.portal.Desktop"
_SETTING = ["org.freedesktop.appearance", "reduced-motion"]  # 1 where motion shall be reduced
_EFFECTS = [effect for effect in Qt.UIEffect if effect is not Qt.UIEffect.UI_General]


class ReducedMotion(QObject):
    """The setting and the desktop's preference.

    Signals
    -------
    changed(bool) : whether things move, where that is new
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = "system"
        self._system_reduces = False
        self._moves = True
        self._effects = {effect for effect in _EFFECTS if QApplication.isEffectEnabled(effect)}

    @property
    def is_animated(self) -> bool:
        """Whether moves are animated."""
        return self._moves

    def choose(self, choice: str) -> None:
        """Choose one of `CHOICES`."""
        self._choice = choice
        self._follow()

    def follow_system(self) -> None:
        """Query the desktop now, and whenever the application becomes active."""
        application = QGuiApplication.instance()
        if sys.platform == "linux" and isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._come_back)
            self._ask()

    def _come_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._ask()

    def _ask(self) -> None:
        """Query the settings portal. Without an answer, motion is not reduced."""
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher  # not for the start

        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return
        call = QDBusMessage.createMethodCall(
            _PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "ReadOne"
        )
        call.setArguments(_SETTING)
        watcher = QDBusPendingCallWatcher(bus.asyncCall(call), self)
        watcher.finished.connect(self._answered)

    def _answered(self, watcher: QDBusPendingCallWatcher) -> None:
        values = watcher.reply().arguments() if not watcher.isError() else []
        watcher.deleteLater()
        self.set_system_choice(reduced=bool(values and values[0].variant() == 1))

    def set_system_choice(self, *, reduced: bool) -> None:
        """Set the desktop's preference."""
        self._system_reduces = reduced
        self._follow()

    def _follow(self) -> None:
        moves = self._choice == "full" or (self._choice == "system" and not self._system_reduces)
        if moves == self._moves:
            return
        self._moves = moves
        for effect in self._effects:
            QApplication.setEffectEnabled(effect, moves)
        self.changed.emit(moves)
