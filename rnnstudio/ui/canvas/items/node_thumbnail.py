"""Thumbnails of kinds of nodes, for lists."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.style import paint_cache

_SIZE = QRectF(0.0, 0.0, 18.0, 13.0)


def paint_miniature(painter: QPainter, spec: NodeSpec, at: QPointF) -> None:
    """Paint a thumbnail with its left centre at ``at``: the colour strip and the ports."""
    rect = _SIZE.translated(at.x() + 2.0, at.y() - _SIZE.height() / 2)
    painter.setPen(paint_cache.pen("node_edge", 1.0))
    painter.setBrush(paint_cache.brush("node"))
    painter.drawRoundedRect(rect, 3.0, 3.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paint_cache.brush(spec.hue))
    painter.drawRoundedRect(QRectF(rect.left(), rect.top(), 4.0, rect.height()), 2.0, 2.0)
    for x, ports in ((rect.left(), spec.inputs), (rect.right(), spec.outputs)):
        for row, port in enumerate(ports):
            y = rect.top() + rect.height() * (row + 1) / (len(ports) + 1)
            token = paint_cache.port_token(None, port)
            painter.setPen(paint_cache.pen(token, 1.2))
            painter.setBrush(paint_cache.brush("panel"))
            painter.drawEllipse(QPointF(x, y), 1.9, 1.9)
