"""The paths that wires take. Pure geometry."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

BULGE = 48.0  # how far a feedback wire swings out beside its nodes


def direct(start: QPointF, end: QPointF) -> QPainterPath:
    """Return a curve that leaves ``start`` to the right and enters ``end`` from the left."""
    along = end.x() - start.x()
    reach = max(along * 0.5, min(24.0 + abs(along) * 0.6, 160.0) if along < 0 else min(along, 24.0))
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end)
    return path


def below(
    start: QPointF, end: QPointF, floor: float, out: float = BULGE, back: float = BULGE
) -> QPainterPath:
    """Return a feedback path: down beside the source, along ``floor``, up beside the target.

    ``out`` and ``back`` say how far it swings out beside them.
    """
    path = QPainterPath(start)
    inward = BULGE * 1.5 if end.x() - start.x() > 3 * BULGE else 0.0  # a delayed link that runs forward
    right, left = start.x() + out, end.x() - back
    path.cubicTo(QPointF(right, start.y()), QPointF(right, floor), QPointF(start.x() + inward, floor))
    path.lineTo(QPointF(end.x() - inward, floor))
    path.cubicTo(QPointF(left, floor), QPointF(left, end.y()), end)
    return path
