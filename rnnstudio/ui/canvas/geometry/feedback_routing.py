"""Routes of feedback links: below their nodes, around other nodes, and not on top of each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.ui.canvas.geometry.wire_paths import BULGE, below

_CLEAR = 40.0  # distance below the nodes
_APART = 16.0  # least distance from any other node
_NARROW = 10.0  # the same between two nodes
_LANE = 24.0  # between two parallel links; leaves space for labels
_SWING = 0.75  # how far a curve extends, as a share of the distance of its control points
_LEAST_BULGE = 12.0


class Loop(NamedTuple):
    """A feedback link: its ends, and the bottom of the lower of its nodes."""

    start: QPointF
    end: QPointF
    bottom: float


def loop(start: QPointF, end: QPointF, blocks: Iterable[QRectF]) -> Loop:
    """Return the feedback link between two points at nodes with these frames."""
    lowest = (block.bottom() for block in blocks)
    return Loop(start, end, max(lowest, default=max(start.y(), end.y())))


def lay(loops: Sequence[Loop], blocks: NDArray[np.float64]) -> list[QPainterPath]:
    """Return the path of each link; the shortest run next to their nodes, the others around them.

    ``blocks`` has a row for each: left, top, right, bottom.
    """
    lanes: list[tuple[float, float, float]] = []  # left, right, floor of the links routed so far
    paths: dict[int, QPainterPath] = {}
    for at in sorted(range(len(loops)), key=lambda at: abs(loops[at].start.x() - loops[at].end.x())):
        start, end, bottom = loops[at]
        left, right = min(start.x(), end.x()) - BULGE, max(start.x(), end.x()) + BULGE
        floor = _floor(left, right, bottom, blocks, lanes)
        lanes.append((left, right, floor))
        paths[at] = below(start, end, floor, *_room(start, end, floor, blocks))
    return [paths[at] for at in range(len(loops))]


def _floor(
    left: float,
    right: float,
    bottom: float,
    blocks: NDArray[np.float64],
    lanes: Sequence[tuple[float, float, float]],
) -> float:
    """Return the first free y below ``bottom`` between two vertical lines."""
    near = blocks[(blocks[:, 2] > left) & (blocks[:, 0] < right) & (blocks[:, 3] > bottom)]
    beside = [floor for low, high, floor in lanes if low < right and high > left]
    under = near[near[:, 1] >= bottom, 1]
    gap = float(under.min()) - bottom if len(under) else np.inf
    floor = bottom + _CLEAR
    if 2 * _NARROW <= gap < _CLEAR + _APART:  # the link passes between the nodes, not around them
        floor = bottom + gap / 2
        if _taken(floor, near, _NARROW) is None and not _run(floor, beside, _NARROW):
            return floor
        floor = bottom + _CLEAR
    while True:
        hit, run = _taken(floor, near, _APART), _run(floor, beside, _LANE)
        if hit is None and not run:
            return floor
        floor = max(hit + _CLEAR if hit is not None else floor, *(other + _LANE for other in run), floor)


def _taken(floor: float, near: NDArray[np.float64], apart: float) -> float | None:
    """Return the bottom of the nodes at a height, or None if there is none."""
    hit = near[(near[:, 1] - apart < floor) & (near[:, 3] + apart > floor), 3]
    return float(hit.max()) if len(hit) else None


def _run(floor: float, beside: Sequence[float], apart: float) -> list[float]:
    return [other for other in beside if abs(other - floor) < apart]


def _room(start: QPointF, end: QPointF, floor: float, blocks: NDArray[np.float64]) -> tuple[float, float]:
    """Return how far a link may extend beside its source and target before it meets other nodes."""

    def least(gaps: NDArray[np.float64]) -> float:
        free = float(gaps.min()) / _SWING if len(gaps) else BULGE
        return min(BULGE, max(free * 0.9, _LEAST_BULGE))

    beside = blocks[(blocks[:, 1] < floor) & (blocks[:, 3] > start.y())]
    right = beside[beside[:, 0] >= start.x(), 0] - start.x()
    beside = blocks[(blocks[:, 1] < floor) & (blocks[:, 3] > end.y())]
    left = end.x() - beside[beside[:, 2] <= end.x(), 2]
    return least(right), least(left)
