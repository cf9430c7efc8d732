"""A bar over the canvas that finds nodes by title, kind, id or parameter, and highlights them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QHBoxLayout,
    QLineEdit,
    QStyleOptionGraphicsItem,
    QWidget,
)

from rnnstudio.design import annotation
from rnnstudio.design.model import Design, Element, Node, NodeId
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import RADIUS
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.widgets.common import IconButton, label, set_role

WIDTH, EDGE = 360, 12
_AROUND = 6.0


def text_of(node: Node, spec: NodeSpec | None) -> str:
    """Return the text in which a node is found: title, kind, id, and each parameter as ``units=128``."""
    parts = [node.title, node.kind, node.id]
    params = dict(node.params)
    if spec is not None:
        parts.append(spec.title)
        params = spec.complete(node.params)
        parts += [f"{param.title}={params[param.name]}" for param in spec.params]
    parts += [f"{name}={value}" for name, value in params.items()]
    return "\n".join(parts).casefold()


class SearchHighlight(QGraphicsItem):
    """A frame around a found node; it moves with the node."""

    def __init__(self, item: NodeItem | AnnotationItem) -> None:
        super().__init__(item)
        self._rect = item.frame().translated(-item.pos()).adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        """Return the frame with its pen."""
        return self._rect.adjusted(-2.0, -2.0, 2.0, 2.0)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the frame."""
        painter.setPen(paint_cache.pen("warning", 2.0))
        painter.setBrush(paint_cache.brush("warning", 0.14))
        painter.drawRoundedRect(self._rect, RADIUS + 4.0, RADIUS + 4.0)


