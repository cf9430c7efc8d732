"""The about page: version, environment and licences."""

from __future__ import annotations

import platform

import numpy as np
from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

import rnnstudio
from rnnstudio.resources import path
from rnnstudio.ui.theme import fonts, icons
from rnnstudio.ui.widgets.common import label

_ICON = 48  # logical pixels


def licences() -> str:
    """Return the licence texts of all bundled resources."""
    root = path()
    files = sorted(file for pattern in ("LICENCE*", "LICENSE*") for file in root.rglob(pattern))
    parts = []
    for file in files:
        where = file.parent.relative_to(root).as_posix()
        parts.append(f"{where}\n{'=' * len(where)}\n\n{file.read_text(encoding='utf-8').strip()}")
    return "\n\n\n".join(parts)


class AboutPage(QDialog):
    """Version, environment (to be copied into a bug report) and licences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(self.tr("About RNN Studio"))
        self.resize(560, 480)
        picture = QLabel()
        picture.setPixmap(icons.application().pixmap(_ICON, _ICON))
        name = label(f"RNN Studio {rnnstudio.__version__}", font=fonts.title())
        sentence = label(self.tr("Draw a recurrent network, train it, and watch it learn."), "quiet")
        self.versions = label(
            f"Python {platform.python_version()} · Qt {qVersion()} · NumPy {np.__version__}", "quiet"
        )
        self.versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.licences = QPlainTextEdit(licences())
        self.licences.setReadOnly(True)
        self.licences.setFont(fonts.code())
        self.licences.setAccessibleName(self.tr("Licences"))
        self.licences.setTabChangesFocus(True)
        close = QPushButton(self.tr("Close"))
        close.setToolTip(self.tr("Close (Esc)"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        words = QVBoxLayout()
        words.setSpacing(2)
        for each in (name, sentence, self.versions):
            words.addWidget(each)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture)
        head.addLayout(words, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(12)
        box.addLayout(head)
        box.addWidget(label(self.tr("Licences of bundled software"), "quiet", fonts.small_caps()))
        box.addWidget(self.licences, 1)
        box.addLayout(foot)
        close.setFocus()
