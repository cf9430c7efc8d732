"""Paints an unrolled network, for the view and for export."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.unrolled.drawing import BAND, STRIP, UnrolledDrawing
from rnnstudio.ui.unrolled.group_brackets import GroupBracket
from rnnstudio.ui.unrolled.shapes import ArrowPath, NodeBox, Symbol, WeightBand

_RADIUS = 7.0
_HEAD = 7.0  # length of an arrow's head
_SYMBOL = 22.0  # how far from the left of a state's arrow its symbol stands
_CENTRE = Qt.AlignmentFlag.AlignCenter


class UnrolledPicture(QGraphicsItem):
    """One item that paints the visible part of a drawing."""

    def __init__(self, drawing: UnrolledDrawing) -> None:
        super().__init__()
        self.drawing = drawing
        self.nodes: Collection[NodeId] = ()
        self.links: Collection[LinkId] = ()
        self.focused = False

    def set_drawing(self, drawing: UnrolledDrawing) -> None:
        """Show another drawing."""
        self.prepareGeometryChange()
        self.drawing = drawing
        self.update()

    def set_selected(self, nodes: Collection[NodeId], links: Collection[LinkId], *, focused: bool) -> None:
        """Set the selection, and whether the view has the keyboard focus."""
        self.nodes, self.links, self.focused = nodes, links, focused
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the bounds of the drawing."""
        return self.drawing.bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint brackets, then arrows, then nodes and symbols."""
        shown = option.exposedRect if not option.exposedRect.isEmpty() else self.drawing.bounds
        shown = shown.adjusted(-40.0, -40.0, 40.0, 40.0)
        drawing = self.drawing
        self._paint_axes(painter)
        for name in drawing.names:
            _paint_name(painter, name, chosen=name.thing in self.nodes)
        for bracket in drawing.brackets:
            if bracket.rect.intersects(shown):
                _paint_band(painter, bracket)
        for stroke in drawing.strokes:
            if stroke.rect.intersects(shown):
                self._paint_stroke(painter, stroke)
        for box in drawing.boxes:
            if box.rect.intersects(shown):
                self._paint_box(painter, box)
        for bracket in drawing.brackets:
            if bracket.rect.intersects(shown):
                _paint_words(painter, bracket.words, bracket.words_at, bracket.hue)

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setPen(paint_cache.pen("hairline", 1.2))
        for start, end in self.drawing.axes:
            painter.drawLine(start, end)
            tip = end + QPointF(-5.0, 0.0)
            painter.drawPolyline(QPolygonF([tip + QPointF(0.0, -3.5), end, tip + QPointF(0.0, 3.5)]))
        for heading in self.drawing.headings:
            _paint_words(painter, heading.words, heading.at, "quiet")

    # -------------------------------------------------------------------------------- arrows

    def _paint_stroke(self, painter: QPainter, stroke: ArrowPath) -> None:
        chosen = stroke.arrow.link is not None and stroke.arrow.link in self.links
        token = "accent" if chosen else stroke.token
        alpha = 0.5 if stroke.faint and not chosen else 1.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = paint_cache.Style.DashLine if stroke.dashed else paint_cache.Style.SolidLine
        thick = 2.2 if stroke.arrow.kind in ("state", "handover") or chosen else 1.8
        painter.setPen(paint_cache.pen(token, thick if not stroke.faint else 1.4, style, alpha))
        painter.drawPath(stroke.path)
        if self.drawing.boxes[stroke.arrow.target].occurrence.kind != "gap":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paint_cache.brush(token))
            painter.drawPolygon(_head(stroke.path))
        if stroke.symbol is not None:
            ends = stroke.path.pointAtPercent(0.0), stroke.path.pointAtPercent(1.0)
            left = min(ends, key=QPointF.x)
            _paint_symbol(painter, stroke.symbol, QPointF(left.x() + _SYMBOL, ends[0].y() - 13.0))

    # --------------------------------------------------------------------------------- boxes

    def _paint_box(self, painter: QPainter, box: NodeBox) -> None:
        if box.occurrence.kind == "gap":
            _paint_dots(painter, box.rect.center())
            return
        chosen = box.occurrence.node in self.nodes
        if box.occurrence.kind == "start":
            _paint_start(painter, box, chosen=chosen)
            return
        inner = box.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if chosen:
            painter.setPen(paint_cache.pen("accent", 3.0, alpha=0.28))
            painter.drawRoundedRect(box.rect.adjusted(-1.5, -1.5, 1.5, 1.5), _RADIUS + 1.5, _RADIUS + 1.5)
            if self.focused and not box.occurrence.is_repeat:
                painter.setPen(paint_cache.pen("accent", 1.0, paint_cache.Style.DashLine))
                painter.drawRoundedRect(box.rect.adjusted(-5, -5, 5, 5), _RADIUS + 5, _RADIUS + 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paint_cache.brush("node"))
        painter.drawRoundedRect(inner, _RADIUS, _RADIUS)
        body, edge = QPainterPath(), QPainterPath()
        body.addRoundedRect(inner, _RADIUS, _RADIUS)
        edge.addRect(QRectF(box.rect.left(), box.rect.top(), STRIP, box.rect.height()))
        painter.setBrush(paint_cache.brush(box.hue, 0.55 if box.occurrence.is_repeat else 1.0))
        painter.drawPath(body.intersected(edge))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(paint_cache.pen("accent", 1.5) if chosen else paint_cache.pen("node_edge", 1.0))
        painter.drawRoundedRect(inner, _RADIUS, _RADIUS)
        painter.setFont(paint_cache.title_font())
        painter.setPen(paint_cache.pen("quiet" if box.occurrence.is_repeat else "text"))
        painter.drawText(box.rect.adjusted(STRIP, 0.0, 0.0, 0.0), _CENTRE, box.title)
        if box.symbol is not None and box.symbol_at is not None:
            _paint_symbol(painter, box.symbol, box.symbol_at)


def _paint_band(painter: QPainter, bracket: WeightBand) -> None:
    painter.setBrush(paint_cache.brush(bracket.hue, 0.07))
    painter.setPen(paint_cache.pen(bracket.hue, 1.0, alpha=0.32))
    painter.drawRoundedRect(bracket.rect, _RADIUS + BAND / 2, _RADIUS + BAND / 2)


def _paint_start(painter: QPainter, box: NodeBox, *, chosen: bool) -> None:
    """Paint the initial input: a ring with a zero, or the start token."""
    painter.setBrush(paint_cache.brush("canvas"))
    painter.setPen(paint_cache.pen("accent" if chosen else "faint", 1.4))
    ring = box.rect.adjusted(4.0, 4.0, -4.0, -4.0)
    if len(box.title) > 1:
        ring = box.rect.adjusted(-2.0, 6.0, 2.0, -6.0)
    painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
    painter.setFont(paint_cache.small_font())
    painter.setPen(paint_cache.pen("quiet"))
    painter.drawText(box.rect, _CENTRE, box.title)


def _paint_name(painter: QPainter, name: GroupBracket, *, chosen: bool) -> None:
    """Paint the bracket of a group or frame, open towards its rows, and its name."""
    token, rect = "accent" if chosen else "quiet", name.bracket
    back, front = (rect.right(), rect.left()) if name.right else (rect.left(), rect.right())
    painter.setPen(
        paint_cache.pen(
            token, 1.4, paint_cache.Style.DashLine if name.dashed else paint_cache.Style.SolidLine
        )
    )
    ends = (front, rect.top()), (back, rect.top()), (back, rect.bottom()), (front, rect.bottom())
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in ends]))
    painter.setFont(paint_cache.small_font())
    painter.setPen(paint_cache.pen(token))
    side = Qt.AlignmentFlag.AlignLeft if name.right else Qt.AlignmentFlag.AlignRight
    painter.drawText(name.words_rect, int(side | Qt.AlignmentFlag.AlignVCenter), name.words)


def _paint_dots(painter: QPainter, at: QPointF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paint_cache.brush("quiet"))
    for offset in (-7.0, 0.0, 7.0):
        painter.drawEllipse(at + QPointF(offset, 0.0), 1.7, 1.7)


def _paint_words(painter: QPainter, words: str, at: QPointF, token: str) -> None:
    painter.setFont(paint_cache.small_font())
    painter.setPen(paint_cache.pen(token))
    painter.drawText(QRectF(at.x() - 80.0, at.y() - 10.0, 160.0, 20.0), _CENTRE, words)


def _paint_symbol(painter: QPainter, symbol: Symbol, at: QPointF) -> None:
    """Paint a letter with its superscript, centred on a point."""
    letter, raised = QFont(paint_cache.title_font()), QFont(paint_cache.small_font())
    letter.setItalic(True)
    letter.setWeight(QFont.Weight.Normal)
    raised.setPointSizeF(raised.pointSizeF() * 0.84)
    wide, beside = (
        QFontMetricsF(font).horizontalAdvance(text)
        for font, text in ((letter, symbol.base), (raised, symbol.raised))
    )
    left = at.x() - (wide + beside) / 2
    painter.setPen(paint_cache.pen("text"))
    painter.setFont(letter)
    painter.drawText(QPointF(left, at.y() + 4.5), symbol.base)
    if symbol.over:
        ends = [QPointF(left + 0.5, at.y() - 5.5), QPointF(left + wide + 0.5, at.y() - 5.5)]
        tip = ends[1] if symbol.over == "→" else ends[0]
        back = -2.6 if symbol.over == "→" else 2.6
        painter.setPen(paint_cache.pen("text", 1.0))
        painter.drawLine(*ends)
        painter.drawPolyline(QPolygonF([tip + QPointF(back, -2.0), tip, tip + QPointF(back, 2.0)]))
    painter.setPen(paint_cache.pen("quiet"))
    painter.setFont(raised)
    painter.drawText(QPointF(left + wide + 0.5, at.y() - 0.5), symbol.raised)


def _head(path: QPainterPath) -> QPolygonF:
    """Return the head of an arrow, along the end of its path."""
    tip = path.pointAtPercent(1.0)
    length = max(path.length(), 1.0)
    back = path.pointAtPercent(max(1.0 - _HEAD / length, 0.0))
    along = tip - back
    far = max((along.x() ** 2 + along.y() ** 2) ** 0.5, 1e-6)
    across = QPointF(-along.y(), along.x()) * (0.5 * _HEAD / far) * 0.95
    return QPolygonF([tip, back + across, back - across])
