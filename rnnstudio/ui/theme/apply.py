"""Applies the theme to the application: style, palette, font and style sheet."""

from __future__ import annotations

from functools import cache

from PySide6.QtWidgets import QApplication

from rnnstudio.ui.theme import fonts, stylesheet
from rnnstudio.ui.theme.theme import current, palette, themes


def install() -> None:
    """Apply the theme, and follow its changes and the system from now on."""
    themes.follow_system()
    _connect()
    apply()


def apply() -> None:
    """Apply style, palette, font and style sheet of the current theme."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    app.setStyle("Fusion")
    app.setPalette(palette(current()))
    app.setFont(fonts.body())
    app.setStyleSheet(stylesheet.text(current()))


@cache
def _connect() -> None:
    """Connect once, before any widget does: when these hear of a change, the palette is the new one."""
    themes.changed.connect(apply)
