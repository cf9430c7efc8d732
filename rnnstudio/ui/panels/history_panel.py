"""The list of all that was done, to jump in: click a row, or go there by arrows."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QResizeEvent, QUndoStack
from PySide6.QtWidgets import (
    QFrame,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QUndoView,
    QWidget,
)

from rnnstudio.ui.theme import icons
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import isolated


class _Rows(QStyledItemDelegate):
    """Rows as wide as the list: what is longer is shortened, and whole in its tooltip."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Let names that are written from the right keep their direction to themselves."""
        super().initStyleOption(option, index)
        option.text = isolated(" ".join(str(index.data()).split()))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a row of the list's width."""
        view = self.parent()
        size = super().sizeHint(option, index)
        return QSize(view.viewport().width(), size.height()) if isinstance(view, HistoryPanel) else size


class HistoryPanel(QUndoView):
    """The undo stack as a list; its first row is the design as it was opened."""

    def __init__(self, stack: QUndoStack, parent: QWidget | None = None) -> None:
        super().__init__(stack, parent)
        self.setObjectName("history")
        self.setAccessibleName(self.tr("History"))
        self.setToolTip(self.tr("Choose a row to go back, or forward, to after that edit"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(_Rows(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEmptyLabel(self.tr("As it was opened"))
        self.setMouseTracking(True)
        self.setIconSize(QSize(12, 12))
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the rows anew."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _apply_theme(self) -> None:
        self.setCleanIcon(icons.icon("check", "quiet"))  # the row that was saved
