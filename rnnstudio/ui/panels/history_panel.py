"""The undo history as a list. Click a row, or use the arrow keys, to go to that state."""

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
    """Rows as wide as the list. Longer text is elided, with the full text as tooltip."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Isolate right-to-left names from the text around them."""
        super().initStyleOption(option, index)
        option.text = isolated(" ".join(str(index.data()).split()))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return a size of the list's width."""
        view = self.parent()
        size = super().sizeHint(option, index)
        return QSize(view.viewport().width(), size.height()) if isinstance(view, HistoryPanel) else size


class HistoryPanel(QUndoView):
    """The undo stack as a list. The first row is the design as it was opened."""

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
        """Elide the rows again."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _apply_theme(self) -> None:
        self.setCleanIcon(icons.icon("check", "quiet"))  # the row that was saved
