"""What gestures draw over the canvas: pointer hint, ghost, rubber band, loose link, cut line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath
from PySide6.QtWidgets import QFrame, QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Node
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.geometry.node_metrics import MARGIN, PAD_LEFT, PORT_RADIUS, RADIUS, lay_out
from rnnstudio.ui.canvas.items.link_item import DELAY
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.widgets.text_format import truncated

Z_OVERLAY = 10.0
_OFFSET = QPoint(16, 20)
_WIDEST = 304
_PAD = QPoint(8, 6)
_FLAGS = int(Qt.TextFlag.TextWordWrap)


def foreground(painter: QPainter, viewport: QRect, hint: str, *, keyboard: bool) -> None:
    """Draw a hint in the middle of a viewport, and a frame around it while it has the keyboard focus."""
    painter.resetTransform()
    view = QRectF(viewport)
    if keyboard:
        painter.setPen(paint_cache.pen("accent", 1.0, alpha=0.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(view.adjusted(0.5, 0.5, -0.5, -0.5))
    if hint:
        painter.setFont(paint_cache.small_font())
        painter.setPen(paint_cache.pen("quiet"))
        painter.drawText(view, Qt.AlignmentFlag.AlignCenter, hint)


class PointerHint(QLabel):
    """A sentence beside the pointer; it ignores all events."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._edge = "danger"
        self.setObjectName("pointer-hint")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()

    def say(self, sentence: str, at: QPoint, edge: str = "danger") -> None:
        """Show a sentence beside ``at``, inside the view; an empty sentence hides the hint.

        ``edge`` is the colour token of the border.
        """
        self._edge = edge
        sentence = truncated(sentence)
        if not sentence:
            self.hide()
            return
        self.setText(sentence)
        room = QRect(0, 0, _WIDEST, 1000)
        words = QFontMetrics(paint_cache.small_font()).boundingRect(room, _FLAGS, sentence)
        self.resize(words.size() + QSize(2 * _PAD.x(), 2 * _PAD.y()))
        place = at + _OFFSET
        place.setX(max(0, min(place.x(), self._view.width() - self.width() - 4)))
        if place.y() + self.height() > self._view.height():
            place.setY(max(0, at.y() - self.height() - 8))
        self.move(place)
        self.show()
        self.raise_()

    def paintEvent(self, event: object) -> None:
        """Draw the panel and the text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(paint_cache.pen(self._edge, 1.0))
        painter.setBrush(paint_cache.brush("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(paint_cache.pen("text"))
        painter.setFont(paint_cache.small_font())
        inside = self.rect().adjusted(_PAD.x(), _PAD.y(), 0, 0)
        painter.drawText(inside, _FLAGS, self.text())
        painter.end()


class Ghost(QGraphicsItem):
    """The outline of a node that is about to be dropped."""

    def __init__(self, node: Node, spec: NodeSpec) -> None:
        super().__init__()
        self.layout = lay_out(node, spec)
        self._hue = spec.hue
        self.setZValue(Z_OVERLAY)

    def boundingRect(self) -> QRectF:
        """Return the outline, enlarged for the ports."""
        return self.layout.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw a dashed node with its title and ports."""
        rect = self.layout.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(paint_cache.pen("accent", 1.5, paint_cache.Style.DashLine))
        painter.setBrush(paint_cache.brush("node", 0.75))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        painter.setPen(paint_cache.pen("text"))
        painter.setFont(paint_cache.title_font())
        text = rect.adjusted(PAD_LEFT, 0, -4, 0)
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), self.layout.title)
        painter.setPen(paint_cache.pen("accent", 1.5))
        painter.setBrush(paint_cache.brush("canvas"))
        for at in (*self.layout.inputs.values(), *self.layout.outputs.values()):
            painter.drawEllipse(at, PORT_RADIUS, PORT_RADIUS)


class Band(QGraphicsItem):
    """The rubber band."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF()
        self.setZValue(Z_OVERLAY)

    def set_rect(self, rect: QRectF) -> None:
        """Set the rectangle, in scene coordinates."""
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        """Return the rectangle with its border."""
        return self._rect.adjusted(-2, -2, 2, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw a translucent rectangle with a thin border."""
        painter.setPen(paint_cache.hairline("accent"))
        painter.setBrush(paint_cache.brush("accent", 0.10))
        painter.drawRect(self._rect)


class LooseWire(QGraphicsItem):
    """The link that is being drawn: solid where it would be connected, otherwise dashed.

    A link that will be delayed by one step stays dashed and is labelled.
    """

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._sticks = False
        self._refused = self.delayed = False
        self.setZValue(Z_OVERLAY)

    def set_path(self, path: QPainterPath, *, sticks: bool, refused: bool, delayed: bool = False) -> None:
        """Set the path, and whether a port accepts it (``sticks``) or refuses it."""
        self.prepareGeometryChange()
        self._path, self._sticks, self._refused, self.delayed = path, sticks, refused, delayed
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the bounds of the path with its pen."""
        return self._path.controlPointRect().adjusted(-24, -24, 24, 24)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the wire."""
        token = "danger" if self._refused else "accent"
        solid = self._sticks and not self.delayed
        style = paint_cache.Style.SolidLine if solid else paint_cache.Style.DashLine
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(paint_cache.pen(token, 2.5 if self._sticks else 2.0, style))
        painter.drawPath(self._path)
        if self._path.elementCount() > 1:
            painter.setBrush(paint_cache.brush(token))
            for share in (0.0, 1.0):
                painter.drawEllipse(QPointF(self._path.pointAtPercent(share)), 3.0, 3.0)
        if self.delayed and self._path.elementCount() > 1:
            painter.setFont(paint_cache.small_font())
            painter.setPen(paint_cache.pen("text"))
            painter.drawText(self._path.pointAtPercent(0.5) + QPointF(-8.0, -8.0), DELAY)


class CutLine(QGraphicsItem):
    """The line that is drawn to cut links."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self.setZValue(Z_OVERLAY)

    def set_path(self, path: QPainterPath) -> None:
        """Set the path."""
        self.prepareGeometryChange()
        self._path = path
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the bounds of the line with its pen."""
        return self._path.controlPointRect().adjusted(-4, -4, 4, 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the line."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(paint_cache.pen("danger", 2.0, paint_cache.Style.DashLine))
        painter.drawPath(self._path)
