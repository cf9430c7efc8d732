"""Snapping of dragged and resized items: to edges, centres and ports of neighbours, otherwise to the grid."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import snap
from rnnstudio.ui.canvas.items.gesture_overlays import Z_OVERLAY, Ghost
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.grid import grid

PULL = 6.0  # distance in pixels on screen within which a neighbour attracts an item
_SAME = 0.05
_BEYOND = 8.0  # how far a guide extends past what it connects


class Line(NamedTuple):
    """A line to align with: an "edge", a "centre" or a "port" at ``at``, from ``start`` to ``end``."""

    at: float
    kind: str
    start: float
    end: float


def _lines(frame: QRectF, item: object, *, across: bool) -> list[Line]:
    """Return the vertical lines of an item (``across``), or its horizontal ones."""
    if across:
        low, high, start, end = frame.left(), frame.right(), frame.top(), frame.bottom()
    else:
        low, high, start, end = frame.top(), frame.bottom(), frame.left(), frame.right()
    lines = [
        Line(low, "edge", start, end),
        Line((low + high) / 2, "centre", start, end),
        Line(high, "edge", start, end),
    ]
    if not across and isinstance(item, NodeItem | Ghost):
        ports = {p.y() for p in (*item.layout.inputs.values(), *item.layout.outputs.values())}
        lines += [Line(frame.top() + y, "port", start, end) for y in sorted(ports)]
    return lines


def _line_of(rect: QRectF, edge: str) -> Line:
    """Return the line of an edge of a rectangle."""
    if edge in ("left", "right"):
        return Line(_EDGES[edge][1](rect), "edge", rect.top(), rect.bottom())
    return Line(_EDGES[edge][1](rect), "edge", rect.left(), rect.right())


_EDGES: dict[str, tuple[Callable[[QRectF, float], None], Callable[[QRectF], float]]] = {
    "left": (QRectF.setLeft, QRectF.left),
    "right": (QRectF.setRight, QRectF.right),
    "top": (QRectF.setTop, QRectF.top),
    "bottom": (QRectF.setBottom, QRectF.bottom),
}


class Snapping:
    """Snaps one item to the items in view that do not move with it, and shows what is aligned.

    Parameters
    ----------
    item, frame : the item, and its rectangle
    corner : the point that stands for its position; the outline of a group begins elsewhere
    moving : the ids of all that moves
    """

    def __init__(
        self, context: CanvasContext, item: object, frame: QRectF, corner: QPointF, moving: Collection[NodeId]
    ) -> None:
        self._context = context
        scene = context.canvas
        self._item = item
        self._frame = frame
        self._ahead = frame.topLeft() - corner
        self._guides = Guides()
        scene.addItem(self._guides)
        visible = context.visible_scene_rect()
        near = [
            (other.frame(), other)
            for items in (scene.node_items, scene.annotations.items)
            for i, other in items.items()
            if i not in moving and other.isVisible() and visible.intersects(other.frame())
        ]
        self._found = {
            across: sorted(line for frame, item in near for line in _lines(frame, item, across=across))
            for across in (True, False)
        }

    def rest(self, corner: QPointF, *, free: bool) -> QPointF:
        """Return the snapped position of the corner; ``free`` turns snapping off."""
        self._guides.show_lines([])
        if free or not grid.snaps:
            return QPointF(round(corner.x()), round(corner.y()))
        x = self._drawn(corner, across=True)
        y = self._drawn(corner, across=False)
        at = QPointF(snap(corner.x()) if x is None else x, snap(corner.y()) if y is None else y)
        self._guides.show_lines([*self._aligned(at, across=True), *self._aligned(at, across=False)])
        return at

    def sized(self, rect: QRectF, edges: Collection[str], *, free: bool) -> QRectF:
        """Return the rectangle with the dragged edges snapped; ``free`` turns snapping off."""
        rested, lines = QRectF(rect), []
        for edge in edges:
            put, at = _EDGES[edge]
            if free or not grid.snaps:
                put(rested, round(at(rect)))
            else:
                put(rested, self._edge_at(at(rect), across=edge in ("left", "right")))
        if not free and grid.snaps:
            for edge in edges:
                across = edge in ("left", "right")
                lines += self._guide(_line_of(rested, edge), across=across)
        self._guides.show_lines(lines)
        return rested

    def _edge_at(self, here: float, *, across: bool) -> float:
        """Return the snapped coordinate of an edge: a near edge off the grid, otherwise the grid."""
        near = self._near(Line(here, "edge", 0.0, 0.0), PULL / self._context.zoom, across=across)
        off_grid = [line.at for line in near if abs(line.at - snap(line.at)) > _SAME]
        return min(off_grid, key=lambda at: abs(at - here), default=snap(here))

    def end(self) -> None:
        """Remove the guides."""
        self._context.canvas.removeItem(self._guides)

    @property
    def guides(self) -> list[QLineF]:
        """The guides shown now."""
        return self._guides.lines

    def _own(self, corner: QPointF, *, across: bool) -> list[Line]:
        return _lines(QRectF(corner + self._ahead, self._frame.size()), self._item, across=across)

    def _near(self, line: Line, reach: float, *, across: bool) -> list[Line]:
        """Return the lines of the same kind within reach of a line."""
        found = self._found[across]
        at = bisect_left(found, (line.at - reach,))
        near = []
        while at < len(found) and found[at].at <= line.at + reach:
            if found[at].kind == line.kind:
                near.append(found[at])
            at += 1
        return near

    def _drawn(self, corner: QPointF, *, across: bool) -> float | None:
        """Return the coordinate of the corner given by the nearest line; ports take precedence.

        Lines on the grid are left out: the grid leads there anyway.
        """
        reach = PULL / self._context.zoom
        here = corner.x() if across else corner.y()
        places = [
            (line.kind != "port", abs(other.at - line.at), here + other.at - line.at)
            for line in self._own(corner, across=across)
            for other in self._near(line, reach, across=across)
        ]
        off_grid = [place for place in places if abs(place[2] - snap(place[2])) > _SAME]
        return min(off_grid)[2] if off_grid else None

    def _aligned(self, corner: QPointF, *, across: bool) -> list[QLineF]:
        """Return a guide along what is aligned with the item: ports, otherwise edges, otherwise centres."""
        guides: dict[str, list[QLineF]] = {"port": [], "edge": [], "centre": []}
        for line in self._own(corner, across=across):
            guides[line.kind] += self._guide(line, across=across)
        return guides["port"] or guides["edge"] or guides["centre"]

    def _guide(self, line: Line, *, across: bool) -> list[QLineF]:
        """Return the guide along a line and what is aligned with it, or None."""
        others = self._near(line, _SAME, across=across)
        if not others:
            return []
        start = min(line.start, *(other.start for other in others)) - _BEYOND
        end = max(line.end, *(other.end for other in others)) + _BEYOND
        at = line.at
        return [QLineF(at, start, at, end) if across else QLineF(start, at, end, at)]


class Guides(QGraphicsItem):
    """Thin lines along aligned items."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[QLineF] = []
        self._bounds = QRectF()
        self.setZValue(Z_OVERLAY)

    def show_lines(self, lines: list[QLineF]) -> None:
        """Set the lines."""
        if lines != self.lines:
            self.prepareGeometryChange()
            self.lines = lines
            self._bounds = QRectF()
            for line in lines:
                around = QRectF(line.p1(), line.p2()).normalized().adjusted(-2.0, -2.0, 2.0, 2.0)
                self._bounds = self._bounds.united(around)

    def boundingRect(self) -> QRectF:
        """Return the rectangle that holds the lines."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the lines."""
        painter.setPen(paint_cache.hairline("accent"))
        painter.drawLines(self.lines)
