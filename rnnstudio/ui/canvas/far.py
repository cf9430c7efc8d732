"""The whole network seen from far away, painted at once.

A thousand items that each paint themselves take longer than a frame. From far away none has text or
ports to show, so one item paints all: wires as hairlines, nodes as blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.ui.canvas import ink
from rnnstudio.ui.canvas.layout import FARTHEST
from rnnstudio.ui.canvas.link_item import LinkItem, paint_delays
from rnnstudio.ui.canvas.node_item import NodeItem

_HUE_WIDTH = 14.0
_MARK = 28.0


class FarPicture(QGraphicsItem):
    """Paints nodes and wires in their place; they have no contents of their own meanwhile.

    What is painted is gathered where something changed, not in every frame of a zoom.
    """

    def __init__(self, nodes: Collection[NodeItem], links: Collection[LinkItem]) -> None:
        super().__init__()
        self._nodes = nodes
        self._links = links
        self._wires: dict[str, QPainterPath] | None = None  # by colour token
        self._delays: dict[str, list[QPointF]] = {}
        self._blocks: list[tuple[str, list[QRectF]]] = []  # those behind first
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def renew(self) -> None:
        """Paint what nodes and wires show now."""
        self._wires = None
        self.update()

    def boundingRect(self) -> QRectF:
        """Return all that may be seen."""
        return QRectF(-2 * FARTHEST, -2 * FARTHEST, 4 * FARTHEST, 4 * FARTHEST)

    def shape(self) -> QPainterPath:
        """Return nothing: it cannot be hit."""
        return QPainterPath()

    def _gathered_wires(self) -> dict[str, QPainterPath]:
        wires: defaultdict[str, QPainterPath] = defaultdict(QPainterPath)
        delays: defaultdict[str, list[QPointF]] = defaultdict(list)
        for link in self._links:
            if link.isVisible():
                token, shift = link.token(), link.pos()
                wires[token].addPath(link.path if shift.isNull() else link.path.translated(shift))
                if link.link.delay:
                    delays[token].append(link.middle() + shift)
        self._delays = delays
        return wires

    def _gathered_blocks(self) -> list[tuple[str, list[QRectF]]]:
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
        return [*blocks.items(), *hues.items(), *marks.items()]

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw wires, then blocks, each colour at once."""
        if self._wires is None:
            self._wires, self._blocks = self._gathered_wires(), self._gathered_blocks()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, path in self._wires.items():
            painter.setPen(ink.hairline(token))
            painter.drawPath(path)
        for token, points in self._delays.items():
            paint_delays(painter, token, points, painter.worldTransform().m11())
        painter.setPen(Qt.PenStyle.NoPen)
        for token, rects in self._blocks:
            painter.setBrush(ink.brush(token))
            painter.drawRects(rects)
