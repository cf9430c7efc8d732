"""A design in small, painted from the document itself: for the cards of the gallery."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.spec import Catalogue, NodeSpec
from rnnstudio.ui import fonts
from rnnstudio.ui.canvas.layout import RADIUS, STRIP_WIDTH, NodeLayout, lay_out
from rnnstudio.ui.canvas.wires import below, direct
from rnnstudio.ui.theme import color, themes

_MARGIN = 20.0
_LARGEST = 0.85  # a small design is not blown up to the size of the canvas


class Diagram(QWidget):
    """Nodes and wires of one design, as large as there is room for."""

    def __init__(self, design: Design, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._design = design
        self._specs: dict[NodeId, NodeSpec] = {
            node.id: catalogue.nodes.get(node.kind) for node in design.nodes if node.kind in catalogue.nodes
        }
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Diagram of {0}").format(design.name))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of a card's picture."""
        return QSize(320, 132)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground with its dots, then wires, then nodes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 6.0, 6.0)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), color("canvas"))
        self._paint_grid(painter)
        layouts = {node.id: lay_out(node, self._specs.get(node.id)) for node in self._design.nodes}
        if not layouts:
            return
        bounds = QRectF()
        for node in self._design.nodes:
            bounds = bounds.united(layouts[node.id].rect.translated(node.x, node.y))
        scale = min(
            (self.width() - 2 * _MARGIN) / bounds.width(),
            (self.height() - 2 * _MARGIN) / bounds.height(),
            _LARGEST,
        )
        painter.translate(QRectF(self.rect()).center())
        painter.scale(scale, scale)
        painter.translate(-bounds.center())
        self._paint_links(painter, layouts, bounds.bottom())
        for node in self._design.nodes:
            painter.save()
            painter.translate(node.x, node.y)
            self._paint_node(painter, layouts[node.id], self._specs.get(node.id))
            painter.restore()

    def _paint_grid(self, painter: QPainter) -> None:
        pen = QPen(color("grid"), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(
            [QPointF(x, y) for x in range(8, self.width(), 16) for y in range(8, self.height(), 16)]
        )

    def _paint_links(self, painter: QPainter, layouts: dict[NodeId, NodeLayout], bottom: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        places = {node.id: QPointF(node.x, node.y) for node in self._design.nodes}
        for link in self._design.links:
            if link.source not in layouts or link.target not in layouts:
                continue
            start = places[link.source] + layouts[link.source].port(link.source_port, True)
            end = places[link.target] + layouts[link.target].port(link.target_port, False)
            feedback = bool(link.delay) or end.x() < start.x()
            style = Qt.PenStyle.DashLine if link.delay else Qt.PenStyle.SolidLine
            painter.setPen(QPen(color("candidate" if link.delay else "input"), 2.2, style))
            painter.drawPath(below(start, end, bottom + 24.0) if feedback else direct(start, end))

    def _paint_node(self, painter: QPainter, layout: NodeLayout, spec: NodeSpec | None) -> None:
        body = QPainterPath()
        body.addRoundedRect(layout.rect, RADIUS, RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("node"))
        painter.drawPath(body)
        painter.save()
        painter.setClipPath(body, Qt.ClipOperation.IntersectClip)
        painter.fillRect(
            QRectF(0.0, 0.0, STRIP_WIDTH, layout.rect.height()), color(spec.hue if spec else "quiet")
        )
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color("node_edge"), 1.2))
        painter.drawPath(body)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(color("text"))
        painter.setFont(fonts.strong())
        painter.drawText(QRectF(14.0, layout.title_line - 10.0, 220.0, 20.0), left, layout.title)
        painter.setPen(color("quiet"))
        painter.setFont(fonts.small())
        if layout.summary:
            painter.drawText(QRectF(14.0, 23.0, 220.0, 20.0), left, layout.summary)
        painter.setBrush(color("node"))
        for ports in (layout.inputs, layout.outputs):
            for place in ports.values():
                painter.setPen(QPen(color("input"), 1.8))
                painter.drawEllipse(place, 4.0, 4.0)
