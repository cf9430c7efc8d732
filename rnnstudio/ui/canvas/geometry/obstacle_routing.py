"""Routes forward links around nodes that are in their way, along the nearest free height."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.design.model import LinkId
from rnnstudio.ui.canvas.geometry.wire_paths import BULGE, direct, reach

Blocks = NDArray[np.float64]  # a row for each: left, top, right, bottom

_APART = 12.0  # kept free beside nodes; auto layout leaves just that on both sides between two
_LANE, _TRIES = 12.0, 6  # between two parallel links, and how many parallel positions are tried
_SAMPLES = 32  # points of a curve that are tested
_CHUNK = 1000  # links tested together
_FORWARD = 56.0  # least horizontal distance that leaves space for two bends
_LEAST, _MOST = 16.0, 64.0  # widths of a bend, tried in this order
_SWING = 0.75  # how far a turn extends, as a share of the distance of its control points
_MANY = 50  # if more nodes moved together, every link is tested
_BEND, _BLOCKED = 12.0, 10_000.0  # costs in pixels of length: of a bend, and of a bend through a node


class Lane(NamedTuple):
    """The horizontal part of a detour; links of one port may share it."""

    left: float
    right: float
    y: float
    port: tuple[float, float]


def crossing(ends: NDArray[np.float64], blocks: Blocks) -> NDArray[np.bool_]:
    """Return which direct links cross a node; ``ends`` has rows of start x, start y, end x, end y."""
    found = np.zeros(len(ends), dtype=bool)
    if len(blocks):
        inner = blocks[np.argsort(blocks[:, 0])] + (1.0, 1.0, -1.0, -1.0)
        for at in range(0, len(ends), _CHUNK):
            found[at : at + _CHUNK] = _crossing(ends[at : at + _CHUNK], inner)
    return found


def _crossing(ends: NDArray[np.float64], inner: Blocks) -> NDArray[np.bool_]:
    """Return which of some links cross a node; the nodes are ordered by their left edges."""
    x, y = _samples(ends)
    low, high = x.min(axis=1), x.max(axis=1)
    first = np.searchsorted(inner[:, 0], low - (inner[:, 2] - inner[:, 0]).max())
    counts = np.maximum(
        np.searchsorted(inner[:, 0], high) - first, 0
    )  # the nodes in the columns of each link
    wire = np.repeat(np.arange(len(ends)), counts)
    block = np.arange(len(wire)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    near = (inner[block, 1] < y.max(axis=1)[wire]) & (inner[block, 3] > y.min(axis=1)[wire])
    near &= inner[block, 2] > low[wire]
    wire, block = wire[near], block[near]
    left, top, right, bottom = inner[block].T[:, :, None]
    within = (x[wire] > left) & (x[wire] < right) & (y[wire] > top) & (y[wire] < bottom)
    return np.bincount(wire[within.any(axis=1)], minlength=len(ends)) > 0


def _samples(ends: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of the direct curve of each link."""
    t = np.linspace(0.0, 1.0, _SAMPLES)[None, :]
    start_x, start_y, end_x, end_y = ends.T[:, :, None]
    out = np.array([reach(along) for along in (ends[:, 2] - ends[:, 0]).tolist()])[:, None]
    first, last = (1 - t) ** 2 * (1 + 2 * t), t**2 * (3 - 2 * t)
    x = start_x * first + end_x * last + out * 3 * t * (1 - t) * (1 - 2 * t)
    return x, start_y * first + end_y * last


def around(
    start: QPointF, end: QPointF, blocks: Blocks, lanes: Iterable[Lane] = ()
) -> tuple[QPainterPath, Lane]:
    """Return a route between two ports that avoids nodes and the lanes of other links, and its lane."""
    forward = end.x() - start.x() >= _FORWARD
    left, right = (start.x(), end.x()) if forward else (end.x() - BULGE, start.x() + BULGE)
    beside = [lane for lane in lanes if lane.left < right and lane.right > left]
    beside = [lane for lane in beside if lane.port != (start.x(), start.y())]
    y = _height(start, end, blocks, (left, right), sorted(lane.y for lane in beside))
    path = (_bends if forward else _turns)(start, end, y, blocks)
    return path, Lane(left, right, y, (start.x(), start.y()))


def _height(
    start: QPointF, end: QPointF, blocks: Blocks, sides: tuple[float, float], taken: Sequence[float]
) -> float:
    """Return the best free height: a short route with few bends that cross nothing."""
    near = blocks[(blocks[:, 0] < sides[1] - 1.0) & (blocks[:, 2] > sides[0] + 1.0)]

    def way(y: float) -> float:
        bends = _BEND * ((y != start.y()) + (y != end.y()))
        return abs(y - start.y()) + abs(y - end.y()) + bends

    heights = [
        (way(min(max(aim, low), high)), min(max(aim, low), high), low, high)
        for low, high in _free(near)
        for aim in (start.y(), end.y())
    ]
    columns = [(at, _column(blocks, at, right=at is start)) for at in (start, end)]
    best: tuple[float, float] | None = None
    for least, y, low, high in sorted(heights):
        if best is not None and least >= best[0]:
            break
        there = _clear(y, low, high, taken)
        if there is not None:
            blocked = sum(_in_the_way(column, there, at.y()) for at, column in columns)
            cost = way(there) + _BLOCKED * blocked, there
            best = cost if best is None else min(best, cost)
    return best[1] if best is not None else start.y()