class FindBar(QFrame):
    """The bar. It searches while the person types, and Esc closes it."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        self._context = context
        self._found: list[NodeId] = []
        self._current: NodeId | None = None
        self._texts: dict[NodeId, tuple[Element, str]] = {}  # each with the element that it is of
        self._marks: dict[NodeId, tuple[NodeItem | AnnotationItem, SearchHighlight]] = {}
        self.setObjectName("find-bar")
        self.setAccessibleName(self.tr("Find nodes"))
        set_role(self, "popup")
        self.search = QLineEdit()
        self.search.setObjectName("find-search")
        self.search.setPlaceholderText(self.tr("Title, kind, id or units=64"))
        self.search.setAccessibleName(self.tr("Find nodes by title, kind, id or parameter"))
        self.search.setToolTip(self.tr("Enter goes to the next, Shift+Enter to the previous, Esc closes"))
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.count = label("", "quiet")
        self.count.setObjectName("find-count")
        self.before_button = IconButton("chevron-up", self.tr("Previous"))
        self.after_button = IconButton("chevron-down", self.tr("Next"))
        KeyTip(self.before_button, "edit.find_previous", self.tr("Previous"))
        KeyTip(self.after_button, "edit.find_next", self.tr("Next"))
        self.close_button = IconButton("close", self.tr("Close (Esc)"))
        self.before_button.clicked.connect(self.previous)
        self.after_button.clicked.connect(self.next)
        self.close_button.clicked.connect(self.close_up)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self.count)
        for button in (self.before_button, self.after_button, self.close_button):
            row.addWidget(button)
        context.document.changed.connect(self._follow)
        context.widget.installEventFilter(self)
        self.hide()

    @property
    def found(self) -> list[NodeId]:
        """The found nodes, in reading order."""
        return list(self._found)

    def open(self) -> None:
        """Show the bar with keyboard focus; the last search text is selected."""
        self._place()
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        self._look()

    def close_up(self) -> None:
        """Close the bar and remove the highlights; the current node stays selected."""
        self.hide()
        self._unmark()
        self._context.widget.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def next(self) -> None:
        """Go to the next found node; from the last to the first."""
        self._step(1)

    def previous(self) -> None:
        """Go to the previous found node; from the first to the last."""
        self._step(-1)

    # -------------------------------------------------------------------------------- inner

    def _search(self, _text: str) -> None:
        self._look()
        if self._found and self._current not in self._found:
            self._go(self._found[0])

    def _step(self, by: int) -> None:
        if self.isHidden():
            self.open()
        if not self._found:
            return
        if self._current not in self._found:
            self._go(self._found[0 if by > 0 else -1])
        else:
            place = self._found.index(self._current)
            self._go(self._found[(place + by) % len(self._found)])

    def _go(self, node_id: NodeId) -> None:
        self._current = node_id
        self._context.focus_node(node_id)
        self._uncover(node_id)
        self._say()

    def _uncover(self, node_id: NodeId) -> None:
        """Scroll if the bar hides the current node."""
        item = self._context.canvas.item(node_id)
        if item is None:
            return
        shown = self._context.widget.mapFromScene(item.frame()).boundingRect()
        if shown.adjusted(-EDGE, -EDGE, EDGE, EDGE).intersects(self.geometry()):
            self._context.pan(QPoint(0, self.geometry().bottom() + 2 * EDGE - shown.top()))

    def _look(self) -> None:
        """Find and highlight what matches the text."""
        words = self.search.text().casefold().split()
        design = self._context.document.design
        placed = sorted(design.elements, key=lambda element: (element.x, element.y)) if words else []
        self._found = [element.id for element in placed if self._fits(element, words)]
        self._mark()
        self._say()

    def _fits(self, element: Element, words: list[str]) -> bool:
        known = self._texts.get(element.id)
        if known is None or known[0] is not element:
            known = self._texts[element.id] = (element, self._text(element))
        return all(word in known[1] for word in words)

    def _text(self, element: Element) -> str:
        if isinstance(element, Node):
            return text_of(element, self._context.canvas.spec(element.kind))
        return f"{annotation.text_of(element)}\n{element.id}".casefold()

    def _say(self) -> None:
        if not self.search.text().strip():
            words = ""
        elif not self._found:
            words = self.tr("none")
        elif self._current in self._found:
            words = self.tr("{0} of {1}").format(self._found.index(self._current) + 1, len(self._found))
        else:
            words = str(len(self._found))
        self.count.setText(words)
        self.search.setAccessibleDescription(
            self.tr("Found: {0}. {1}").format(words, self._context.widget.accessibleName()) if words else ""
        )
        for button in (self.before_button, self.after_button):
            button.setEnabled(bool(self._found))

    def _mark(self) -> None:
        self._unmark()
        for node_id in self._found:
            item = self._context.canvas.item(node_id)  # not inside a collapsed group
            if item is not None:
                self._marks[node_id] = (item, SearchHighlight(item))

    def _unmark(self) -> None:
        scene = self._context.canvas
        for _, mark in self._marks.values():
            if mark.scene() is not None:
                scene.removeItem(mark)
        self._marks.clear()

    def _follow(self, _design: Design) -> None:
        if self.isVisible():
            self._look()

    def _place(self) -> None:
        wide = min(WIDTH, self._context.widget.width() - 2 * EDGE)
        self.resize(wide, self.sizeHint().height())
        self.move(EDGE, EDGE)

    # ------------------------------------------------------------------------------- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle Enter and Esc in the field, and keep the bar in the corner of the canvas."""
        if watched is self._context.widget and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is self.search and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() in (
                Qt.Key.Key_Return,
                Qt.Key.Key_Enter,
            ):
                back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self._step(-1 if back else 1)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc; no key reaches the canvas."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep mouse presses from the canvas."""
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the bar."""
        ring: list[QWidget] = [self.search, self.before_button, self.after_button, self.close_button]
        ring = [widget for widget in ring if widget.isEnabled()]
        here = next((i for i, widget in enumerate(ring) if widget.hasFocus()), 0)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        ring[(here + (1 if forward else -1)) % len(ring)].setFocus(reason)
        return True
