"""The rows of the palette. Each can be dragged as its node kind."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QMenu, QWidget

from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.items.node_thumbnail import paint_miniature
from rnnstudio.ui.canvas.node_mime import KIND_MIME, DraggedNode
from rnnstudio.ui.palette.palette_delegate import SPEC_ROLE, USER_CELL_ROLE, PaletteDelegate
from rnnstudio.ui.palette.user_cells import UserCell


class KindList(QListWidget):
    """The list of node kinds. A row is dragged as its node kind.

    Signals
    -------
    removal_requested(str) : the user's own cell of that title shall go
    """

    removal_requested = Signal(str)
    heading_pressed = Signal(object)  # the heading's row

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette-list")
        self.setItemDelegate(PaletteDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.remove_action = self.menu.addAction(self.tr("Remove from the palette"))
        self.remove_action.setToolTip(self.tr("Designs that use this cell keep its equations"))
        self.remove_action.triggered.connect(self._remove)

    def mimeTypes(self) -> list[str]:
        """Return the MIME type of dragged rows."""
        return [KIND_MIME]

    def mimeData(self, items: object) -> QMimeData:
        """Return the kind of the dragged row, with title and parameters of its node."""
        data = QMimeData()
        spec, own = self.spec_of(self.currentItem()), self.user_cell_of(self.currentItem())
        if spec is not None:
            data.setData(KIND_MIME, spec.kind.encode())
        if own is not None:
            DraggedNode(own.title, own.params).put(data)
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the row with its icon beside the pointer."""
        spec = self.spec_of(self.currentItem())
        if spec is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData(None))
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(QSize(24, 20) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_miniature(painter, spec, QPointF(0.0, 10.0))
        painter.end()
        drag.setPixmap(pixmap)
        drag.exec(Qt.DropAction.CopyAction)

    @staticmethod
    def spec_of(item: QListWidgetItem | None) -> NodeSpec | None:
        """Return the node kind of a row; None for a heading."""
        spec = item.data(SPEC_ROLE) if item is not None else None
        return spec if isinstance(spec, NodeSpec) else None

    @staticmethod
    def user_cell_of(item: QListWidgetItem | None) -> UserCell | None:
        """Return the user cell of a row, or None."""
        own = item.data(USER_CELL_ROLE) if item is not None else None
        return own if isinstance(own, UserCell) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report presses on headings, which cannot be selected."""
        item = self.itemAt(event.position().toPoint())
        if item is not None and self.spec_of(item) is None:
            self.heading_pressed.emit(item)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu that removes a user cell."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is None or self.user_cell_of(item) is None:
            return
        self.setCurrentItem(item)
        at = self.visualItemRect(item).center() if by_key else event.pos()
        self.menu.popup(self.viewport().mapToGlobal(at))

    def _remove(self) -> None:
        own = self.user_cell_of(self.currentItem())
        if own is not None:
            self.removal_requested.emit(own.title)
