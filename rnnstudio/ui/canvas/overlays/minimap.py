"""The minimap: the whole network in a corner of the canvas, with a frame around the visible part.

Nodes are painted into a picture at most once every `LATE` milliseconds. A pan or a zoom paints that picture
and one rectangle.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.theme.theme import themes

SIZE, EDGE, PAD = QSize(176, 112), 12, 8.0
LATE = 80  # ms
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Minimap(QWidget):
    """The minimap of a canvas; hidden if the canvas is empty or too small.

    Attributes
    ----------
    whole : the rectangle of the scene in the picture
    """

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        self._context = context
        self.whole = QRectF()
        self._picture: QPixmap | None = None
        self._wanted = False
        self.setObjectName("minimap")
        self.setAccessibleName(self.tr("Overview of the canvas"))
        self.setToolTip(self.tr("Drag or use the arrow keys to move over the canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.resize(SIZE)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LATE)
        self._timer.timeout.connect(self.refresh)
        context.document.changed.connect(self._later)
        context.selection.changed.connect(self._later)
        context.zoom_changed.connect(self._moved)
        context.widget.horizontalScrollBar().valueChanged.connect(self._moved)
        context.widget.verticalScrollBar().valueChanged.connect(self._moved)
        themes.changed.connect(self._later)
        context.widget.installEventFilter(self)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Set whether the minimap is shown."""
        self._wanted = wanted
        self.refresh()
        self._place()

    @property
    def framed(self) -> QRectF:
        """The visible part of the scene, in pixels of this widget."""
        visible = self._context.visible_scene_rect()
        return QRectF(self.to_map(visible.topLeft()), self.to_map(visible.bottomRight()))

    # -------------------------------------------------------------------------------- places

    def scale(self) -> float:
        """Return the pixels of this widget per scene unit."""
        room_x, room_y = self.width() - 2 * PAD, self.height() - 2 * PAD
        return min(room_x / max(self.whole.width(), 1.0), room_y / max(self.whole.height(), 1.0))

    def _corner(self) -> QPointF:
        """Return where the corner of the scene is drawn, so that the network is centred."""
        scale = self.scale()
        return QPointF(
            (self.width() - self.whole.width() * scale) / 2,
            (self.height() - self.whole.height() * scale) / 2,
        )

    def to_map(self, at: QPointF) -> QPointF:
        """Return a scene point in pixels of this widget."""
        return self._corner() + (at - self.whole.topLeft()) * self.scale()

    def _to_scene(self, at: QPointF) -> QPointF:
        return self.whole.topLeft() + (at - self._corner()) / self.scale()

    def _place(self) -> None:
        canvas = self._context.widget
        self.move(canvas.width() - self.width() - EDGE, canvas.height() - self.height() - EDGE)

    # ------------------------------------------------------------------------------- following

    def _later(self, _what: object = None) -> None:
        if self._wanted and not self._timer.isActive():
            self._timer.start()

    def _moved(self, _value: object = None) -> None:
        if self.isVisible():
            self.update()

    def refresh(self) -> None:
        """Paint the picture again at the next paint event."""
        self._picture = None
        items = self._context.canvas.node_items
        room = self._context.widget.size()
        fits = room.width() >= 3 * self.width() and room.height() >= 2 * self.height()
        self.setVisible(self._wanted and fits and len(items) > 1)
        if self.isVisible():
            self.whole = self._context.canvas.content_rect()
            self.update()

    def draw_picture(self) -> QPixmap:
        """Return the picture of the network."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        chosen = self._context.selection.nodes
        items = self._context.canvas.node_items
        painter = QPainter(picture)
        painter.translate(self._corner())
        painter.scale(self.scale(), self.scale())
        painter.translate(-self.whole.topLeft())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paint_cache.brush("quiet", 0.16))
        behind = self._context.canvas.annotations.items.values()
        painter.drawRects([element.frame() for element in behind if element.isVisible()])
        for token, selected in (("quiet", False), ("accent", True)):
            painter.setPen(
                paint_cache.hairline(token)
            )  # the same width at every scale, so that small nodes are visible
            painter.setBrush(paint_cache.brush(token))
            painter.drawRects([item.frame() for i, item in items.items() if (i in chosen) is selected])
        painter.end()
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, and a frame around the visible part."""
        if self._picture is None:
            self._picture = self.draw_picture()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(paint_cache.pen("accent" if self.hasFocus() else "node_edge", 1.0))
        painter.setBrush(paint_cache.brush("panel", 0.92))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(ground, 8.0, 8.0)
        painter.drawPixmap(0, 0, self._picture)
        framed = self.framed.intersected(ground.adjusted(2.0, 2.0, -2.0, -2.0))
        if not framed.isEmpty():
            painter.setPen(paint_cache.pen("accent", 1.2))
            painter.setBrush(paint_cache.brush("accent", 0.12))
            painter.drawRoundedRect(framed, 2.0, 2.0)

    # ------------------------------------------------------------------------------- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner of the canvas, and hide if it is too small."""
        if watched is self._context.widget and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
            self._later()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Centre the view on the pressed point."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._context.widget.centerOn(self._to_scene(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the drag."""
        event.accept()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._context.widget.centerOn(self._to_scene(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Keep the event from the canvas."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Handle the second press like the first."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by a quarter of the view with the arrows; give up the focus on Esc."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            visible = self._context.visible_scene_rect()
            by = QPointF(step[0] * visible.width() / 4, step[1] * visible.height() / 4)
            self._context.widget.centerOn(visible.center() + by)
        elif event.key() == Qt.Key.Key_Escape:
            self._context.widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
        event.accept()
