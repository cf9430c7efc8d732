"""A thumbnail of a design, for the cards of the gallery.

Nodes keep their order and their rows, but stand close together, so that their names can be read.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnstudio.design.model import Design, Link, Node, NodeId
from rnnstudio.design.registry import Catalogue
from rnnstudio.ui.canvas.geometry.wire_paths import BULGE, below, direct
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.theme.theme import color, themes
from rnnstudio.ui.widgets.text_format import elided

_MARGIN = 16.0
_HEIGHT, _PAD, _STRIP, _RADIUS = 40.0, 10.0, 3.5, 6.0
_GAP_X, _GAP_Y = 20.0, 20.0
_SAME_COLUMN = 48.0  # nodes whose left edges are closer than this share a column
_LARGEST = 1.15
_LONGEST = 160.0  # of a name


class ThumbnailPainter:
    """Paints nodes and links of a design, scaled to fit any rectangle."""

    def __init__(self, design: Design, catalogue: Catalogue) -> None:
        self._design = design
        self._catalogue = catalogue

    def paint(self, painter: QPainter, room: QRectF) -> None:
        """Paint the background grid, then links, then nodes."""
        painter.save()
        painter.fillRect(room, color("canvas"))
        self._paint_grid(painter, room)
        boxes = self._boxes()
        if boxes:
            self._paint_network(painter, room, boxes)
        painter.restore()

    def _paint_network(self, painter: QPainter, room: QRectF, boxes: dict[NodeId, QRectF]) -> None:
        bounds = QRectF()
        for box in boxes.values():
            bounds = bounds.united(box)
        wires = self._wires(boxes, bounds.bottom())
        for _, path in wires:  # a wire that comes back reaches beyond the nodes
            bounds = bounds.united(path.boundingRect())
        margin = min(_MARGIN, room.height() / 8)
        scale = min(
            (room.width() - 2 * margin) / bounds.width(),
            (room.height() - 2 * margin) / bounds.height(),
            _LARGEST,
        )
        painter.translate(room.center())
        painter.scale(scale, scale)
        painter.translate(-bounds.center())
        self._paint_wires(painter, wires)
        for node in self._design.nodes:
            self._paint_node(painter, node, boxes[node.id])

    # ------------------------------------------------------------------------------ geometry

    def _words(self, node: Node) -> str:
        """Return the shorter of the node's title and its kind's title."""
        nodes = self._catalogue.nodes
        kind = nodes.get(node.kind).title if node.kind in nodes else node.kind
        shorter = min(node.title or kind, kind, key=len)
        return elided(shorter, QFontMetricsF(fonts.strong()), _LONGEST)

    def _boxes(self) -> dict[NodeId, QRectF]:
        """Return the rectangle of each node: columns by x, rows by y."""
        columns: list[list[Node]] = []
        for node in sorted(self._design.nodes, key=lambda node: (node.x, node.y)):
            if columns and node.x - columns[-1][0].x < _SAME_COLUMN:
                columns[-1].append(node)
            else:
                columns.append([node])
        rows = sorted({node.y for node in self._design.nodes})
        metrics = QFontMetricsF(fonts.strong())
        boxes: dict[NodeId, QRectF] = {}
        left = 0.0
        for column in columns:
            widths = [metrics.horizontalAdvance(self._words(node)) + 2 * _PAD + _STRIP for node in column]
            for node, width in zip(column, widths, strict=True):
                top = _row(rows, node.y) * (_HEIGHT + _GAP_Y)
                boxes[node.id] = QRectF(left, top, width, _HEIGHT)
            left += max(widths) + _GAP_X
        return boxes

    # ------------------------------------------------------------------------------ painting

    def _paint_grid(self, painter: QPainter, room: QRectF) -> None:
        pen = QPen(color("grid"), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(
            [
                QPointF(room.left() + x, room.top() + y)
                for x in range(8, int(room.width()), 16)
                for y in range(8, int(room.height()), 16)
            ]
        )

    def _wires(self, boxes: dict[NodeId, QRectF], bottom: float) -> list[tuple[Link, QPainterPath]]:
        """Return each link with its path; backward links run below ``bottom``."""
        wires = []
        for link in self._design.links:
            if link.source not in boxes or link.target not in boxes:
                continue
            source, target = boxes[link.source], boxes[link.target]
            start = QPointF(source.right(), source.center().y())
            end = QPointF(target.left(), target.center().y())
            if link.delay or end.x() < start.x():
                swings = (self._swing(boxes, source, beyond=True), self._swing(boxes, target, beyond=False))
                wires.append((link, below(start, end, bottom + _GAP_Y, *swings)))
            else:
                wires.append((link, direct(start, end)))
        return wires

    def _swing(self, boxes: dict[NodeId, QRectF], box: QRectF, *, beyond: bool) -> float:
        """Return how far a wire may bulge beside a node without touching its neighbours."""
        others = [b for b in boxes.values() if b.bottom() > box.top()]
        beside = any(b.left() >= box.right() if beyond else b.right() <= box.left() for b in others)
        return _GAP_X if beside else BULGE

    def _paint_wires(self, painter: QPainter, wires: list[tuple[Link, QPainterPath]]) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for link, path in wires:
            style = Qt.PenStyle.DashLine if link.delay else Qt.PenStyle.SolidLine
            painter.setPen(QPen(color("candidate" if link.delay else "input"), 1.8, style))
            painter.drawPath(path)

    def _paint_node(self, painter: QPainter, node: Node, box: QRectF) -> None:
        nodes = self._catalogue.nodes
        hue = nodes.get(node.kind).hue if node.kind in nodes else "quiet"
        body = QPainterPath()
        body.addRoundedRect(box, _RADIUS, _RADIUS)
        painter.fillPath(body, color("node"))
        strip = QPainterPath()
        strip.addRect(QRectF(box.left(), box.top(), _STRIP, box.height()))
        painter.fillPath(body.intersected(strip), color(hue))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color("node_edge"), 1.0))
        painter.drawPath(body)
        painter.setPen(color("text"))
        painter.setFont(fonts.strong())
        painter.drawText(box.adjusted(_STRIP, 0.0, 0.0, 0.0), Qt.AlignmentFlag.AlignCenter, self._words(node))


class DesignThumbnail(QWidget):
    """A widget that shows the thumbnail of one design.

    In the first picture of a program only its ground is painted, and the drawing a moment later: a window
    that opens with many of them stands on the screen sooner.
    """

    _stands = False  # whether that first picture is past

    def __init__(self, design: Design, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing = ThumbnailPainter(design, catalogue)
        self._is_due = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Diagram of {0}").format(design.name))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of a card's thumbnail."""
        return QSize(320, 136)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the thumbnail with rounded corners."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 6.0, 6.0)
        painter.setClipPath(outline)
        if DesignThumbnail._stands:
            self._drawing.paint(painter, QRectF(self.rect()))
            return
        painter.fillRect(self.rect(), color("canvas"))
        if not self._is_due:
            self._is_due = True
            QTimer.singleShot(0, self, self._draw)

    def _draw(self) -> None:
        DesignThumbnail._stands = True
        self.update()


def _row(rows: list[float], y: float) -> int:
    """Return the row index of ``y``; nearly equal heights share a row."""
    place, last = -1, None
    for row in rows:
        if last is None or row - last > _HEIGHT:
            place, last = place + 1, row
        if row == y:
            break
    return place
