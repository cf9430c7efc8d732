"""The paths that wires take. Pure geometry."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

_BULGE = 48.0  # how far a feedback wire swings out beside its nodes
_CLEAR = 40.0  # how far below the nodes it runs
_APART = 16.0  # the least distance it keeps from any other


def direct(start: QPointF, end: QPointF) -> QPainterPath:
    """Return a curve that leaves ``start`` to the right and enters ``end`` from the left."""
    along = end.x() - start.x()
    reach = max(along * 0.5, min(24.0 + abs(along) * 0.6, 160.0) if along < 0 else min(along, 24.0))
    path = QPainterPath(start)
    path.cubicTo(QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end)
    return path


def floor_below(start: QPointF, end: QPointF, ends: Iterable[QRectF], frames: Iterable[QRectF]) -> float:
    """Return the height at which a feedback wire passes below its ``ends`` and through no block."""
    left, right = min(start.x(), end.x()) - _BULGE, max(start.x(), end.x()) + _BULGE
    floor = max((frame.bottom() for frame in ends), default=max(start.y(), end.y())) + _CLEAR
    in_the_way = [frame for frame in frames if frame.right() > left and frame.left() < right]
    for frame in sorted(in_the_way, key=QRectF.top):
        if frame.top() - _APART < floor < frame.bottom() + _APART:
            floor = frame.bottom() + _CLEAR
    return floor


def below(start: QPointF, end: QPointF, floor: float) -> QPainterPath:
    """Return a feedback path: down beside the source, along ``floor``, up beside the target."""
    path = QPainterPath(start)
    inward = _BULGE * 1.5 if end.x() - start.x() > 3 * _BULGE else 0.0  # a delayed link that runs forward
    out, back = start.x() + _BULGE, end.x() - _BULGE
    path.cubicTo(QPointF(out, start.y()), QPointF(out, floor), QPointF(start.x() + inward, floor))
    path.lineTo(QPointF(end.x() - inward, floor))
    path.cubicTo(QPointF(back, floor), QPointF(back, end.y()), end)
    return path
