"""The colour scheme actions of the View menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.theme.theme import SCHEMES, themes
from rnnstudio.ui.window.menus import Actions


class SchemeActions(QObject):
    """Sets the colour scheme.

    Signals
    -------
    scheme_chosen() : the person chose dark, light or as the system is
    """

    scheme_chosen = Signal()

    def __init__(self, settings: Settings, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings, self._actions = settings, actions
        self._check()

    def system(self) -> None:
        """Follow the system's colours."""
        self.choose("system")

    def light(self) -> None:
        """Use the light scheme."""
        self.choose("light")

    def dark(self) -> None:
        """Use the dark scheme."""
        self.choose("dark")

    def choose(self, scheme: str) -> None:
        """Use a colour scheme, now and at later starts."""
        self._settings.scheme = scheme
        themes.set_scheme(scheme)
        self._check()
        self.scheme_chosen.emit()

    def _check(self) -> None:
        for scheme in SCHEMES:
            self._actions[f"view.{scheme}"].setChecked(scheme == themes.scheme)
