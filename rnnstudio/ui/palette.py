"""The palette: every registered kind of node, by family, with a picture of its ports.

Under the cells stand the user's own, which are equation cells with equations and a title.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import NodeSpec
from rnnstudio.engine.catalogue import catalogue as registered
from rnnstudio.ui import fonts
from rnnstudio.ui.canvas import ink
from rnnstudio.ui.canvas.dropping import KIND_MIME, Filled
from rnnstudio.ui.own_cells import OwnCell
from rnnstudio.ui.theme import themes

_SPEC = Qt.ItemDataRole.UserRole
_FOLDED = Qt.ItemDataRole.UserRole + 2
_OWN = Qt.ItemDataRole.UserRole + 1
OWN_KIND, OWN_PARAM = "equation_cell", "equations"
ROW, SECTION = 28, 26
_CLOSED = ((-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5))  # the marks of folded and open sections
_OPEN = ((-3.5, -1.5), (0.0, 2.0), (3.5, -1.5))
_PICTURE = QRectF(0.0, 0.0, 18.0, 13.0)
_Index = QModelIndex | QPersistentModelIndex


def paint_picture(painter: QPainter, spec: NodeSpec, at: QPointF) -> None:
    """Paint a node in small, left centre at ``at``: its hue, its ports on the edges."""
    rect = _PICTURE.translated(at.x() + 2.0, at.y() - _PICTURE.height() / 2)
    painter.setPen(ink.pen("node_edge", 1.0))
    painter.setBrush(ink.brush("node"))
    painter.drawRoundedRect(rect, 3.0, 3.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.brush(spec.hue))
    painter.drawRoundedRect(QRectF(rect.left(), rect.top(), 4.0, rect.height()), 2.0, 2.0)
    for x, ports in ((rect.left(), spec.inputs), (rect.right(), spec.outputs)):
        for row, port in enumerate(ports):
            y = rect.top() + rect.height() * (row + 1) / (len(ports) + 1)
            token = ink.port_token(None, port)
            painter.setPen(ink.pen(token, 1.2))
            painter.setBrush(ink.brush("panel"))
            painter.drawEllipse(QPointF(x, y), 1.9, 1.9)


def filled(own: OwnCell) -> Filled:
    """Return what the node of a cell of the user's own has besides its kind."""
    return Filled(own.title, {OWN_PARAM: own.equations})


