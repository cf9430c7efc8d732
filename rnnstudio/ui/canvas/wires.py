"""The paths that wires take. Pure geometry."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainterPath, QTransform

BULGE = 48.0  # how far a feedback wire swings out beside its nodes
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


@lru_cache(256)
def fineness(scale: float) -> float:
    """Return how fine the `lines` of a wire must be to look round at so many pixels to a unit."""
    return 2.0 ** max(math.ceil(math.log2(scale) - 0.1), 0)


def lines(path: QPainterPath, fineness: float, overlap: float = OVERLAP) -> list[QLineF]:
    """Return a wire as straight lines, a level one as one: they paint many times faster than a path."""
    if path.isEmpty():
        return []
    start, end = path.pointAtPercent(0.0), path.pointAtPercent(1.0)
    if not path.controlPointRect().height() and start.x() < end.x():
        return [QLineF(start, end)]
    finely = QTransform.fromScale(fineness, fineness)
    corners = [at / fineness for at in path.toSubpathPolygons(finely)[0].toList()]
    parts = [QLineF(*ends) for ends in zip(corners, corners[1:], strict=False)]
    for part in parts[:-1]:
        part.setLength(part.length() + overlap)
    return parts
