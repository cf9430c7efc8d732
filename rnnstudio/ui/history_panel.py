"""The list of all that was done, to jump in: click a row, or go there by arrows."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFrame, QUndoView, QWidget

from rnnstudio.ui import icons
from rnnstudio.ui.theme import themes


class HistoryPanel(QUndoView):
    """The undo stack as a list; its first row is the design as it was opened."""

    def __init__(self, stack: QUndoStack, parent: QWidget | None = None) -> None:
        super().__init__(stack, parent)
        self.setObjectName("history")
        self.setAccessibleName(self.tr("History"))
        self.setToolTip(self.tr("Choose a row to go back, or forward, to after that edit"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEmptyLabel(self.tr("As it was opened"))
        self.setMouseTracking(True)
        self.setIconSize(QSize(12, 12))
        themes.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.setCleanIcon(icons.icon("check", "quiet"))  # the row that was saved
