"""Icons in the theme's colours: Phosphor by way of qtawesome, and a few drawings for the style sheet."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QTemporaryDir
from PySide6.QtGui import QIcon

from rnnstudio.resources import path
from rnnstudio.ui.theme import current

_PHOSPHOR = {
    "new": "ph.file-plus",
    "open": "ph.folder-open",
    "save": "ph.floppy-disk",
    "undo": "ph.arrow-bend-up-left",
    "redo": "ph.arrow-bend-up-right",
    "train": "ph.play-fill",
    "pause": "ph.pause-fill",
    "step": "ph.skip-forward-fill",
    "stop": "ph.stop-fill",
    "gallery": "ph.squares-four",
    "close": "ph.x",
    "float": "ph.arrows-out-simple",
    "copy": "ph.copy",
    "problem": "ph.warning",
    "about": "ph.info",
    "fine": "ph.check-circle",
    "export": "ph.download-simple",
    "file": "ph.file-text",
}


def icon(name: str, token: str = "text") -> QIcon:
    """Return an icon in a token's colour, greyed when disabled; ``KeyError`` for an unknown name."""
    glyph = _PHOSPHOR[name]
    import qtawesome  # 0.1 s: not before the first icon is asked for

    theme = current()
    made: QIcon = qtawesome.icon(glyph, color=getattr(theme, token), color_disabled=theme.faint)
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
    """Return the path of one of our drawings in a colour; a style sheet takes files only."""
    text = path("icons", f"{name}.svg").read_text(encoding="utf-8")
    made = Path(_folder().path()) / f"{name}-{colour.lstrip('#')}.svg"
    made.write_text(text.replace("currentColor", colour), encoding="utf-8")
    return made.as_posix()
