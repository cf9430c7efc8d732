"""The view of the unrolled network: read-only, with selection and keyboard navigation."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QShowEvent,
)
from PySide6.QtWidgets import QGraphicsScene, QToolTip, QWidget

from rnnstudio.design.model import Design, LinkId, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.ui.canvas.commands import keyboard_commands
from rnnstudio.ui.canvas.pan_zoom_view import PanZoomView
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.unrolled.drawing import UnrolledDrawing
from rnnstudio.ui.unrolled.picture import UnrolledPicture
from rnnstudio.ui.unrolled.shapes import NodeBox
from rnnstudio.ui.widgets.text_format import tooltip

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_CLICK = 4  # pixels that a press may move and still be a click
_REACH = 6.0
_EXTENT = 20_000.0
SWITCH = 32.0  # pixels at the top that the switch between the two drawings takes, beyond the margin


class UnrolledView(PanZoomView):
    """Shows the document's design over time, with the shared selection.

    Signals
    -------
    activated(str) : Enter or a double-click on the node of that id
    """

    activated = Signal(str)

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        scene = QGraphicsScene()
        super().__init__(scene, parent)
        scene.setParent(self)
        scene.setSceneRect(-_EXTENT, -_EXTENT, 2 * _EXTENT, 2 * _EXTENT)
        self.setObjectName("unrolled")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.document, self.selection = document, selection
        self.picture = UnrolledPicture(UnrolledDrawing(Design(), document.catalogue, Report()))
        scene.addItem(self.picture)
        self._stale = True
        self._keyboard = False
        self._pressed: QPoint | None = None
        self._last = QPoint()
        self._panning = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.update_drawing)
        document.changed.connect(self._grow_stale)
        document.report_changed.connect(self._grow_stale)
        selection.changed.connect(self._follow_selection)
        themes.changed.connect(self._change_theme)
        self._follow_selection()

    @property
    def drawing(self) -> UnrolledDrawing:
        """What is drawn."""
        return self.picture.drawing

    # ------------------------------------------------------------------------------- following

    def _grow_stale(self, _what: object = None) -> None:
        self._stale = True
        if self.isVisible():
            self._timer.start()

    def _change_theme(self) -> None:
        paint_cache.forget()
        self._grow_stale()
        self.viewport().update()

    def update_drawing(self) -> None:
        """Draw the current design, unless it is drawn already."""
        if not self._stale:
            return
        self._stale = False
        report = self.document.check_now()
        self._stale = False  # the check just said so itself
        self.picture.set_drawing(UnrolledDrawing(self.document.design, self.document.catalogue, report))
        self.setAccessibleDescription(self._description())
        self._follow_selection()
        self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        """Update the drawing."""
        self.update_drawing()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Cancel a drag."""
        self._pressed = None
        super().hideEvent(event)

    def fit(self) -> None:
        """Fit the network into the view."""
        self.update_drawing()
        self.show_rect(self.drawing.bounds)
        # The switch over the canvas takes a strip at the top, which nothing of the network shall lie under.
        self.show_rect(self.drawing.bounds.adjusted(0.0, -SWITCH / self.zoom, 0.0, 0.0))

    def _follow_selection(self) -> None:
        self.picture.set_selected(self.selection.nodes, self.selection.links, focused=self._keyboard)
        self.setAccessibleName(self._words())
        if self.isVisible() and self._pressed is None and self.selection.nodes:
            rects = self.drawing.rects_of(self.selection.nodes)
            if rects and not any(self.visible_scene_rect().intersects(rect) for rect in rects):
                self.ensureVisible(rects[0], 48, 48)

    # ---------------------------------------------------------------------------------- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what is under the pointer; a drag on empty ground pans."""
        event.accept()
        self._set_keyboard(False)
        button, at = event.button(), event.position().toPoint()
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self._pressed = self._last = at
        self._panning = button == Qt.MouseButton.MiddleButton
        if not self._panning:
            self._panning = not self._select_at(at, adding=bool(event.modifiers() & _ADDING))
        if self._panning:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def _select_at(self, at: QPoint, *, adding: bool) -> bool:
        """Select the node or link at a point; return whether there is one."""
        point = self.mapToScene(at)
        box = self.drawing.box_at(point)
        if box is not None:
            node = box.occurrence.node
            self.selection.toggle(node=node) if adding else self.selection.set([node])
            return True
        link = self.drawing.link_at(point, _REACH / min(self.zoom, 1.0))
        if link is not None:
            self.selection.toggle(link=link) if adding else self.selection.set(links=[link])
        return link is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan."""
        event.accept()
        if self._panning and self._pressed is not None:
            at = event.position().toPoint()
            self.pan(at - self._last)
            self._last = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the pan; a click on empty ground clears the selection."""
        event.accept()
        pressed, self._pressed = self._pressed, None
        if pressed is not None and self._panning and event.button() == Qt.MouseButton.LeftButton:
            if (event.position().toPoint() - pressed).manhattanLength() <= _CLICK:
                self.selection.clear()
        self._panning = False
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Emit the selected node."""
        box = self.drawing.box_at(self.mapToScene(event.position().toPoint()))
        if box is not None:
            event.accept()
            self.activated.emit(box.occurrence.node)
        else:
            self.mousePressEvent(event)

    # ------------------------------------------------------------------------------- keyboard

    def select_above(self) -> None:
        """Select the next node up, or the lowest if none is selected."""
        self._walk(1)

    def select_below(self) -> None:
        """Select the next node down, or the highest if none is selected."""
        self._walk(-1)

    def open_selected(self) -> None:
        """Emit the selected node."""
        chosen = next(iter(self.selection.nodes), None)
        if chosen is not None:
            self.activated.emit(chosen)

    def deselect(self) -> None:
        """Clear the selection."""
        self.selection.clear()

    def _walk(self, by: int) -> None:
        """Select the next node up or down; start from the lowest or highest if none is selected."""
        order = self._order()
        if not order:
            return
        here = [n for n, node in enumerate(order) if node in self.selection.nodes]
        occurrence = (0 if by > 0 else len(order) - 1) if not here else here[-1 if by > 0 else 0] + by
        self._set_keyboard(True)
        self.selection.set([order[min(max(occurrence, 0), len(order) - 1)]])

    def _order(self) -> list[NodeId]:
        """Return the nodes from left to right and from bottom to top."""
        columns = self.drawing.layout.columns
        places = sorted(
            self.drawing.layout.occurrences,
            key=lambda occurrence: (columns[occurrence.column].phase, occurrence.row),
        )
        return list(dict.fromkeys(occurrence.node for occurrence in places))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus, if it arrived by key."""
        super().focusInEvent(event)
        if event.reason() in keyboard_commands.BY_KEYBOARD:
            self._set_keyboard(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self._set_keyboard(False)

    def _set_keyboard(self, here: bool) -> None:
        if here != self._keyboard:
            self._keyboard = here
            self.picture.set_selected(self.selection.nodes, self.selection.links, focused=here)
            self.viewport().update()

    # ---------------------------------------------------------------------------------- words

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tooltip with the node, its step and its weights."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tooltip(self.tooltip_at(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tooltip_at(self, at: QPoint) -> str:
        """Return the tooltip at a point of the viewport."""
        point = self.mapToScene(at)
        box = self.drawing.box_at(point)
        if box is not None:
            return self._box_words(box)
        link = self.drawing.link_at(point, _REACH / min(self.zoom, 1.0))
        return self._link_words(link) if link is not None else ""

    def _box_words(self, box: NodeBox) -> str:
        occurrence, layout = box.occurrence, self.drawing.layout
        title, column = self.drawing.title(occurrence), layout.columns[occurrence.column]
        if occurrence.kind == "start":
            return self.tr("{0}: what it finds before its first step").format(title)
        if occurrence.kind == "once":
            return self.tr("{0}, once for each sequence").format(title)
        words = self.tr("{0} at {1} = {2}").format(title, column.clock.lower(), column.step)
        for shared in layout.shared:
            if (shared.node, shared.part) == (occurrence.node, occurrence.part):
                names = ", ".join(shared.names)
                words += "\n" + self.tr("The same weights at every step: {0}").format(names)
        return words

    def _link_words(self, link_id: LinkId) -> str:
        link = self.document.design.link(link_id)
        ends = []
        for node_id in (link.source, link.target):
            places = self.drawing.layout.at(node_id)
            ends.append(self.drawing.title(places[0]) if places else node_id)
        words = f"{ends[0]} → {ends[1]}"
        return f"{words} · {self.tr('one step later')}" if link.delay else words

    def _words(self) -> str:
        nodes = self.selection.nodes
        if len(nodes) == 1:
            boxes = [box for box in self.drawing.boxes if box.occurrence.node in nodes]
            if boxes:
                first = next((box for box in boxes if box.occurrence.kind != "start"), boxes[0])
                words = self._box_words(first).replace("\n", ". ")
                return self.tr("Unrolled network, {0}").format(words)
        if self.selection:
            return self.tr("Unrolled network, {0} nodes and {1} links selected").format(
                len(nodes), len(self.selection.links)
            )
        return self.tr("Unrolled network, {0} nodes").format(len(self.document.design.nodes))

    def _description(self) -> str:
        """Return a description of the drawing: the steps, and the weights that they share."""
        layout = self.drawing.layout
        steps = [column.step or "…" for column in layout.columns if column.kind in ("step", "gap")]
        words = [self.tr("Time steps {0}").format(", ".join(steps))] if steps else []
        for shared in layout.shared:
            occurrence = layout.at(shared.node, part=shared.part)[0]
            words.append(
                self.tr("{0} has the same weights at every step: {1}").format(
                    self.drawing.title(occurrence), ", ".join(shared.names)
                )
            )
        return ". ".join(words)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Show a message if there is nothing to unroll, and a focus frame."""
        painter.resetTransform()
        view = QRectF(self.viewport().rect())
        if self._keyboard:
            painter.setPen(paint_cache.pen("accent", 1.0, alpha=0.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(view.adjusted(0.5, 0.5, -0.5, -0.5))
        if not self.drawing.boxes:
            painter.setFont(paint_cache.small_font())
            painter.setPen(paint_cache.pen("quiet"))
            words = self.tr("Nothing to unroll yet. Press U to draw a network.")
            painter.drawText(view, Qt.AlignmentFlag.AlignCenter, words)
