"""The shapes of an unrolled drawing and the paths of its arrows. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.layout.unrolled_picture import Arrow, Occurrence

GUTTER = 84.0  # between two columns: arrows turn in it, each kind in a lane of its own
_TURN = 9.0  # the radius of a bus at its corners


@dataclass(frozen=True)
class Symbol:
    """A textbook symbol: base letter, superscript, and an arrow above it for a direction."""

    base: str
    raised: str = ""
    over: str = ""


@dataclass(frozen=True)
class NodeBox:
    """A node at one step: its rectangle, title and symbol."""

    occurrence: Occurrence
    rect: QRectF
    title: str
    hue: str
    symbol: Symbol | None = None
    symbol_at: QPointF | None = None


@dataclass(frozen=True)
class ArrowPath:
    """An arrow with its path, bounds and colour token; ``symbol`` is above its middle."""

    arrow: Arrow
    path: QPainterPath
    rect: QRectF
    token: str
    dashed: bool = False
    faint: bool = False
    symbol: Symbol | None = None


@dataclass(frozen=True)
class WeightBand:
    """The band behind the nodes that share weights, and its label."""

    rect: QRectF
    hue: str
    words: str
    words_at: QPointF


@dataclass(frozen=True)
class StepLabel:
    """The label of a step, below its column."""

    words: str
    at: QPointF


def is_near(path: QPainterPath, square: QRectF) -> bool:
    """Return whether a path crosses a square."""
    rect = path.controlPointRect().adjusted(-1.0, -1.0, 1.0, 1.0)
    if not rect.intersects(square):
        return False
    steps = max(int(path.length() / 4.0), 1)
    return any(square.contains(path.pointAtPercent(n / steps)) for n in range(steps + 1))


def sideways(source: QRectF, target: QRectF) -> QPainterPath:
    """Return the way from the side of one box to the facing side of another, in the gutter between them."""
    ahead = target.center().x() > source.center().x()
    start = QPointF(source.right() if ahead else source.left(), source.center().y())
    end = QPointF(target.left() if ahead else target.right(), target.center().y())
    path = QPainterPath(start)
    if abs(start.y() - end.y()) < 1.0:
        path.lineTo(end)
        return path
    turn = end.x() - GUTTER * 0.5 if ahead else end.x() + GUTTER * 0.5
    return rounded([start, QPointF(turn, start.y()), QPointF(turn, end.y()), end])


def rounded(points: Sequence[QPointF]) -> QPainterPath:
    """Return a polyline with rounded corners."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = corner - before, after - corner
        along, away = into.manhattanLength(), out.manhattanLength()
        turn = min(_TURN, along / 2, away / 2)
        if turn < 0.5:
            continue
        path.lineTo(corner - into * (turn / along))
        path.quadTo(corner, corner + out * (turn / away))
    path.lineTo(points[-1])
    return path
