"""Paths of links, as pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker, QTransform

BULGE = 48.0  # how far a feedback link extends beside its nodes
_FINEST = 8.0  # the zoom up to which a split link looks smooth
OVERLAP = 0.5  # overlap of two lines at their joint, which would show as a notch


def reach(along: float) -> float:
    """Return the distance of the control points from the ends of a direct link."""
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

    ``out`` and ``back`` are how far it extends beside them.
    """
    path = QPainterPath(start)
    inward = BULGE * 1.5 if end.x() - start.x() > 3 * BULGE else 0.0  # a delayed link that runs forwards
    right, left = start.x() + out, end.x() - back
    path.cubicTo(QPointF(right, start.y()), QPointF(right, floor), QPointF(start.x() + inward, floor))
    path.lineTo(QPointF(end.x() - inward, floor))
    path.cubicTo(QPointF(left, floor), QPointF(left, end.y()), end)
    return path


@lru_cache(256)
def fineness(scale: float) -> float:
    """Return how fine the `lines` of a link must be to look smooth at a scale, in pixels per unit."""
    return 2.0 ** max(math.ceil(math.log2(scale) - 0.1), 0)


def lines(path: QPainterPath, fineness: float, overlap: float = OVERLAP) -> list[QLineF]:
    """Return a link as straight lines, which paint many times faster than a path."""
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


def parted(path: QPainterPath, gap: QRectF) -> QPainterPath:
    """Return a path without its part inside a rectangle."""
    made = QPainterPath()
    for polygon in path.toSubpathPolygons(QTransform.fromScale(_FINEST, _FINEST)):
        for start, end in pairwise(point / _FINEST for point in polygon.toList()):
            for one, two in _outside(start, end, gap):
                if not made.elementCount() or made.currentPosition() != one:
                    made.moveTo(one)
                made.lineTo(two)
    return made


def _outside(start: QPointF, end: QPointF, gap: QRectF) -> Iterator[tuple[QPointF, QPointF]]:
    """Return the parts of a line outside a rectangle (Liang and Barsky, 1984)."""
    along, enters, leaves = end - start, 0.0, 1.0
    for at, by, least, most in (
        (start.x(), along.x(), gap.left(), gap.right()),
        (start.y(), along.y(), gap.top(), gap.bottom()),
    ):
        if not by:
            if not least < at < most:
                enters, leaves = 1.0, 0.0
            continue
        one, two = sorted(((least - at) / by, (most - at) / by))
        enters, leaves = max(enters, one), min(leaves, two)
    if enters >= leaves:
        yield start, end
        return
    if enters > 0.0:
        yield start, start + along * enters
    if leaves < 1.0:
        yield start + along * leaves, end


def doubled(path: QPainterPath, apart: float, *, dash: float = 0.0) -> QPainterPath:
    """Return two lines beside a path, with a distance between them, joined at the ends.

    With ``dash``, each dash has this length, with gaps of the same length.
    """
    stroker = QPainterPathStroker()
    stroker.setWidth(apart)
    stroker.setCapStyle(Qt.PenCapStyle.FlatCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    stroker.setCurveThreshold(0.05)
    if not dash:
        return stroker.createStroke(path)
    stroker.setDashPattern([dash / apart, dash / apart])
    return stroker.createStroke(path).simplified()  # Qt distorts dashes whose outlines cross
