"""The whole network seen from far away, painted at once.

A thousand items that each paint themselves take longer than a frame. From far away none has text or
ports to show, so one item paints all: wires as hairlines, nodes as blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.ui.canvas import ink
from rnnstudio.ui.canvas.layout import FARTHEST
from rnnstudio.ui.canvas.link_item import LinkItem, paint_delays
from rnnstudio.ui.canvas.node_item import NodeItem

FAR = 0.45  # the zoom below which the canvas is seen from far away
_HUE_WIDTH = 14.0
_MARK = 28.0


class FarPicture(QGraphicsItem):
    """Paints nodes and wires in their place; they have no contents of their own meanwhile."""

    def __init__(self, nodes: Collection[NodeItem], links: Collection[LinkItem]) -> None:
        super().__init__()
        self._nodes = nodes
        self._links = links
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        """Return all that may be seen."""
        return QRectF(-2 * FARTHEST, -2 * FARTHEST, 4 * FARTHEST, 4 * FARTHEST)

    def shape(self) -> QPainterPath:
        """Return nothing: it cannot be hit."""
        return QPainterPath()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw wires, then blocks, each colour at once."""
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        wires: defaultdict[str, list[LinkItem]] = defaultdict(list)
        for link in self._links:
            if link.isVisible():
                wires[link.token()].append(link)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, of_token in wires.items():
            painter.setPen(ink.hairline(token))
            for link in of_token:
                painter.drawPath(link.path.translated(link.pos()) if not link.pos().isNull() else link.path)
        for token, of_token in wires.items():
            delayed = [link.middle() + link.pos() for link in of_token if link.link.delay]
            if delayed:
                paint_delays(painter, token, delayed, zoom)
        blocks: defaultdict[str, list[QRectF]] = defaultdict(list)
        hues: defaultdict[str, list[QRectF]] = defaultdict(list)
        marks: defaultdict[str, list[QRectF]] = defaultdict(list)
        for node in self._nodes:
            frame = node.frame()
            blocks["accent" if node.selected else "node_edge"].append(frame)
            hues[node.hue].append(QRectF(frame.left(), frame.top(), _HUE_WIDTH, frame.height()))
            if node.problems:
                corner = QRectF(frame.right() - _MARK, frame.top(), _MARK, _MARK)
                marks[node.badge_token()].append(corner)
        painter.setPen(Qt.PenStyle.NoPen)
        for layer in (blocks, hues, marks):
            for token, rects in layer.items():
                painter.setBrush(ink.brush(token))
                painter.drawRects(rects)
