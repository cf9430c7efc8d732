"""The paths that wires take. Pure geometry."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainterPath, QTransform

BULGE = 48.0  # how far a feedback wire swings out beside its nodes
_FINE = 2.0  # the zoom up to which a wire of straight lines looks round
OVERLAP = 0.5  # of two lines at their joint, which would show as a notch


def reach(along: float) -> float:
    """Return how far the control points of a direct wire are from its ends that goes so far to the right."""
    return max(along * 0.5, min(24.0 + abs(along) * 0.6, 160.0) if along < 0 else min(along, 24.0))


def direct(start: QPointF, end: QPointF) -> QPainterPath:
    """Return a curve that leaves ``start`` to the right and enters ``end`` from the left."""
    out = reach(end.x() - start.x())
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + out, start.y()), QPointF(end.x() - out, end.y()), end)
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


def lines(path: QPainterPath, overlap: float = OVERLAP) -> list[QLineF]:
    """Return a wire as straight lines, a level one as one: they paint many times faster than a path."""
    if path.isEmpty():
        return []
    start, end = path.pointAtPercent(0.0), path.pointAtPercent(1.0)
    if not path.controlPointRect().height() and start.x() < end.x():
        return [QLineF(start, end)]
    finely = QTransform.fromScale(_FINE, _FINE)
    corners = [at / _FINE for at in path.toSubpathPolygons(finely)[0].toList()]
    parts = [QLineF(*ends) for ends in zip(corners, corners[1:], strict=False)]
    for part in parts[:-1]:
        part.setLength(part.length() + overlap)
    return parts