def _free(near: Blocks) -> Iterator[tuple[float, float]]:
    """Yield the ranges of free heights, from the top."""
    above = -np.inf
    if len(near):
        near = near[np.argsort(near[:, 1])]
        tops, bottoms = near[:, 1] - _APART, np.maximum.accumulate(near[:, 3] + _APART)
        yield above, float(tops[0])
        for at in np.flatnonzero(tops[1:] >= bottoms[:-1]):
            yield float(bottoms[at]), float(tops[at + 1])
        above = float(bottoms[-1])
    yield above, np.inf


def _clear(y: float, low: float, high: float, taken: Sequence[float]) -> float | None:
    """Return the nearest height in a gap that no lane uses; None if all are used."""
    for step in range(_TRIES):
        for there in (y + step * _LANE, y - step * _LANE):
            after = bisect_right(
                taken, there - _LANE + 1.0
            )  # the first lane that is too close, above or below
            if low <= there <= high and (after == len(taken) or taken[after] >= there + _LANE - 1.0):
                return there
    return None


def _column(blocks: Blocks, at: QPointF, *, right: bool) -> Blocks:
    """Return the nodes close to a port, where a link bends."""
    left = at.x() if right else at.x() - _LEAST
    return blocks[(blocks[:, 0] < left + _LEAST - 1.0) & (blocks[:, 2] > left + 1.0)]


def _in_the_way(column: Blocks, one: float, other: float) -> bool:
    """Return whether a node is in a column between two heights."""
    return bool(((column[:, 1] < max(one, other)) & (column[:, 3] > min(one, other))).any())


def _room(blocks: Blocks, at: QPointF, y: float, *, right: bool) -> float:
    """Return the distance to the next node beside a port, between its height and another."""
    low, high = min(at.y(), y), max(at.y(), y)
    rows = blocks[(blocks[:, 1] < high) & (blocks[:, 3] > low)]
    gaps = rows[rows[:, 0] >= at.x(), 0] - at.x() if right else at.x() - rows[rows[:, 2] <= at.x(), 2]
    return float(gaps.min()) - 4.0 if len(gaps) else np.inf


def _bends(start: QPointF, end: QPointF, y: float, blocks: Blocks) -> QPainterPath:
    """Return a route to the right along a height."""
    half = (end.x() - start.x()) / 2
    widths = [
        min(max(min(_MOST, abs(y - at.y()), _room(blocks, at, y, right=at is start)), _LEAST), half)
        for at in (start, end)
    ]
    path = QPainterPath(start)
    first, last = QPointF(start.x() + widths[0], y), QPointF(end.x() - widths[1], y)
    if y != start.y():
        middle = (start.x() + first.x()) / 2
        path.cubicTo(QPointF(middle, start.y()), QPointF(middle, y), first)
    if y == end.y():
        path.lineTo(end)
        return path
    path.lineTo(last)
    middle = (last.x() + end.x()) / 2
    path.cubicTo(QPointF(middle, y), QPointF(middle, end.y()), end)
    return path


def _turns(start: QPointF, end: QPointF, y: float, blocks: Blocks) -> QPainterPath:
    """Return a route to the left along a height: with a turn beside the source and one beside the target."""
    out, back = (
        min(BULGE, max(_room(blocks, at, y, right=at is start) / _SWING, _LEAST)) for at in (start, end)
    )
    right, left = start.x() + out, end.x() - back
    path = QPainterPath(start)
    path.cubicTo(QPointF(right, start.y()), QPointF(right, y), QPointF(start.x(), y))
    path.lineTo(QPointF(end.x(), y))
    path.cubicTo(QPointF(left, y), QPointF(left, end.y()), end)
    return path


class Detours:
    """Routes the forward links of one canvas: direct if nothing is in the way, otherwise around nodes.

    Attributes
    ----------
    lanes : the lanes of the links with a detour
    """

    def __init__(self) -> None:
        self.lanes: dict[LinkId, Lane] = {}
        self._ends: dict[LinkId, tuple[float, float, float, float]] = {}

    def forget(self, link_id: LinkId) -> None:
        """Remove a link."""
        self.lanes.pop(link_id, None)
        self._ends.pop(link_id, None)

    def touched(self, blocks: Blocks) -> set[LinkId]:
        """Return the links that moved nodes are in the way of, and the links with a detour."""
        if not len(blocks) or not self._ends:
            return set(self.lanes)
        if len(blocks) > _MANY:
            return set(self._ends)
        crossed = crossing(np.array(list(self._ends.values())), blocks)
        return {link_id for link_id, hit in zip(self._ends, crossed, strict=True) if hit} | self.lanes.keys()

    def lay(
        self, ends: Mapping[LinkId, tuple[QPointF, QPointF]], blocks: Blocks
    ) -> dict[LinkId, QPainterPath]:
        """Return the path of each link; the shortest are routed first."""
        new = {i: (start.x(), start.y(), end.x(), end.y()) for i, (start, end) in ends.items()}
        self._ends |= new
        for link_id in new:
            self.lanes.pop(link_id, None)
        crossed = crossing(np.array(list(new.values())).reshape(-1, 4), blocks)
        paths = {}
        for link_id in sorted((i for i, hit in zip(new, crossed, strict=True) if hit), key=self._length):
            paths[link_id], self.lanes[link_id] = around(*ends[link_id], blocks, self.lanes.values())
        return paths | {i: direct(*ends[i]) for i in ends if i not in paths}

    def _length(self, link_id: LinkId) -> tuple[float, LinkId]:
        start_x, _, end_x, _ = self._ends[link_id]
        return abs(start_x - end_x), link_id


def rows(frames: Iterable[QRectF]) -> Blocks:
    """Return the edges of rectangles, one row each."""
    return np.array([frame.getCoords() for frame in frames], dtype=np.float64).reshape(-1, 4)