class PaletteDelegate(QStyledItemDelegate):
    """Paints a section's heading, or a kind with its picture and title."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, ROW if index.data(_SPEC) is not None else SECTION)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        spec: NodeSpec | None = index.data(_SPEC)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if spec is None:
            painter.setFont(_heading_font())
            painter.setPen(ink.pen("quiet"))
            flags = int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(rect.adjusted(12, 0, -24, -5), flags, str(index.data()))
            self._paint_fold(painter, QRectF(rect), state, folded=bool(index.data(_FOLDED)))
        else:
            own = self.tr("yours") if index.data(_OWN) is not None else ""
            self._paint_kind(painter, rect, state, spec, str(index.data()), own)
        painter.restore()

    @staticmethod
    def _paint_fold(painter: QPainter, rect: QRectF, state: QStyle.StateFlag, *, folded: bool) -> None:
        """Paint the mark that says whether a section is open, where it matters."""
        if folded or state & QStyle.StateFlag.State_MouseOver:
            middle = QPointF(rect.right() - 15.0, rect.bottom() - 10.0)
            shape = (
                ((-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5)) if folded else ((-3.5, -1.5), (0.0, 2.0), (3.5, -1.5))
            )
            painter.setPen(ink.pen("quiet", 1.4))
            painter.drawPolyline([middle + QPointF(x, y) for x, y in shape])

    def _paint_kind(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, spec: NodeSpec, title: str, mark: str
    ) -> None:
        inner = QRectF(rect).adjusted(6.5, 1.5, -6.5, -1.5)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.brush("hairline", 1.0 if selected else 0.55))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        if selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(ink.pen("accent", 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner, 6.0, 6.0)
        paint_picture(painter, spec, QPointF(inner.left() + 6.0, inner.center().y()))
        text = inner.adjusted(34.0, 0.0, -6.0, 0.0)
        if mark:
            small = QFont(fonts.small())
            painter.setFont(small)
            painter.setPen(ink.pen("quiet"))
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), mark)
            text.setRight(text.right() - QFontMetricsF(small).horizontalAdvance(mark) - 6.0)
        font = QFont(fonts.body())
        painter.setFont(font)
        painter.setPen(ink.pen("text"))
        title = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), title)


def _heading_font() -> QFont:
    return QFont(fonts.small_caps())


class KindList(QListWidget):
    """The rows; a row drags as the kind of node it stands for.

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
        """Return the one type that rows drag as."""
        return [KIND_MIME]

    def mimeData(self, items: object) -> QMimeData:
        """Return the kind of the dragged row, and what its node is to have besides."""
        data = QMimeData()
        spec, own = self.spec_of(self.currentItem()), self.own_of(self.currentItem())
        if spec is not None:
            data.setData(KIND_MIME, spec.kind.encode())
        if own is not None:
            filled(own).put(data)
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the row, its picture beside the pointer."""
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
        paint_picture(painter, spec, QPointF(0.0, 10.0))
        painter.end()
        drag.setPixmap(pixmap)
        drag.exec(Qt.DropAction.CopyAction)

    @staticmethod
    def spec_of(item: QListWidgetItem | None) -> NodeSpec | None:
        """Return the kind that a row stands for; None for a heading."""
        spec = item.data(_SPEC) if item is not None else None
        return spec if isinstance(spec, NodeSpec) else None

    @staticmethod
    def own_of(item: QListWidgetItem | None) -> OwnCell | None:
        """Return the user's own cell that a row stands for, if it stands for one."""
        own = item.data(_OWN) if item is not None else None
        return own if isinstance(own, OwnCell) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of headings, which cannot be chosen."""
        item = self.itemAt(event.position().toPoint())
        if item is not None and self.spec_of(item) is None:
            self.heading_pressed.emit(item)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to remove a cell of the user's own, by mouse or by the menu key."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is None or self.own_of(item) is None:
            return
        self.setCurrentItem(item)
        at = self.visualItemRect(item).center() if by_key else event.pos()
        self.menu.popup(self.viewport().mapToGlobal(at))

    def _remove(self) -> None:
        own = self.own_of(self.currentItem())
        if own is not None:
            self.removal_requested.emit(own.title)


class Palette(QWidget):
    """A search field over the kinds of nodes.

    Signals
    -------
    add_requested(str) : a kind was asked for by double-click or Enter
    add_own_requested(OwnCell) : a cell of the user's own was asked for
    removal_requested(str) : the user's own cell of that title shall go
    """

    add_requested = Signal(str)
    add_own_requested = Signal(object)
    removal_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, catalogue: Catalogue | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._catalogue = catalogue if catalogue is not None else registered()
        self.search = QLineEdit(self)
        self.search.setObjectName("palette-search")
        self.search.setPlaceholderText(self.tr("Search nodes"))
        self.search.setAccessibleName(self.tr("Search nodes"))
        self.search.setToolTip(self.tr("Show only nodes whose name or description holds these words"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(28)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = KindList(self)
        self.list.setAccessibleName(self.tr("Kinds of nodes"))
        self.list.itemDoubleClicked.connect(self._add)
        self.list.heading_pressed.connect(self._turn)
        self._folded: set[str] = set()
        self.list.removal_requested.connect(self.removal_requested)
        self._own: tuple[OwnCell, ...] = ()
        self.list.installEventFilter(self)
        self.nothing = QLabel(self)
        self.nothing.setObjectName("palette-nothing")
        self.nothing.setWordWrap(True)
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setContentsMargins(12, 8, 12, 8)
        self.nothing.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(4)
        field = QVBoxLayout()
        field.setContentsMargins(8, 0, 8, 0)
        field.addWidget(self.search)
        box.addLayout(field)
        box.addWidget(self.nothing)
        box.addWidget(self.list, 1)
        themes.changed.connect(self._theme_changed)
        self._fill()

    def sizeHint(self) -> QSize:
        """Return the width the rows need."""
        return QSize(200, 480)

    def families(self) -> tuple[tuple[str, str], ...]:
        """Return (family, heading) in the order of the sections."""
        return (
            ("input", self.tr("Inputs")),
            ("cell", self.tr("Cells")),
            ("layer", self.tr("Layers")),
            ("structure", self.tr("Structure")),
            ("head", self.tr("Heads")),
        )

    def kinds(self) -> list[str]:
        """Return the kinds that show now, from top to bottom."""
        rows = [self.list.item(row) for row in range(self.list.count())]
        specs = [KindList.spec_of(item) for item in rows if not item.isHidden()]
        return [spec.kind for spec in specs if spec is not None]

    def show_own(self, cells: Iterable[OwnCell]) -> None:
        """Show the user's own cells, and those only."""
        self._own = tuple(cells)
        current = self.list.currentItem()
        before = (current.text(), KindList.own_of(current) is not None) if current is not None else None
        self.list.clear()
        self._fill()
        self._filter(self.search.text())
        for row in range(self.list.count()):
            item = self.list.item(row)
            if (item.text(), KindList.own_of(item) is not None) == before and not item.isHidden():
                self.list.setCurrentItem(item)

    def _fill(self) -> None:
        known = self.families()
        others = sorted({spec.family for spec in self._catalogue.nodes} - {family for family, _ in known})
        for family, heading in (*known, *((family, family.capitalize()) for family in others)):
            specs = [spec for spec in self._catalogue.nodes if spec.family == family]
            if not specs:
                continue
            head = QListWidgetItem(heading, self.list)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setToolTip(self.tr("Fold or unfold this section (by keys: Left and Right)"))
            for spec in sorted(specs, key=lambda spec: spec.title.casefold()):
                self._row(spec, spec.title, spec.description)
            for own in self._own if any(spec.kind == OWN_KIND for spec in specs) else ():
                description = self.tr("Yours: {0}").format(own.equations)
                self._row(self._catalogue.nodes.get(OWN_KIND), own.title, description, own)

    def _row(self, spec: NodeSpec, title: str, description: str, own: OwnCell | None = None) -> None:
        row = QListWidgetItem(title, self.list)
        row.setData(_SPEC, spec)
        row.setData(_OWN, own)
        row.setToolTip(description)
        row.setData(Qt.ItemDataRole.AccessibleDescriptionRole, description)
        row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        head: QListWidgetItem | None = None
        folded = False
        for row in range(self.list.count()):
            item = self.list.item(row)
            spec = KindList.spec_of(item)
            if spec is None:
                head = item
                folded = not words and item.text() in self._folded
                head.setData(_FOLDED, folded)
                head.setHidden(True)
                continue
            own = KindList.own_of(item)
            about = f"{spec.title} {spec.kind} {spec.description}" if own is None else self.tr("yours")
            hay = f"{item.text()} {about}".lower()
            shows = all(word in hay for word in words)
            item.setHidden(not shows or folded)
            if shows and head is not None:
                head.setHidden(False)
        self.nothing.setText(self.tr("No node is called “{0}”.").format(text))
        self.nothing.setVisible(bool(words) and not self.kinds())
        self._choose_first(only_if_hidden=True)

    def fold(self, head: QListWidgetItem, *, folded: bool) -> None:
        """Fold or unfold the section of a heading; a search looks into folded ones, too."""
        (self._folded.add if folded else self._folded.discard)(head.text())
        self._filter(self.search.text())

    def _turn(self, head: QListWidgetItem) -> None:
        self.fold(head, folded=not head.data(_FOLDED))

    def _fold_by_key(self, key: int) -> bool:
        """Fold the current row's section by Left, unfold all by Right; return whether it was one of them."""
        if key == Qt.Key.Key_Left and self.list.currentItem() is not None:
            row = self.list.currentRow()
            while KindList.spec_of(self.list.item(row)) is not None:
                row -= 1
            self.fold(self.list.item(row), folded=True)
        elif key == Qt.Key.Key_Right:
            self._folded.clear()
            self._filter(self.search.text())
        else:
            return False
        return True

    def _choose_first(self, *, only_if_hidden: bool = False) -> None:
        current = self.list.currentItem()
        if only_if_hidden and current is not None and not current.isHidden():
            return
        for row in range(self.list.count()):
            item = self.list.item(row)
            if not item.isHidden() and KindList.spec_of(item) is not None:
                self.list.setCurrentItem(item)
                return

    def _add(self, item: QListWidgetItem | None) -> None:
        spec = KindList.spec_of(item)
        if spec is None or item is None or item.isHidden():
            return
        own = KindList.own_of(item)
        if own is not None:
            self.add_own_requested.emit(own)
        else:
            self.add_requested.emit(spec.kind)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter adds; Down goes from the search into the list; Esc clears the search."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.list and self._fold_by_key(event.key()):
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose_first(only_if_hidden=True)
                self._add(self.list.currentItem())
                return True
            if watched is self.search and event.key() == Qt.Key.Key_Down:
                self._choose_first(only_if_hidden=True)
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if watched is self.search and event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill with the colour of panels."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), ink.brush("panel"))
        painter.end()

    def _theme_changed(self) -> None:
        ink.forget()
        self.update()
        self.list.viewport().update()
