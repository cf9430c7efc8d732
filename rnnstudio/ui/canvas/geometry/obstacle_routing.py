"""Plain wires that would run through blocks go around them, along the free height that is nearest."""

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

_APART = 12.0  # what is kept free beside blocks: two that tidying left apart leave just that on both sides
_LANE, _TRIES = 12.0, 6  # between two that run side by side, and how many places beside are tried
_SAMPLES = 32  # points of a curve that are looked at
_CHUNK = 1000  # wires looked at together
_FORWARD = 56.0  # least way to the right that leaves room for two bends
_LEAST, _MOST = 16.0, 64.0  # widths of a bend
_SWING = 0.75  # the share of its control points' reach that a turn swings out
_MANY = 50  # blocks that moved together; of so many every wire is looked at
_BEND, _BLOCKED = 12.0, 10_000.0  # what a bend costs, in pixels of the way, and one through a block


class Lane(NamedTuple):
    """The level part of a detour; wires of one port may share it."""

    left: float
    right: float
    y: float
    port: tuple[float, float]


def crossing(ends: NDArray[np.float64], blocks: Blocks) -> NDArray[np.bool_]:
    """Return which direct wires run through a block; ``ends`` has rows of start and end, x before y."""
    found = np.zeros(len(ends), dtype=bool)
    if len(blocks):
        inner = blocks[np.argsort(blocks[:, 0])] + (1.0, 1.0, -1.0, -1.0)
        for at in range(0, len(ends), _CHUNK):
            found[at : at + _CHUNK] = _crossing(ends[at : at + _CHUNK], inner)
    return found


def _crossing(ends: NDArray[np.float64], inner: Blocks) -> NDArray[np.bool_]:
    """Return which of some wires run through a block; those are in the order of their left edges."""
    x, y = _samples(ends)
    low, high = x.min(axis=1), x.max(axis=1)
    first = np.searchsorted(inner[:, 0], low - (inner[:, 2] - inner[:, 0]).max())
    counts = np.maximum(np.searchsorted(inner[:, 0], high) - first, 0)  # of blocks in the columns of each
    wire = np.repeat(np.arange(len(ends)), counts)
    block = np.arange(len(wire)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    near = (inner[block, 1] < y.max(axis=1)[wire]) & (inner[block, 3] > y.min(axis=1)[wire])
    near &= inner[block, 2] > low[wire]
    wire, block = wire[near], block[near]
    left, top, right, bottom = inner[block].T[:, :, None]
    within = (x[wire] > left) & (x[wire] < right) & (y[wire] > top) & (y[wire] < bottom)
    return np.bincount(wire[within.any(axis=1)], minlength=len(ends)) > 0


def _samples(ends: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of the direct curve of each wire."""
    t = np.linspace(0.0, 1.0, _SAMPLES)[None, :]
    start_x, start_y, end_x, end_y = ends.T[:, :, None]
    out = np.array([reach(along) for along in (ends[:, 2] - ends[:, 0]).tolist()])[:, None]
    first, last = (1 - t) ** 2 * (1 + 2 * t), t**2 * (3 - 2 * t)
    x = start_x * first + end_x * last + out * 3 * t * (1 - t) * (1 - 2 * t)
    return x, start_y * first + end_y * last


def around(
    start: QPointF, end: QPointF, blocks: Blocks, lanes: Iterable[Lane] = ()
) -> tuple[QPainterPath, Lane]:
    """Return a way from a port to another clear of blocks and of the lanes of other wires, and its lane."""
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
    """Return the free height with the shortest way there, few bends and nothing in the way of them."""
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
    """Yield the heights that no block takes, from the top."""
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
    """Return the nearest height in a gap where none of the sorted lanes runs; None where all are taken."""
    for step in range(_TRIES):
        for there in (y + step * _LANE, y - step * _LANE):
            after = bisect_right(
                taken, there - _LANE + 1.0
            )  # the first that is less than a lane above, or below
            if low <= there <= high and (after == len(taken) or taken[after] >= there + _LANE - 1.0):
                return there
    return None


def _column(blocks: Blocks, at: QPointF, *, right: bool) -> Blocks:
    """Return the blocks close beside a port, where a wire bends."""
    left = at.x() if right else at.x() - _LEAST
    return blocks[(blocks[:, 0] < left + _LEAST - 1.0) & (blocks[:, 2] > left + 1.0)]


def _in_the_way(column: Blocks, one: float, other: float) -> bool:
    """Return whether a block stands in a column between two heights."""
    return bool(((column[:, 1] < max(one, other)) & (column[:, 3] > min(one, other))).any())


def _room(blocks: Blocks, at: QPointF, y: float, *, right: bool) -> float:
    """Return how far it is to the next block beside a port, between its height and another."""
    low, high = min(at.y(), y), max(at.y(), y)
    rows = blocks[(blocks[:, 1] < high) & (blocks[:, 3] > low)]
    gaps = rows[rows[:, 0] >= at.x(), 0] - at.x() if right else at.x() - rows[rows[:, 2] <= at.x(), 2]
    return float(gaps.min()) - 4.0 if len(gaps) else np.inf


def _bends(start: QPointF, end: QPointF, y: float, blocks: Blocks) -> QPainterPath:
    """Return a way to the right along a height."""
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
    """Return a way back along a height: a turn beside the source, and one beside the target."""
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
    """Lays the plain wires of one canvas: direct where nothing is in the way, around blocks elsewhere.

    Attributes
    ----------
    lanes : where those run that go around
    """

    def __init__(self) -> None:
        self.lanes: dict[LinkId, Lane] = {}
        self._ends: dict[LinkId, tuple[float, float, float, float]] = {}

    def forget(self, link_id: LinkId) -> None:
        """Take a wire out."""
        self.lanes.pop(link_id, None)
        self._ends.pop(link_id, None)

    def touched(self, blocks: Blocks) -> set[LinkId]:
        """Return the wires that blocks are in the way of, come to rest there, and those that go around."""
        if not len(blocks) or not self._ends:
            return set(self.lanes)
        if len(blocks) > _MANY:
            return set(self._ends)
        crossed = crossing(np.array(list(self._ends.values())), blocks)
        return {link_id for link_id, hit in zip(self._ends, crossed, strict=True) if hit} | self.lanes.keys()

    def lay(
        self, ends: Mapping[LinkId, tuple[QPointF, QPointF]], blocks: Blocks
    ) -> dict[LinkId, QPainterPath]:
        """Return the path of each of these; the shortest find their way first."""
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
    """Return the edges of some rectangles."""
    return np.array([frame.getCoords() for frame in frames], dtype=np.float64).reshape(-1, 4)
