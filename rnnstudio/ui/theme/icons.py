"""Icons in the theme's colours, from the drawings in ``resources/icons``.

The drawings are SVG of one colour, ``currentColor``. An icon font would take 90 ms of the start to
load, more than a third of what our window may take beyond an empty one.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QSize, QTemporaryDir
from PySide6.QtGui import QIcon

from rnnstudio.resources import path
from rnnstudio.ui.theme.theme import current

_NO_SIZE = QSize()


def icon(name: str, token: str = "text") -> QIcon:
    """Return an icon in a token's colour, fainter when disabled; ``FileNotFoundError`` for an unknown one."""
    theme = current()
    made = QIcon()
    made.addFile(tinted_file(name, getattr(theme, token)))
    made.addFile(tinted_file(name, theme.faint), _NO_SIZE, QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=1)
def application() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(path("icons", "application.svg")))


@lru_cache(maxsize=1)
def _folder() -> QTemporaryDir:
    return QTemporaryDir()


@lru_cache(maxsize=128)
def tinted_file(name: str, colour: str) -> str:
    """Return the path of a drawing in a colour; style sheets and icons take files only."""
    text = path("icons", f"{name}.svg").read_text(encoding="utf-8")
    made = Path(_folder().path()) / f"{name}-{colour.lstrip('#')}.svg"
    made.write_text(text.replace("currentColor", colour), encoding="utf-8")
    return made.as_posix()
